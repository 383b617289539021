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
NAMES = {
    "questionary": ("confirm", "unsafe_prompt"),
    "questionary.prompts": (),
    "questionary.prompts.common": ("Choice",),
    "prompt_toolkit": (),
    "prompt_toolkit.lexers": ("PygmentsLexer",),
    "pygments": (),
    "pygments.lexers": (),
    "pygments.lexers.data": ("JsonLexer", "YamlLexer"),
}


class Choice:
    """What Copier needs of Questionary's class to know whether a value is a choice."""

    def __init__(self, title: str, value: Any = None, disabled: str = "") -> None:
        self.title = title
        self.value = title if value is None else value
        self.disabled = disabled


class NeverAsked:
    """What a render has no use for."""

    def __init__(self, *_: object, **__: object) -> None:
        raise AssertionError("a render asked a question")


@contextmanager
def without_prompts() -> Iterator[None]:
    """Import Copier in here."""
    absent = [name for name in NAMES if name not in sys.modules]
    for name in absent:
        module = ModuleType(name)
        for attribute in NAMES[name]:
            setattr(module, attribute, Choice if attribute == "Choice" else NeverAsked)
        sys.modules[name] = module
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
