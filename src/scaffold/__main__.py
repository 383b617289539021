"""``python -m scaffold``."""

from .cli import main

main()
