"""Find a blueprint, open a version of it, lay its layers."""

from ..host import open_door

__getattr__, __all__ = open_door(__name__, __file__)
