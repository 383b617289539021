"""Start machine-learning projects from blueprints, and keep them current.

The use cases are plain functions: they never print, exit or change the working directory.

    >>> from scaffold import Inputs, create
    >>> create(Path("demo"), inputs=Inputs(defaults=True))  # doctest: +SKIP
"""

from .host import open_door

__getattr__, __all__ = open_door(__name__, __file__)
__version__ = "0.1.0"
