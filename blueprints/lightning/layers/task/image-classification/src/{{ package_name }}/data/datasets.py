"""Datasets: an item is an image (C, H, W) with values from 0 to 1, and its label."""

from .digits import Digits
from .images import ImageFolder, Item, LabelledImages, find_images, read_image

# What stood here before, for the configs of earlier runs and datasets that were written then.
__all__ = ["Digits", "ImageFolder", "Item", "LabelledDataset", "find_images", "read_image"]
LabelledDataset = LabelledImages
