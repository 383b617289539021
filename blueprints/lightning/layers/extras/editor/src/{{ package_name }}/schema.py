"""Write what editors need to complete the configs: this is the command `schema`."""

import argparse
import inspect
import json
import re
from collections.abc import Iterable
from pathlib import Path
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin

from hydra.utils import get_object

from .build import CONFIGS

ALWAYS = ("_target_", "_partial_", "_convert_", "_recursive_", "_args_", "defaults")
ARGUMENT = re.compile(r"^ +(\w+)(?: \([^)]*\))?: +(.+)$", re.MULTILINE)  # in a docstring
TYPES = {bool: "boolean", int: "integer", float: "number", str: "string", type(None): "null"}


def make_schema(targets: Iterable[str]) -> dict[str, Any]:
    """A JSON schema of configs in which a `_target_` has its arguments.

    Args:
        targets: Dotted names of classes and functions.
    """
    names = sorted(set(targets))
    cases = [
        {
            "if": {"required": ["_target_"], "properties": {"_target_": {"const": name}}},
            "then": describe(get_object(name)),
        }
        for name in names
    ]
    node = {
        "properties": {"_target_": {"anyOf": [{"enum": names}, {"type": "string"}]}},
        "additionalProperties": {"if": {"type": "object"}, "then": {"$ref": "#/definitions/node"}},
        "allOf": cases,
    }
    start = {"$schema": "http://json-schema.org/draft-07/schema#", "$ref": "#/definitions/node"}
    return start | {"definitions": {"node": node}}


def describe(thing: Any) -> dict[str, Any]:
    """The arguments of a class or function, with their types and what its docstring says."""
    parameters = inspect.signature(thing).parameters.values()
    texts = dict(ARGUMENT.findall(find_docstring(thing)))
    known = {p.name: as_type(p.annotation) for p in parameters if p.kind is not p.VAR_KEYWORD}
    described = {name: kind | {"description": texts.get(name, "")} for name, kind in known.items()}
    if len(known) < len(parameters):  # it takes others, too
        return {"properties": described}
    return {"properties": described, "propertyNames": {"enum": [*known, *ALWAYS]}}


def find_docstring(thing: Any) -> str:
    docs = [inspect.getdoc(thing), inspect.getdoc(getattr(thing, "__init__", None))]
    return "\n".join(f" {line}" for doc in docs if doc for line in doc.splitlines())


def as_type(annotation: Any) -> dict[str, Any]:
    """The schema of a value; that of any value where the annotation says nothing plain."""
    origin, choices = get_origin(annotation), get_args(annotation) or (annotation,)
    if origin is Literal:
        return {"anyOf": [{"enum": list(choices)}, {"pattern": r"\$\{", "type": "string"}]}
    if origin not in (None, Union, UnionType):
        return {}
    names = {TYPES.get(choice) if isinstance(choice, type) else None for choice in choices}
    return {} if None in names else {"type": sorted({"string", *map(str, names)})}  # or ${...}


def main() -> None:
    parser = argparse.ArgumentParser(prog=f"python -m {__package__}.schema", description=__doc__)
    parser.add_argument("--output", default=".vscode/configs.schema.json", type=Path)
    output = parser.parse_args().output
    texts = (path.read_text("utf-8") for path in CONFIGS.rglob("*.yaml"))
    schema = make_schema(name for text in texts for name in re.findall(r"_target_: *(\S+)", text))
    output.parent.mkdir(parents=True, exist_ok=True)
    output.write_text(json.dumps(schema, indent=1) + "\n", "utf-8")
    print(output)


if __name__ == "__main__":
    main()
