"""The command line: parse, call one operation, report, exit.

Nothing heavy is imported before a command needs it: ``--help``, ``--version`` and ``list`` start
without Copier, Questionary, Hydra or Jinja.
"""

from . import new, update, check, diff, list, show, answers, config, completion  # noqa: F401, I001 - the order of --help
from .app import app
from .main import main, run

__all__ = ["app", "main", "run"]
