"""A person at a terminal: questions, and a review before anything is made.

Prompts are shown on standard error, so that standard output stays free for data.
"""

from ..host import open_door

__getattr__, __all__ = open_door(__name__, __file__)
