"""Datasets, and the module that splits and batches them."""
