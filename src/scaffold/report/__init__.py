"""Results as text for people, and as JSON for machines."""

from ..host import open_door

__getattr__, __all__ = open_door(__name__, __file__)
