"""Render a blueprint and answers to a pristine tree, in a bounded child process.

The only importer of Copier.
"""

from ..host import open_door

__getattr__, __all__ = open_door(__name__, __file__)
