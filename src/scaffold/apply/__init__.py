"""Apply a plan to a project: all of it or nothing."""

from ..host import open_door

__getattr__, __all__ = open_door(__name__, __file__)
