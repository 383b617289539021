"""Ask a person at a terminal. The only importer of Questionary.

Prompts are shown on standard error, so that standard output stays free for data.
"""

from __future__ import annotations

import json
import os
import sys
import textwrap
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TextIO

from .errors import Interrupted
from .questions import BACK, MISSING, Choice, Step
from .values import printable, same, shorten

if TYPE_CHECKING:
    import questionary

FILTER_FROM = 9


def interactive(stdin: TextIO, stderr: TextIO, environ: Mapping[str, str]) -> bool:
    """Tell whether there is a person to ask: both are terminals, and ``CI`` is not set."""
    return not environ.get("CI") and _is_terminal(stdin) and _is_terminal(stderr)


def _is_terminal(stream: TextIO | None) -> bool:
    try:
        return stream is not None and stream.isatty()
    except ValueError:  # closed
        return False


def ask(step: Step) -> Any:
    """Ask a question until the answer is right; shift-tab goes back.

    Returns:
        The answer, or `questions.BACK`.

    Raises:
        Interrupted: Ctrl-C, Ctrl-D, or a terminal that went away.
    """
    start = step.default if step.choices or step.type == "bool" else _spell(step)
    with _interruptible(), _terminal():
        while True:
            reply = _prompt(step, start)
            if reply is BACK:
                return BACK
            try:
                return step.check(reply)
            except ValueError as error:
                _say(f"  ✗ {printable(str(error))}")
                start = reply


def _spell(step: Step) -> str:
    """Spell a default as it would be typed."""
    if step.default is MISSING or step.default is None:
        return ""
    if step.type in {"json", "yaml"}:
        indent = 2 if step.multiline else None
        return json.dumps(step.default, ensure_ascii=False, indent=indent, default=str)
    return str(step.default)


@contextmanager
def _interruptible() -> Iterator[None]:
    try:
        yield
    except (KeyboardInterrupt, EOFError, OSError) as error:
        raise Interrupted from error


@contextmanager
def _terminal() -> Iterator[None]:
    from prompt_toolkit.application import create_app_session
    from prompt_toolkit.output import create_output

    with create_app_session(output=create_output(stdout=sys.stderr)):
        yield


def _say(line: str) -> None:
    sys.stderr.write(line + "\n")
    sys.stderr.flush()


def _prompt(step: Step, start: Any) -> Any:
    question = _question(step, start)
    _bind(question, step)
    reply = question.unsafe_ask()
    if reply is BACK or not step.choices:
        return reply
    if isinstance(reply, list):
        return [step.choices[number].value for number in reply]
    return step.choices[reply].value


def _bind(question: questionary.Question, step: Step) -> None:
    from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent, merge_key_bindings

    keys = KeyBindings()

    @keys.add("c-d", eager=True)
    def end(event: KeyPressEvent) -> None:
        event.app.exit(exception=EOFError, style="class:aborting")

    @keys.add("s-tab", eager=True)
    def back(event: KeyPressEvent) -> None:
        if step.can_go_back:
            event.app.erase_when_done = True
            event.app.exit(result=BACK, style="class:aborting")

    application = question.application
    bindings = [bound for bound in (application.key_bindings, keys) if bound]
    application.key_bindings = merge_key_bindings(bindings)


def _question(step: Step, start: Any) -> questionary.Question:
    if step.choices:
        return _checkbox(step, start) if step.multiselect else _select(step, start)
    return _confirm(step, start) if step.type == "bool" else _field(step, start)


def _message(step: Step) -> str:
    """Compose what is asked, after how far the questions are."""
    progress = f"{step.position} of {step.total}  " if step.position else ""
    text = f"{progress}{step.help.strip() or step.name}"
    width = columns() - 4
    wrapped = (textwrap.wrap(printable(line), width) or [""] for line in text.splitlines())
    return "\n  ".join(part for parts in wrapped for part in parts)


def columns() -> int:
    """The width of the terminal."""
    try:
        return max(24, os.get_terminal_size(sys.stderr.fileno()).columns)
    except (OSError, ValueError):
        return 80


def _keys(step: Step, *keys: str) -> str:
    """Say which keys do what."""
    known = [*filter(None, keys), *(["shift-tab: back"] if step.can_go_back else [])]
    return f"({', '.join(known)})" if known else ""


def _confirm(step: Step, start: Any) -> questionary.Question:
    import questionary

    keys = _keys(step, "Y/n" if start is True else "y/N")
    return questionary.confirm(_message(step), default=start is True, instruction=f"{keys} ")


def _select(step: Step, start: Any) -> questionary.Question:
    import questionary

    titles = _titles(step, lambda choice: False)
    chosen = (
        number
        for number, choice in enumerate(step.choices)
        if same(choice.value, start) and not choice.disabled
    )
    return questionary.select(
        _message(step),
        titles,
        default=next((titles[number] for number in chosen), None),
        instruction=_keys(step, "type to filter" if _is_long(step) else "", "↑ ↓ enter"),
        use_search_filter=_is_long(step),
        use_jk_keys=not _is_long(step),
    )


def _checkbox(step: Step, start: Any) -> questionary.Question:
    import questionary

    chosen = start if isinstance(start, list) else []
    return questionary.checkbox(
        _message(step),
        _titles(step, lambda choice: any(same(choice.value, value) for value in chosen)),
        instruction=_keys(
            step, "type to filter" if _is_long(step) else "", "↑ ↓", "space: choose", "enter"
        ),
        use_search_filter=_is_long(step),
        use_jk_keys=not _is_long(step),
    )


def _is_long(step: Step) -> bool:
    return len(step.choices) >= FILTER_FROM


def _titles(step: Step, checked: Callable[[Choice], bool]) -> list[questionary.Choice]:
    """Give each choice a line; its number stands for the value, which may be anything."""
    import questionary

    width = columns() - 8
    return [
        questionary.Choice(
            shorten(_title(choice), width),
            value=number,
            disabled=printable(choice.disabled) or None,
            checked=checked(choice) and not choice.disabled,
        )
        for number, choice in enumerate(step.choices)
    ]


def _title(choice: Choice) -> str:
    title, about = printable(choice.title), printable(choice.help)
    return f"{title} — {about}" if about else title


def _field(step: Step, start: str) -> questionary.Question:
    import questionary

    keys = _keys(step, "esc enter: done" if step.multiline else "")
    message = f"{_message(step)}{f'  {keys}' if keys else ''}\n  >"
    if step.secret:
        return questionary.password(message, default=start)
    if step.type == "path":
        return questionary.path(message, default=start)
    placeholder = printable(step.placeholder) or None
    return questionary.text(
        message, default=start, multiline=step.multiline, instruction="", placeholder=placeholder
    )
