"""Merge structured files: proposed as text, accepted by meaning."""
