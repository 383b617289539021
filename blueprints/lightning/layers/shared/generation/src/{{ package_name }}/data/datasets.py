"""Datasets: an item is an image (C, H, W) with values from 0 to 1, and its label."""

from .digits import Digits
from .images import ImageFolder

__all__ = ["Digits", "ImageFolder"]
