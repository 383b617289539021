"""Import Copier without its prompts: a render never asks, and they are a third of the import.

Copier imports Questionary, prompt_toolkit's lexers and Pygments when it is imported. Where they
are not loaded yet, stand-ins take their place for just that moment; `prompts` gets the real ones.
Nor is every installed package searched for plugins of pydantic, which Copier's models do not use.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any

NO_PLUGINS = {"PYDANTIC_DISABLE_PLUGINS": "__all__"}
NAMES = (
    "questionary",
    "questionary.prompts",
    "questionary.prompts.common",
    "prompt_toolkit",
    "prompt_toolkit.lexers",
    "pygments",
    "pygments.lexers",
    "pygments.lexers.data",
)


class Choice:
    """What Copier needs of Questionary's class to know whether a value is a choice."""

    def __init__(self, title: str, value: Any = None, disabled: str = "") -> None:
        self.title = title
        self.value = title if value is None else value
        self.disabled = disabled


class StandIn(ModuleType):
    """A module whose every name is there, and none of which a render has a use for."""

    Choice = Choice

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return NeverAsked


class NeverAsked:
    """What a render has no use for."""

    def __init__(self, *_: object, **__: object) -> None:
        raise AssertionError("a render asked a question")


def import_copier() -> Any:
    """Import Copier: without its prompts, or with them where it needs other parts of them."""
    before = set(sys.modules)
    try:
        with _without_prompts():
            import copier
    except (ImportError, TypeError):
        for name in set(sys.modules) - before:
            if name.partition(".")[0] == "copier":
                del sys.modules[name]
        import copier
    return copier


@contextmanager
def _without_prompts() -> Iterator[None]:
    """Import Copier in here."""
    absent = [name for name in NAMES if name not in sys.modules]
    sys.modules.update({name: StandIn(name) for name in absent})
    environ = os.environ.copy()
    os.environ.update(NO_PLUGINS)
    try:
        yield
    finally:
        for name in absent:
            del sys.modules[name]
        for variable in NO_PLUGINS:
            if variable in environ:
                os.environ[variable] = environ[variable]
            else:
                del os.environ[variable]
