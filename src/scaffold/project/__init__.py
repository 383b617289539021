"""A generated project on disk: its record, its folder, its environment."""

from ..host import open_door

__getattr__, __all__ = open_door(__name__, __file__)
