"""Start machine-learning projects from blueprints, and keep them current."""

__version__ = "0.1.0"
