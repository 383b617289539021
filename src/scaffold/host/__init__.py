"""The machine: its limits, signals, folders, CPUs, and the one reader of YAML."""

from .doors import open_door

__getattr__, __all__ = open_door(__name__, __file__)
