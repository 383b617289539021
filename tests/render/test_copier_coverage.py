"""The corpus uses all that Copier, as it is installed, knows in a ``copier.yml``."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
from copier import _template, _user_data

from ..helpers.copier_templates import TEMPLATES, Template
from ..helpers.factories import tree

# What Copier itself gives to a question.
GIVEN = {"var_name", "answers", "context", "jinja_env", "settings"}
KINDS_OF_CHOICES = {"list", "map", "pairs", "Jinja", "disabled"}


@pytest.fixture(scope="module")
def configs(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """What Copier reads of the corpus: templates in folders, which is where settings are used."""
    written = [template for template in TEMPLATES if template.files]
    return [read(template, tmp_path_factory.mktemp("template")) for template in written]


def read(template: Template, root: Path) -> dict[str, Any]:
    tree(root, template.files)
    config = next(
        (p for p in root.glob("[c]opier.*") if p.suffix.lower() in (".yml", ".yaml")), None
    )
    return dict(_template.load_template_config(config)) if config else {}


def settings() -> set[str]:
    """All settings that Copier's source asks a template for."""
    return {f"_{key}" for key in looked_up(_template, ("config_data", "_raw_config"))} - {"__"}


def looked_up(module: Any, owners: tuple[str, ...]) -> Iterator[str]:
    """The texts that code takes from mappings of these names, by ``get`` or in brackets."""
    for node in ast.walk(ast.parse(inspect.getsource(module))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            owner, key = node.func.value, node.args[:1]
            is_asked = node.func.attr == "get"
        elif isinstance(node, ast.Subscript):
            owner, key, is_asked = node.value, [node.slice], True
        else:
            continue
        names = getattr(owner, "attr", None) or getattr(owner, "id", None)
        if is_asked and names in owners and key and isinstance(key[0], ast.Constant):
            yield str(key[0].value).removeprefix("_")


def questions(configs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """All questions that are written with settings of their own."""
    found = (entry for config in configs for key, entry in config.items() if key[0] != "_")
    return [entry for entry in found if isinstance(entry, dict)]


def test_every_setting_of_copier_is_used(configs: list[dict[str, Any]]) -> None:
    known = settings()
    assert {"_exclude", "_migrations", "_min_copier_version", "_preserve_symlinks"} <= known
    assert known - {key for config in configs for key in config} == set()


def test_every_key_of_a_question_is_used(configs: list[dict[str, Any]]) -> None:
    known = {field.name for field in fields(_user_data.Question)} - GIVEN
    assert {"choices", "when", "multiselect"} <= known
    assert known - {key for question in questions(configs) for key in question} == set()


def test_every_type_is_used(configs: list[dict[str, Any]]) -> None:
    used = {question.get("type") for question in questions(configs)}
    assert set(_user_data.CAST_STR_TO_NATIVE) - used == set()


def test_every_key_of_tasks_and_migrations_is_used(configs: list[dict[str, Any]]) -> None:
    known = set(looked_up(_template, ("task", "migration"))) - {"before", "after"}
    assert {"command", "when", "working_directory", "version"} <= known
    items = [
        i for config in configs for key in ("_tasks", "_migrations") for i in config.get(key, ())
    ]
    assert known - {key for item in items if isinstance(item, dict) for key in item} == set()


def test_every_kind_of_choices_is_used(configs: list[dict[str, Any]]) -> None:
    given = [question["choices"] for question in questions(configs) if "choices" in question]
    assert {kind for choices in given for kind in kinds(choices)} == KINDS_OF_CHOICES


def kinds(choices: Any) -> Iterator[str]:
    if isinstance(choices, str):
        yield "Jinja"
        return
    is_map = isinstance(choices, dict)
    items = list(choices.values()) if is_map else [c[1] if _pair(c) else c for c in choices]
    yield "map" if is_map else "pairs" if any(map(_pair, choices)) else "list"
    if any(isinstance(item, dict) and "validator" in item for item in items):
        yield "disabled"


def _pair(choice: Any) -> bool:
    return isinstance(choice, list) and len(choice) == 2
