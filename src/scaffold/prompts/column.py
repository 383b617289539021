"""The lines that stay on the screen: one for each answered question."""

from __future__ import annotations

import sys
from typing import Any

from prompt_toolkit.application import get_app_session
from prompt_toolkit.formatted_text import FormattedText
from prompt_toolkit.shortcuts import print_formatted_text

from .look import STYLE, answered, size


def add(name: str, value: Any, *, secret: bool = False) -> None:
    """Write the line of a question that was answered."""
    label, text = answered(name, value, size()[0], secret=secret)
    output = get_app_session().output
    print_formatted_text(
        FormattedText([("class:label", label), ("class:answer", text)]), style=STYLE, output=output
    )


def remove(count: int) -> None:
    """Erase the last lines, as far as they are on the screen."""
    if not count:
        return
    output = get_app_session().output
    output.cursor_up(min(count, size()[1] - 1))
    output.write_raw("\r")
    output.erase_down()
    output.flush()


def say(text: str) -> None:
    """Write a text as it is: the terminal wraps it, so that it is copied as one line."""
    sys.stderr.write(f"\n{text}\n\n")
    sys.stderr.flush()
