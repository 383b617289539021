"""Read an answers file: YAML, TOML or JSON, strictly, with the place of every answer."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from ..errors import AnswersError, Problem, ScaffoldError
from ..host import make_loader, refuse_deep_yaml
from ..questions import MISSING, GivenAnswer, describe_value, make_printable
from .key_positions import KeyPosition, locate_json_keys, locate_toml_keys

STDIN = "-"
UNANSWERED_MARK = "???"
MAX_FILE_BYTES = 16 << 20
_DOLLAR_HINT = "(write \\${ for a plain ${)"
_REPEATED = "appears here a second time"
_LANGUAGES = {".yml": "YAML", ".yaml": "YAML", ".toml": "TOML", ".json": "JSON"}

_TOML_POSITION = re.compile(r"\s*\(at (?:line (\d+), column (\d+)|end of document)\)")
_RAISED = re.compile(r"^\w+ raised while resolving interpolation: ")
_JSON_START = re.compile(r"""\s*\{\s*["}]""")
_TOML_START = re.compile(r"""\s*(?:\#[^\n]*\n\s*)*(?:\[|[\w."'-]+[ \t]*=)""")


class _ReadError(Exception):
    """A document, or its value for one key, cannot be used."""

    def __init__(self, why: str, line: int = 0, column: int = 0, key: str = "") -> None:
        super().__init__(why)
        self.line = line
        self.column = column
        self.key = key

    def make_problem(self, origin: str) -> Problem:
        """Make the problem that a user sees."""
        return Problem(
            origin, self.line, self.column, make_printable(self.key), make_printable(str(self))
        )


class _Document(NamedTuple):
    values: Mapping[str, Any]
    places: Mapping[str, KeyPosition]
    wrong: Mapping[str, _ReadError]


def read_answers_file(file: Path | str, stdin: BinaryIO | None = None) -> dict[str, GivenAnswer]:
    """Read an answers file.

    Interpolations are OmegaConf's: ``${other}``, ``${oc.env:NAME}``; their result is text, which
    the question's type reads. A value ``???`` becomes `MISSING`. An answer with a repeated key, or
    whose interpolation fails, has the reason in `GivenAnswer.wrong`.

    Args:
        file: A path that ends in .yml, .yaml, .toml or .json; ``-`` is standard input.
        stdin: The stream that ``-`` reads; standard input where it is None.

    Raises:
        AnswersError: The file cannot be read; names the place.
    """
    origin = "stdin" if str(file) == STDIN else str(file)
    try:
        text = _read_text(file, stdin)
        document = _parse(text, _get_language(file, text))
    except _ReadError as error:
        raise AnswersError([error.make_problem(origin)]) from error
    return _make_given_answers(origin, document)


def read_settings_file(file: Path) -> dict[str, GivenAnswer]:
    """Read a YAML file of settings, without interpolation.

    Raises:
        AnswersError: The file cannot be read or is not right; names the place.
    """
    origin = str(file)
    try:
        document = _parse(_read_text(file, None), "YAML")
    except _ReadError as error:
        raise AnswersError([error.make_problem(origin)]) from error
    if document.wrong:
        raise AnswersError(error.make_problem(origin) for error in document.wrong.values())
    return {
        key: GivenAnswer(value, origin, *document.places.get(key, KeyPosition(0, 0)))
        for key, value in document.values.items()
    }


def _read_text(file: Path | str, stdin: BinaryIO | None) -> str:
    try:
        if str(file) == STDIN:
            content = (stdin or sys.stdin.buffer).read(MAX_FILE_BYTES + 1)
        else:
            with Path(file).open("rb") as opened:
                content = opened.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        raise _ReadError(f"cannot be read: {error.strerror}") from error
    if len(content) > MAX_FILE_BYTES:  # a device may never end
        raise _ReadError(f"is larger than {MAX_FILE_BYTES >> 20} MiB")
    try:
        return content.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        column = error.start - content.rfind(b"\n", 0, error.start)
        raise _ReadError("is not UTF-8", line, column) from error


def _get_language(file: Path | str, text: str) -> str:
    if str(file) == STDIN:
        if _JSON_START.match(text):
            return "JSON"
        return "TOML" if _TOML_START.match(text) else "YAML"
    suffix = Path(file).suffix.lower()
    if suffix not in _LANGUAGES:
        raise _ReadError(f"must end in one of {', '.join(_LANGUAGES)}")
    return _LANGUAGES[suffix]


def _parse(text: str, language: str) -> _Document:
    parsers = {"YAML": _parse_yaml, "TOML": _parse_toml, "JSON": _parse_json}
    try:
        return parsers[language](text)
    except RecursionError as error:
        raise _ReadError("is nested too deeply") from error
    except ValueError as error:  # a number or date that Python cannot hold
        raise _ReadError(f"is not {language}: {error}") from error


def _parse_toml(text: str) -> _Document:
    import tomllib

    try:
        return _Document(tomllib.loads(text), locate_toml_keys(text), {})
    except tomllib.TOMLDecodeError as error:
        found = _TOML_POSITION.search(str(error))
        line, column = found.groups() if found else (None, None)
        why = f"is not TOML: {_TOML_POSITION.sub('', str(error))}"
        last = text.count("\n") + 1
        raise _ReadError(why, int(line or last), int(column or 1)) from error


def _parse_json(text: str) -> _Document:
    import json

    try:
        values = json.loads(text, parse_constant=_refuse_constant)
    except json.JSONDecodeError as error:
        raise _ReadError(f"is not JSON: {error.msg}", error.lineno, error.colno) from error
    _check_mapping(values)
    places, repeated = locate_json_keys(text)
    wrong = {top: _ReadError(_REPEATED, *place[:2], key) for top, (key, place) in repeated.items()}
    return _Document(values, places, wrong)


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"it holds {name}")


def _check_mapping(values: Any) -> None:
    if not isinstance(values, dict):
        raise _ReadError(f"must map questions to answers, not {describe_value(values)}", 1, 1)


def _parse_yaml(text: str) -> _Document:
    import yaml

    try:
        return _compose(text)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (0, 0)
        why = " ".join(filter(None, (error.context, error.problem)))
        raise _ReadError(f"is not YAML: {why}", line, column) from error
    except yaml.reader.ReaderError as error:
        before = text[: error.position]
        line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
        raise _ReadError(f"is not YAML: {error.reason}", line, column) from error


def _compose(text: str) -> _Document:
    try:
        refuse_deep_yaml(text, "it")
    except ScaffoldError:
        raise _ReadError("is nested too deeply") from None
    loader = make_loader(as_omegaconf=True)(text)
    try:
        node = loader.get_single_node()
        if node is None or (node.value == "" and node.tag == "tag:yaml.org,2002:null"):
            return _Document({}, {}, {})
        wrong = _remove_wrong_keys(node)
        values = loader.construct_document(node)
    finally:
        loader.dispose()
    _check_mapping(values)
    places = {key.value: _make_position(key, value) for key, value in node.value}
    return _Document(values, places, wrong)


def _remove_wrong_keys(node: Any) -> dict[str, _ReadError]:
    """Remove answers that have or hold wrong keys; return the reasons by answer."""
    import yaml

    if not isinstance(node, yaml.MappingNode):
        return {}
    wrong: dict[str, _ReadError] = {}
    pairs, seen = [], set[str]()
    for key, value in node.value:
        found = [*_check_key(key, seen), *_find_wrong_keys(value, frozenset({id(node)}))]
        if not found:
            pairs.append((key, value))
        elif isinstance(key.value, str):
            wrong.setdefault(key.value, found[0])
        else:
            raise found[0]
    node.value = pairs
    return wrong


def _make_position(key: Any, value: Any) -> KeyPosition:
    mark = key.start_mark
    raw = value.value if isinstance(value.value, str) else ""
    return KeyPosition(mark.line + 1, mark.column + 1, raw)


def _find_wrong_keys(node: Any, above: frozenset[int]) -> Iterator[_ReadError]:
    """Find keys that are repeated or are not text; refuse nodes that contain themselves."""
    import yaml

    if not isinstance(node, yaml.CollectionNode):
        return
    if id(node) in above:
        raise _make_error(node, "holds itself")
    above |= {id(node)}
    if isinstance(node, yaml.SequenceNode):
        for item in node.value:
            yield from _find_wrong_keys(item, above)
        return
    seen: set[str] = set()
    for key, value in node.value:
        yield from _check_key(key, seen)
        yield from _find_wrong_keys(value, above)


def _check_key(key: Any, seen: set[str]) -> Iterator[_ReadError]:
    if key.tag == "tag:yaml.org,2002:merge":
        return
    if key.tag != "tag:yaml.org,2002:str":
        spelled = key.value if isinstance(key.value, str) else "a list or mapping"
        yield _make_error(key, f"the key {spelled} is not text: write it in quotes")
    elif key.value in seen:
        yield _make_error(key, _REPEATED, key.value)
    else:
        seen.add(key.value)


def _make_error(node: Any, why: str, key: str = "") -> _ReadError:
    return _ReadError(why, node.start_mark.line + 1, node.start_mark.column + 1, key)


def _make_given_answers(origin: str, document: _Document) -> dict[str, GivenAnswer]:
    resolved, unresolved = _interpolate(document)
    given = {}
    for key, value in resolved.items():
        line, column, raw = document.places.get(key, KeyPosition(0, 0))
        if value == UNANSWERED_MARK:
            given[key] = GivenAnswer(MISSING, origin, line, column)
        else:
            is_text = value is not document.values[key] and isinstance(value, str)
            given[key] = GivenAnswer(value, origin, line, column, raw, is_text)
    for key, wrong in {**unresolved, **document.wrong}.items():
        given[key] = GivenAnswer(
            None, origin, wrong.line, wrong.column, wrong=wrong.make_problem(origin)
        )
    return given


def _interpolate(document: _Document) -> tuple[Mapping[str, Any], Mapping[str, _ReadError]]:
    """Resolve interpolations; return the values, and the errors by key."""
    resolved, wrong = dict(document.values), dict[str, _ReadError]()
    holding = [key for key, value in resolved.items() if _holds_interpolation(value)]
    # OmegaConf refuses a whole document for one unreadable answer: each of those has its own error.
    unreadable = {key for key in holding if not _is_readable(resolved[key])}
    readable = {k: v for k, v in document.values.items() if k not in unreadable}
    for key in holding:
        try:
            resolved[key] = _resolve_interpolation(readable, key)
        except ValueError as error:
            line, column, _ = document.places.get(key, KeyPosition(0, 0))
            wrong[key] = _ReadError(str(error), line, column, key)
    return resolved, wrong


def _holds_interpolation(value: Any) -> bool:
    if isinstance(value, dict | list):
        return any(map(_holds_interpolation, value.values() if isinstance(value, dict) else value))
    return isinstance(value, str) and "${" in value


def _is_readable(value: Any) -> bool:
    from omegaconf import OmegaConf
    from omegaconf.errors import GrammarParseError

    try:
        OmegaConf.create({"value": _replace_dates(value)})
    except GrammarParseError:
        return False
    return True


def _resolve_interpolation(values: Mapping[str, Any], key: str) -> Any:
    from omegaconf import OmegaConf
    from omegaconf.errors import OmegaConfBaseException

    if key not in values:
        raise ValueError(f"holds ${{ but no ${{name}} or ${{oc.env:NAME}} {_DOLLAR_HINT}")
    try:
        config = OmegaConf.create({name: _replace_dates(item) for name, item in values.items()})
        found = config[key]
        if OmegaConf.is_config(found):
            return OmegaConf.to_container(found, resolve=True, throw_on_missing=True)
    except OmegaConfBaseException as error:
        reason = _RAISED.sub("", str(error).splitlines()[0]).strip('"')
        raise ValueError(f"{reason} {_DOLLAR_HINT}") from error
    return found


def _replace_dates(value: Any) -> Any:
    """Replace dates and times, which TOML has and OmegaConf cannot hold, by text."""
    from datetime import date, time

    if isinstance(value, dict):
        return {key: _replace_dates(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_replace_dates(item) for item in value]
    return str(value) if isinstance(value, date | time) else value
