"""Read an answers file: YAML, TOML or JSON, strictly, with the place of every answer."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from ..errors import AnswersError, Problem, ScaffoldError
from ..host import make_loader, refuse_deep_yaml
from ..questions import MISSING, GivenAnswer, describe_value, make_printable
from .positions import Place, json_keys, toml_keys

STDIN = "-"
UNANSWERED = "???"
MAX_SIZE = 16 << 20
_PLAIN = "(write \\${ for a plain ${)"
_TWICE = "stands here a second time"

_TOML_POSITION = re.compile(r"\s*\(at (?:line (\d+), column (\d+)|end of document)\)")
_RAISED = re.compile(r"^\w+ raised while resolving interpolation: ")
_JSON_START = re.compile(r"""\s*\{\s*["}]""")
_TOML_START = re.compile(r"""\s*(?:\#[^\n]*\n\s*)*(?:\[|[\w."'-]+[ \t]*=)""")


class _Wrong(Exception):
    """A document, or what it says of one key, cannot be used."""

    def __init__(self, why: str, line: int = 0, column: int = 0, key: str = "") -> None:
        super().__init__(why)
        self.line = line
        self.column = column
        self.key = key

    def problem(self, origin: str) -> Problem:
        """The same for a user."""
        return Problem(
            origin, self.line, self.column, make_printable(self.key), make_printable(str(self))
        )


class _Document(NamedTuple):
    values: Mapping[str, Any]
    places: Mapping[str, Place]
    wrong: Mapping[str, _Wrong]


def read(file: Path | str, stdin: BinaryIO | None = None) -> dict[str, GivenAnswer]:
    """Read an answers file.

    Interpolations are OmegaConf's: ``${other}``, ``${oc.env:NAME}``; what they give is text to
    be read by the question's type. A value ``???`` is given as `MISSING`. An answer that stands
    there twice, or whose interpolation fails, says so in `GivenAnswer.wrong`.

    Args:
        file: A path that ends in .yml, .yaml, .toml or .json; ``-`` is standard input.
        stdin: What ``-`` reads; standard input where it is None.

    Raises:
        AnswersError: The file cannot be read; names the place.
    """
    origin = "stdin" if str(file) == STDIN else str(file)
    try:
        text = _text(file, stdin)
        document = _reader(file, text)(text)
    except _Wrong as error:
        raise AnswersError([error.problem(origin)]) from error
    return _given(origin, document)


def read_settings(file: Path) -> dict[str, GivenAnswer]:
    """Read a YAML file of settings as it stands: nothing in it is interpolated.

    Raises:
        AnswersError: The file cannot be read or is not right; names the place.
    """
    origin = str(file)
    try:
        document = _yaml(_text(file, None))
    except _Wrong as error:
        raise AnswersError([error.problem(origin)]) from error
    if document.wrong:
        raise AnswersError(error.problem(origin) for error in document.wrong.values())
    return {
        key: GivenAnswer(value, origin, *document.places.get(key, Place(0, 0)))
        for key, value in document.values.items()
    }


def _text(file: Path | str, stdin: BinaryIO | None) -> str:
    try:
        if str(file) == STDIN:
            content = (stdin or sys.stdin.buffer).read(MAX_SIZE + 1)
        else:
            with Path(file).open("rb") as opened:
                content = opened.read(MAX_SIZE + 1)
    except OSError as error:
        raise _Wrong(f"cannot be read: {error.strerror}") from error
    if len(content) > MAX_SIZE:  # a device may never end
        raise _Wrong(f"is larger than {MAX_SIZE >> 20} MiB")
    try:
        return content.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        column = error.start - content.rfind(b"\n", 0, error.start)
        raise _Wrong("is not UTF-8", line, column) from error


def _reader(file: Path | str, text: str) -> Callable[[str], _Document]:
    readers = {".yml": _yaml, ".yaml": _yaml, ".toml": _toml, ".json": _json}
    if str(file) == STDIN:
        return readers[_sniff(text)]
    suffix = Path(file).suffix.lower()
    if suffix not in readers:
        raise _Wrong(f"must end in one of {', '.join(readers)}, to tell its format")
    return readers[suffix]


def _sniff(text: str) -> str:
    if _JSON_START.match(text):
        return ".json"
    return ".toml" if _TOML_START.match(text) else ".yaml"


def _toml(text: str) -> _Document:
    import tomllib

    try:
        return _Document(tomllib.loads(text), toml_keys(text), {})
    except tomllib.TOMLDecodeError as error:
        found = _TOML_POSITION.search(str(error))
        line, column = found.groups() if found else (None, None)
        why = f"is not TOML: {_TOML_POSITION.sub('', str(error))}"
        last = text.count("\n") + 1
        raise _Wrong(why, int(line or last), int(column or 1)) from error
    except ValueError as error:  # a number that Python does not read
        raise _Wrong(f"is not TOML: {error}") from error
    except RecursionError as error:
        raise _Wrong("is nested too deeply") from error


def _json(text: str) -> _Document:
    import json

    try:
        values = json.loads(text, parse_constant=_refuse_constant)
        _check_mapping(values)
        return _Document(values, *_located(text))
    except json.JSONDecodeError as error:
        raise _Wrong(f"is not JSON: {error.msg}", error.lineno, error.colno) from error
    except RecursionError as error:
        raise _Wrong("is nested too deeply") from error
    except ValueError as error:
        raise _Wrong(f"is not JSON: {error}") from error


def _located(text: str) -> tuple[Mapping[str, Place], Mapping[str, _Wrong]]:
    places, repeated = json_keys(text)
    wrong: dict[str, _Wrong] = {}
    for key, place, top in repeated:
        wrong.setdefault(top, _Wrong(_TWICE, place.line, place.column, key))
    return places, wrong


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"it holds {name}")


def _check_mapping(values: Any) -> None:
    if not isinstance(values, dict):
        raise _Wrong(f"must hold answers by question, not {describe_value(values)}", 1, 1)


def _yaml(text: str) -> _Document:
    import yaml

    try:
        return _compose(text)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (0, 0)
        why = " ".join(filter(None, (error.context, error.problem)))
        raise _Wrong(f"is not YAML: {why}", line, column) from error
    except yaml.reader.ReaderError as error:
        before = text[: error.position]
        line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
        raise _Wrong(f"is not YAML: {error.reason}", line, column) from error
    except RecursionError as error:
        raise _Wrong("is nested too deeply") from error
    except ValueError as error:  # a number or date that Python cannot hold
        raise _Wrong(f"is not YAML: {error}") from error


def _compose(text: str) -> _Document:

    try:
        refuse_deep_yaml(text, "it")
    except ScaffoldError:
        raise _Wrong("is nested too deeply") from None
    loader = make_loader(as_omegaconf=True)(text)
    try:
        node = loader.get_single_node()
        if node is None or (node.value == "" and node.tag == "tag:yaml.org,2002:null"):
            return _Document({}, {}, {})
        wrong = _without_wrong_keys(node)
        values = loader.construct_document(node)
    finally:
        loader.dispose()
    _check_mapping(values)
    places = {key.value: _place(key, value) for key, value in node.value}
    return _Document(values, places, wrong)


def _without_wrong_keys(node: Any) -> dict[str, _Wrong]:
    """Take out the answers whose keys are wrong, or that hold such; gives why, by answer."""
    import yaml

    wrong: dict[str, _Wrong] = {}
    if not isinstance(node, yaml.MappingNode):
        return wrong
    pairs, seen = [], set[str]()
    for key, value in node.value:
        found = [*_wrong_key(key, seen), *_wrong_keys(value, frozenset({id(node)}))]
        if not found:
            pairs.append((key, value))
        elif isinstance(key.value, str):
            wrong.setdefault(key.value, found[0])
        else:
            raise found[0]
    node.value = pairs
    return wrong


def _place(key: Any, value: Any) -> Place:
    mark = key.start_mark
    raw = value.value if isinstance(value.value, str) else ""
    return Place(mark.line + 1, mark.column + 1, raw)


def _wrong_keys(node: Any, above: frozenset[int]) -> Iterator[_Wrong]:
    """Find keys that stand twice, or are no text; refuse nodes that hold themselves."""
    import yaml

    if not isinstance(node, yaml.CollectionNode):
        return
    if id(node) in above:
        raise _wrong_at(node, "holds itself")
    above |= {id(node)}
    if isinstance(node, yaml.SequenceNode):
        for item in node.value:
            yield from _wrong_keys(item, above)
        return
    seen: set[str] = set()
    for key, value in node.value:
        yield from _wrong_key(key, seen)
        yield from _wrong_keys(value, above)


def _wrong_key(key: Any, seen: set[str]) -> Iterator[_Wrong]:
    if key.tag == "tag:yaml.org,2002:merge":
        return
    if key.tag != "tag:yaml.org,2002:str":
        spelled = key.value if isinstance(key.value, str) else "a list or mapping"
        yield _wrong_at(key, f"the key {spelled} is not text: write it in quotes")
    elif key.value in seen:
        yield _wrong_at(key, _TWICE, key.value)
    else:
        seen.add(key.value)


def _wrong_at(node: Any, why: str, key: str = "") -> _Wrong:
    return _Wrong(why, node.start_mark.line + 1, node.start_mark.column + 1, key)


def _given(origin: str, document: _Document) -> dict[str, GivenAnswer]:
    resolved, unresolved = _interpolate(document)
    given = {}
    for key, value in resolved.items():
        place = document.places.get(key, Place(0, 0))
        if value == UNANSWERED:
            given[key] = GivenAnswer(MISSING, origin, place.line, place.column)
            continue
        is_text = value is not document.values[key] and isinstance(value, str)
        given[key] = GivenAnswer(value, origin, place.line, place.column, place.raw, is_text)
    for key, wrong in {**unresolved, **document.wrong}.items():
        given[key] = GivenAnswer(
            None, origin, wrong.line, wrong.column, wrong=wrong.problem(origin)
        )
    return given


def _interpolate(document: _Document) -> tuple[Mapping[str, Any], Mapping[str, _Wrong]]:
    """The values with their interpolations resolved, and why some cannot be."""
    resolved: dict[str, Any] = dict(document.values)
    wrong: dict[str, _Wrong] = {}
    holding = [key for key, value in resolved.items() if _holds_interpolation(value)]
    # OmegaConf takes no document with an answer that it cannot read: such speak for themselves.
    unreadable = {key for key in holding if not _is_readable(resolved[key])}
    readable = {k: v for k, v in document.values.items() if k not in unreadable}
    for key in holding:
        try:
            resolved[key] = _resolve(readable, key)
        except ValueError as error:
            place = document.places.get(key, Place(0, 0))
            wrong[key] = _Wrong(str(error), place.line, place.column, key)
    return resolved, wrong


def _holds_interpolation(value: Any) -> bool:
    if isinstance(value, dict):
        return any(_holds_interpolation(item) for item in value.values())
    if isinstance(value, list):
        return any(_holds_interpolation(item) for item in value)
    return isinstance(value, str) and "${" in value


def _is_readable(value: Any) -> bool:
    from omegaconf import OmegaConf
    from omegaconf.errors import GrammarParseError

    try:
        OmegaConf.create({"value": _without_dates(value)})
    except GrammarParseError:
        return False
    return True


def _resolve(values: Mapping[str, Any], key: str) -> Any:
    from omegaconf import OmegaConf
    from omegaconf.errors import OmegaConfBaseException

    if key not in values:
        raise ValueError(f"holds ${{ but no ${{name}} or ${{oc.env:NAME}} {_PLAIN}")
    try:
        config = OmegaConf.create({name: _without_dates(item) for name, item in values.items()})
        found = config[key]
        if OmegaConf.is_config(found):
            return OmegaConf.to_container(found, resolve=True, throw_on_missing=True)
    except OmegaConfBaseException as error:
        reason = _RAISED.sub("", str(error).splitlines()[0]).strip('"')
        raise ValueError(f"{reason} {_PLAIN}") from error
    return found


def _without_dates(value: Any) -> Any:
    """A value as OmegaConf can hold it: what TOML has besides, dates and times, as text."""
    from datetime import date, time

    if isinstance(value, dict):
        return {key: _without_dates(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_without_dates(item) for item in value]
    return str(value) if isinstance(value, date | time) else value
