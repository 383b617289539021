"""A corpus of Copier templates, each of which uses one feature of Copier, some many together.

All are made on disk by a test: most are folders, those that need versions are git repositories.
"""

from __future__ import annotations

from .files import FILES
from .making import Template
from .questions import QUESTIONS
from .repositories import REPOSITORIES
from .settings import SETTINGS
from .together import TOGETHER

__all__ = ["TEMPLATES", "Template"]

TEMPLATES = (*QUESTIONS, *SETTINGS, *FILES, *REPOSITORIES, *TOGETHER)
