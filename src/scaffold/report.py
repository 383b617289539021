"""Results → text for people, JSON for machines. What this module makes is shown as it is."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .errors import AnswersError, ScaffoldError

if TYPE_CHECKING:
    from .merge import Change
    from .operations.catalog import Listed, Shown
    from .operations.check import Checked
    from .operations.create import Created
    from .operations.update import Updated
    from .questions import Question
    from .render import File

SCHEMA = 1
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def clean(text: str) -> str:
    """The text without characters that would steer a terminal."""
    return _CONTROL.sub("\N{REPLACEMENT CHARACTER}", text)


def as_json(command: str, body: Mapping[str, Any]) -> str:
    """One versioned JSON object."""
    whole = {"schema": SCHEMA, "command": command, **body}
    return json.dumps(whole, indent=2, ensure_ascii=False, default=str)


# ---------------------------------------------------------------- errors


def error_text(error: ScaffoldError) -> str:
    """What failed, the details, and the next step."""
    lines = [f"error: {error.what}", *(f"  {detail}" for detail in error.details)]
    if error.hint:
        lines.append(f"next: {error.hint}")
    return clean("\n".join(lines))


def github_text(error: AnswersError) -> str:
    """The problems that lie in files, as GitHub Actions shows them beside the lines."""
    placed = [problem for problem in error.problems if problem.line]
    return "\n".join(
        f"::error file={_escaped(p.origin, ':,')},line={p.line},col={p.column}::"
        + _escaped(clean(f"{p.key}: {p.why}"))
        for p in placed
    )


def _escaped(text: str, more: str = "") -> str:
    """As the runner's commands want it: percent signs first, then what would end a part."""
    for character in "%\r\n" + more:
        text = text.replace(character, f"%{ord(character):02X}")
    return text


def error_json(error: ScaffoldError) -> dict[str, Any]:
    """The same for machines."""
    problems = [vars(p) for p in error.problems] if isinstance(error, AnswersError) else []
    about = {"what": error.what, "next": error.hint, "details": error.details}
    return {"error": {**about, "problems": problems}, "exit_code": error.exit_code}


# ---------------------------------------------------------------- new


def created_text(result: Created, cwd: Path, tried: bool) -> str:
    """What was made, and what to do next: every printed command works when pasted.

    Args:
        result: What was made.
        cwd: Where the user stands.
        tried: Whether the project's environment was made and tried already.
    """
    count = f"{len(result.files)} file{'s' if len(result.files) != 1 else ''}"
    label = f"{result.source} {result.version}".strip()
    git = ", one git commit" if result.repository else ""
    lines = [f"{_short(result.path, cwd)}: {count} from {label}{git}"]
    lines += [f"note: {note}" for note in result.notes]
    steps = [] if result.path == cwd else [f"cd {shlex.quote(_short(result.path, cwd))}"]
    steps += ["source .venv/bin/activate"] if tried else result.message.splitlines()
    if steps:
        lines += ["", "Next steps:", *(f"  {step}".rstrip() for step in steps)]
    return clean("\n".join(lines))


def _short(path: Path, cwd: Path) -> str:
    return str(path.relative_to(cwd)) if path.is_relative_to(cwd) else str(path)


def created_json(result: Created) -> dict[str, Any]:
    """The same for machines."""
    return {
        "path": str(result.path),
        "blueprint": {"source": result.source, "version": result.version or None},
        "files": [vars(file) for file in result.files],
        "answers": dict(result.answers),
        "sources": dict(result.sources),
        "notes": result.notes,
        "repository": result.repository,
        "written": result.written,
    }


def tree_text(name: str, files: Sequence[File]) -> str:
    """The files as a tree with sizes, and a line that adds them up."""
    lines = [f"{name}/", *_tree([(file.path.split("/"), file) for file in files], "")]
    total = sum(file.size for file in files)
    return clean("\n".join([*lines, "", f"{len(files)} files, {_size(total)}; nothing written"]))


def _tree(entries: Sequence[tuple[list[str], File]], indent: str) -> Iterator[str]:
    names = sorted({parts[0] for parts, _ in entries})
    for name in names:
        branch, rail = ("└── ", "    ") if name == names[-1] else ("├── ", "│   ")
        below = [(parts[1:], file) for parts, file in entries if parts[0] == name]
        if below[0][0]:
            yield f"{indent}{branch}{name}/"
            yield from _tree(below, indent + rail)
        else:
            yield f"{indent}{branch}{name}  {_size(below[0][1].size)}"


def _size(count: int) -> str:
    return f"{count} B" if count < 1024 else f"{count / 1024:.1f} KiB"


# ---------------------------------------------------------------- update


def updated_text(result: Updated, cwd: Path) -> str:
    """What happened to each path, then the next command to type."""
    here = _short(result.path, cwd)
    source = result.source
    lines = [f"note: {note}" for note in result.notes]
    if result.plan is None:
        return clean(
            "\n".join([*lines, f"{result.path.name}: nothing to do, {source} {result.new}"])
        )
    was = result.old if result.old == result.new else f"{result.old} → {result.new}"
    lines.append(f"{result.path.name}: {source} {was}")
    for kind, changes in _by_kind(result.plan.changes):
        lines += ["", f"{kind} ({len(changes)})", *(f"  {_change(change)}" for change in changes)]
    if result.message:
        lines += ["", result.message.rstrip()]
    return clean("\n".join([*lines, "", *_after_update(result, here)]))


def _by_kind(changes: Sequence[Change]) -> Iterator[tuple[str, list[Change]]]:
    from .merge import Kind

    for kind in Kind:
        if chosen := [change for change in changes if change.kind is kind]:
            yield kind.value, chosen


def _change(change: Change) -> str:
    path = f"{change.old_path} → {change.path}" if change.old_path else change.path
    return f"{path}  ({change.reason})" if change.reason else path


def _after_update(result: Updated, here: str) -> Iterator[str]:
    at = "" if here == "." else f" -C {shlex.quote(here)}"
    undo = f"scaffold update --abort{'' if here == '.' else ' ' + shlex.quote(here)}"
    if not result.written:
        yield "Nothing was written. Run it again without --dry-run to do all of this."
    elif result.plan and result.plan.conflicts:
        count = len(result.plan.conflicts)
        yield f"{count} conflict{'s are' if count > 1 else ' is'} left to resolve: edit each file,"
        yield f"then: git{at} add FILE   (or: git{at} mergetool)"
        yield f"or take it all back: {undo}"
    else:
        yield f"next: git{at} diff --staged && git{at} commit -m 'Update the blueprint'"
        yield f"or take it all back: {undo}"


def updated_json(result: Updated) -> dict[str, Any]:
    """The same for machines."""
    plan = {"changes": [], "conflicts": 0, "blocked": 0}
    return {
        "path": str(result.path),
        "blueprint": {"source": result.source, "old": result.old, "new": result.new},
        **(result.plan.to_json() if result.plan else plan),
        "diff": result.diff,
        "notes": result.notes,
        "written": result.written,
    }


def coloured(patch: str) -> str:
    """A unified diff with the colours that git gives it."""
    colours = {"+": "32", "-": "31", "@": "36"}
    lines = (
        line
        if line.startswith(("+++", "---")) or line[:1] not in colours
        else f"\x1b[{colours[line[0]]}m{line}\x1b[m"
        for line in clean(patch).split("\n")
    )
    return "\n".join(lines)


# ---------------------------------------------------------------- check


def checked_text(results: Sequence[Checked]) -> str:
    """One line a project: the recorded version, the newest one, and what that means."""
    rows = [(str(r.path), f"{r.source} {r.current}".strip(), _verdict(r)) for r in results]
    widths = [max(len(row[column]) for row in rows) for column in (0, 1)]
    lines = [f"{a:{widths[0]}}  {b:{widths[1]}}  {verdict}" for a, b, verdict in rows]
    if available := [r for r in results if r.available]:
        lines += ["", *(f"next: scaffold update {shlex.quote(str(r.path))}" for r in available[:1])]
    return clean("\n".join(lines))


def _verdict(result: Checked) -> str:
    if result.problem:
        return f"unknown: {result.problem}"
    seen = " (offline: as of the last answer)" if result.offline else ""
    if result.available:
        return f"{result.newest} is available{seen}"
    return f"is the newest{seen}" if result.newest else "the blueprint has no versions"


def checked_json(results: Sequence[Checked]) -> dict[str, Any]:
    """The same for machines."""
    return {"projects": [vars(result) for result in results]}


# ---------------------------------------------------------------- list and show


def list_text(blueprints: Iterable[Listed]) -> str:
    """One blueprint a paragraph."""
    paragraphs = [
        f"{b.name}  {b.title}\n  {b.description}\n  versions: {', '.join(reversed(b.versions))}"
        for b in blueprints
    ]
    return clean("\n\n".join(paragraphs))


def list_json(blueprints: Iterable[Listed]) -> dict[str, Any]:
    """The same for machines."""
    return {"blueprints": [vars(blueprint) for blueprint in blueprints]}


def show_text(shown: Shown) -> str:
    """The questions with their choices, defaults and help."""
    title = shown.about.get("title", "")
    lines = [f"{shown.source} {shown.version}".strip() + (f": {title}" if title else "")]
    if description := shown.about.get("description"):
        lines.append(str(description))
    for question in shown.questionnaire.questions.values():
        if question.when is not False:
            lines += ["", *_question(question)]
    return clean("\n".join(lines))


def _question(question: Question) -> Iterator[str]:
    many = ", several" if question.multiselect else ""
    yield f"{question.name} ({question.type}{many}, default: {_default(question)})"
    if question.help:
        yield f"  {question.help}"
    if isinstance(question.when, str):
        yield f"  asked when: {question.when}"
    if isinstance(question.choices, str):
        yield "  choices depend on other answers"
        return
    width = max((len(_value(choice.value)) for choice in question.choices), default=0)
    for choice in question.choices:
        title = "" if choice.title == str(choice.value) else f"{choice.title}. "
        yield f"    {_value(choice.value):{width}}  {title}{choice.help}".rstrip()


def _default(question: Question) -> str:
    from .values import MISSING

    default = question.default
    if default is MISSING:
        return "none, it must be given"
    is_template = isinstance(default, str) and any(mark in default for mark in ("{{", "{%"))
    return "made from other answers" if is_template else _value(default)


def _value(value: Any) -> str:
    return value if isinstance(value, str) and value else json.dumps(value, default=str)


def show_json(shown: Shown) -> dict[str, Any]:
    """The same for machines."""
    return {
        "blueprint": {
            "source": shown.source,
            "version": shown.version or None,
            "versions": shown.versions,
            **shown.about,
        },
        "questions": [
            _question_json(question)
            for question in shown.questionnaire.questions.values()
            if question.when is not False
        ],
    }


def _question_json(question: Question) -> dict[str, Any]:
    from .values import MISSING

    choices = question.choices
    return {
        "name": question.name,
        "type": question.type,
        "multiselect": question.multiselect,
        "default": None if question.default is MISSING else question.default,
        "required": question.default is MISSING,
        "help": question.help,
        "when": question.when,
        "secret": question.secret,
        "choices": choices if isinstance(choices, str) else [vars(choice) for choice in choices],
    }
