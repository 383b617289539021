"""Values that a person typed come back from each language as they were typed."""

from __future__ import annotations

import ast
import json
import tomllib
from collections.abc import Callable
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from omegaconf import OmegaConf

from scaffold.render.filters import escape_markdown, quote, quote_for_hydra

pytestmark = pytest.mark.unit

TEXT = st.text(st.characters(exclude_categories=["Cs"]))
TRICKY = st.text(st.sampled_from("\\${}x\"'#: \n\t%&*\U0001f600\x85\u2028\x7f"), max_size=12)
READERS: dict[str, Callable[[str], Any]] = {
    "python": ast.literal_eval,
    "json": json.loads,
    "toml": lambda text: tomllib.loads(f"a = {text}")["a"],
    "yaml": lambda text: yaml.safe_load(f"a: {text}")["a"],
}


@pytest.mark.parametrize("language", READERS)
@given(text=TEXT | TRICKY)
@settings(deadline=None)
def test_quoted_is_read_back(language: str, text: str) -> None:
    assert READERS[language](quote(text)) == text


@given(text=TEXT | TRICKY)
@settings(deadline=None)
def test_hydra_text_is_read_back_and_resolves_nothing(text: str) -> None:
    config: Any = OmegaConf.create(f"a: {quote_for_hydra(text)}")
    assert OmegaConf.to_container(config, resolve=True) == {"a": text}


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        pytest.param("a_b*c*", r"a\_b\*c\*", id="emphasis"),
        pytest.param("<script>", r"\<script\>", id="html"),
        pytest.param("two\n\n# lines", r"two \# lines", id="stays one line"),
        pytest.param("2024. A year", r"2024\. A year", id="no list"),
        pytest.param("  山田\u3000太郎\u00a0! ", "山田\u3000太郎\u00a0\\!", id="other spaces stay"),
        pytest.param("Émile 🙂", "Émile 🙂", id="letters stay"),
    ],
)
def test_markdown_has_no_markup_of_its_own(text: str, shown: str) -> None:
    assert escape_markdown(text) == shown
