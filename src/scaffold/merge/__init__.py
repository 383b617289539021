"""Merge base, ours and theirs into a plan."""

from ..host import open_door

__getattr__, __all__ = open_door(__name__, __file__)
