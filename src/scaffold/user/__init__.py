"""The settings of one person, and the sources that they trust."""

from ..host import open_door

__getattr__, __all__ = open_door(__name__, __file__)
