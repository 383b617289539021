"""Merge structured files: a proposed text, accepted if its meaning is right."""
