"""Callbacks of this project; Lightning's own need only a config."""
