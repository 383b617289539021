"""No test touches the real home, the user's git config or the variables of an outer tool."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

OUTER = ("GIT_", "SCAFFOLD_", "XDG_", "COPIER_")


@pytest.fixture(autouse=True)
def _isolated(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    home = tmp_path_factory.mktemp("home")
    for name in [n for n in os.environ if n.startswith(OUTER)]:
        monkeypatch.delenv(name)
    for name in ("CI", "NO_COLOR", "GITHUB_ACTIONS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("XDG_CACHE_HOME", str(home / ".cache"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(home / ".config"))
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(home / ".gitconfig"))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    (home / ".gitconfig").write_text("[user]\n\tname = Ada Tester\n\temail = ada@example.org\n")


@pytest.fixture
def _copier_sees_it(_isolated: None) -> Iterator[None]:
    """Let Copier's git see the home of this test: plumbum keeps the environment of its import."""
    from plumbum import local

    with local.env():
        local.env.clear()
        local.env.update(os.environ)
        yield


@pytest.fixture
def home() -> Path:
    """The home folder of this test."""
    return Path(os.environ["HOME"])
