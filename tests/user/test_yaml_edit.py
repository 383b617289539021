"""One value of a YAML file changes; what a user wrote around it stays."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from scaffold.host.yaml import make_loader
from scaffold.user.yaml_edit import edit_yaml

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("text", "keys", "value", "after"),
    [
        pytest.param("", ["name"], "a", "name: a\n", id="empty"),
        pytest.param("# c\n", ["trust", 0], "a", "# c\ntrust:\n- a\n", id="comments alone"),
        pytest.param("name:\n", ["name"], "a", "name: a\n", id="no value yet"),
        pytest.param("name: x", ["email"], "y", "name: x\nemail: y\n", id="no last newline"),
        pytest.param("{name: x}\n", ["name"], "y", "{name: y}\n", id="in braces"),
        pytest.param("name: >\n  a\n  b\n", ["name"], "y", "name: y\n", id="a folded text"),
        pytest.param(
            "--- # h\nname: x\n...\n", ["name"], "y", "--- # h\nname: y\n...\n", id="a document"
        ),
        pytest.param(
            "trust:\n- a  # 1\n- b  # 2\n", ["trust", 0], None, "trust:\n- b  # 2\n", id="an item"
        ),
        pytest.param("defaults:\n  a: 1\n", ["defaults", "a"], None, "", id="the last of all"),
        pytest.param(
            "defaults: &d {a: &x 1, b: *x}\n",
            ["defaults", "b"],
            2,
            "defaults: {a: 1, b: 2}\n",
            id="an alias",
        ),
    ],
)
def test_a_text_is_edited(text: str, keys: list[str | int], value: object, after: str) -> None:
    assert edit_yaml(text, keys, value) == after


LINES = ["name: a", "email: 'b'  # of work", "trust:\n- x  # one\n# two\n- y", "license: |\n  c"]
LINES += ["defaults:\n  # many\n  a: 1  # few\n  b: [1, 2]  # both\n  c: {d: e}", "preset: # none"]
TEXT = st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "S", "Zs")), min_size=1)
VALUES = TEXT | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
KEYS = ["name", "license", "preset", "github", "defaults.a", "defaults.b", "defaults.new"]


@settings(max_examples=200, deadline=None)
@given(st.permutations(LINES), st.integers(0, len(LINES)), st.sampled_from(KEYS), VALUES)
def test_whatever_is_set_is_read_and_comments_stay(
    lines: list[str], count: int, key: str, value: object
) -> None:
    text = "".join(f"# {n}\n{line}\n" for n, line in enumerate(lines[:count])) + "# end\n"
    expected = _read(text)
    inner = expected.setdefault("defaults", {}) if key.startswith("defaults.") else expected
    inner[key.rpartition(".")[2]] = value
    after = edit_yaml(text, list(key.split(".")), value)
    assert _read(after) == expected
    comments = [line.partition("#")[2] for line in text.splitlines() if "#" in line]
    lost = [comment for comment in comments if f"#{comment}" not in after]
    assert not lost or (key, lost) == ("preset", [" none"])


def _read(text: str) -> dict[str, Any]:
    return dict(yaml.load(text, Loader=make_loader(as_omegaconf=True)) or {})
