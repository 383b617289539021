"""Datasets, and the module that splits and batches them."""

from . import datasets

dataset = datasets  # its former name, which the configs of earlier runs hold
