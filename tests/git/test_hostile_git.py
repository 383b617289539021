"""No setting of a repository, of the user or of the environment makes git run a program.

Each setting that names a program names one of its own, which leaves a trace: the canary.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from scaffold.cli.main import run

from ..helpers.blueprints_on_disk import copier_template, repository, run_git
from ..helpers.factories import Program, tree

ATTRIBUTES = "* filter=evil diff=evil merge=evil\n*.txt text working-tree-encoding=UTF-8\n"
HOOKS = (
    *("pre-commit", "prepare-commit-msg", "commit-msg", "post-commit", "post-checkout"),
    *("post-merge", "pre-auto-gc", "post-index-change", "reference-transaction", "post-rewrite"),
    *("fsmonitor-watchman", "update", "pre-receive", "post-receive", "sendemail-validate"),
)
ALIASES = (
    *("add", "commit", "status", "clone", "fetch", "rev-parse", "config", "for-each-ref", "init"),
    *("read-tree", "ls-files", "diff", "merge-tree", "hash-object", "submodule", "ls-remote"),
)


@dataclass(frozen=True)
class Canary:
    """Programs that leave a trace when they run."""

    root: Path

    def program(self, name: str) -> str:
        script = f'#!/bin/sh\ntouch "{self.root}/{name}.fired"\ncat\nexit 0\n'
        tree(self.root, {name: Program(script)})
        return str(self.root / name)

    def fired(self) -> list[str]:
        return sorted(path.name for path in self.root.glob("*.fired"))

    def settings(self) -> dict[str, str]:
        """Every setting of git that starts a program, but those by which a user is known."""
        keys = {
            **dict.fromkeys(("core.fsmonitor", "core.pager", "core.editor", "core.gitProxy"), ""),
            **dict.fromkeys(("core.alternateRefsCommand", "sequence.editor", "gpg.program"), ""),
            **dict.fromkeys(("gpg.ssh.program", "gpg.ssh.defaultKeyCommand"), ""),
            **dict.fromkeys(("diff.external", "diff.evil.textconv", "diff.evil.command"), ""),
            **dict.fromkeys(("merge.evil.driver", "merge.tool", "mergetool.evil.cmd"), ""),
            **dict.fromkeys(("filter.evil.clean", "filter.evil.smudge"), ""),
            **dict.fromkeys(("uploadpack.packObjectsHook", "interactive.diffFilter"), ""),
            **dict.fromkeys(("pager.diff", "pager.log", "pager.status", "pager.config"), ""),
            **dict.fromkeys(("trailer.x.command", "remote.origin.vcs"), ""),
            **dict.fromkeys((f"alias.{name}" for name in ALIASES), "!"),
        }
        named = {key: mark + self.program(key) for key, mark in keys.items()}
        return named | {
            "commit.gpgSign": "true",
            "tag.gpgSign": "true",
            "gc.auto": "1",
            "log.showSignature": "true",
            "submodule.recurse": "true",
        }

    def foreign(self) -> dict[str, str]:
        """Settings that only a repository of others has: its filters fail."""
        return {"filter.evil.process": self.program("process"), "filter.evil.required": "true"}

    def network(self) -> dict[str, str]:
        """Settings by which a user reaches other machines: theirs to set, no repository's."""
        keys = ("core.sshCommand", "core.askPass", "credential.helper")
        return {key: self.program(key) for key in keys}

    def hooks(self, folder: Path) -> Path:
        folder.mkdir(exist_ok=True)
        for name in HOOKS:
            shutil.copy(self.program(f"hook-{name}"), folder / name)
        return folder


def _configure(config: Path, settings: dict[str, str]) -> None:
    for key, value in settings.items():
        run_git("config", "--file", str(config), "--add", key, value, cwd=config.parent)


def _spoil(git_dir: Path, canary: Canary) -> None:
    """Give a repository everything that runs programs."""
    _configure(git_dir / "config", canary.settings() | canary.network())
    hooks = canary.hooks(git_dir / "other-hooks")
    canary.hooks(git_dir / "hooks")
    included = git_dir / "included"
    _configure(included, {"core.fsmonitor": canary.program("included")})
    _configure(git_dir / "config", {"include.path": str(included), "core.hooksPath": str(hooks)})
    (git_dir / "info").mkdir(exist_ok=True)
    (git_dir / "info/attributes").write_text(ATTRIBUTES)


Version = dict[str, str | bytes]


class World:
    """A blueprint with two versions, and a project of the first; the second brings a conflict."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.canary = Canary(tree(root / "canary", {}))
        attributes: Version = {"template/.gitattributes": ATTRIBUTES, ".gitattributes": ATTRIBUTES}
        one: Version = {**copier_template("one\n"), **attributes, "template/new.bin": b"\0one"}
        two: Version = {**copier_template("two\n"), **attributes, "template/new.bin": b"\0two"}
        self.source = repository(root / "source", {"v1.0.0": one, "v2.0.0": two})
        self.project = root / "p"

    def run(self, *words: str) -> int:
        return run(list(words))

    def make(self, source: str) -> None:
        made = self.run("new", str(self.project), "-b", source, "--to", "v1.0.0", "--defaults")
        assert made == 0
        (self.project / "hello.txt").write_text("mine\n")
        run_git("commit", "-qam", "mine", cwd=self.project)

    def use(self) -> None:
        """Run every command that lets git look at the project and at its blueprint."""
        project = str(self.project)
        for path in self.project.rglob("*.txt"):
            os.utime(path, (1, 1))  # as new to git, which has to look at it again
        assert self.run("check", project) == 3
        assert self.run("diff", project) == 0
        assert self.run("diff", project, "--to", "v2.0.0") == 0
        assert self.run("update", project, "--defaults", "--dry-run") in (0, 4)
        assert self.run("update", project, "--defaults") == 4
        assert self.run("update", project, "--abort") == 0
        assert (self.project / "hello.txt").read_text() == "mine\n"
        assert self.run("list") == 0


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    yield World(tmp_path)


def test_the_canaries_sing(world: World) -> None:
    """Without the tool, plain git runs them."""
    _spoil(world.source / ".git", world.canary)
    (world.source / "copier.yml").write_text("x: 1\n")
    os.system(f"cd {world.source} && git status && git diff && git add . ; git commit -m x")
    fired = world.canary.fired()
    assert {"included.fired", "filter.evil.clean.fired", "diff.evil.command.fired"} <= set(fired)
    assert any(name.startswith("hook-") for name in fired), fired


@pytest.mark.parametrize("scheme", ["", "file://"], ids=["path", "url"])
def test_a_blueprint_s_repository_runs_nothing(world: World, scheme: str) -> None:
    _spoil(world.source / ".git", world.canary)
    _configure(world.source / ".git/config", world.canary.foreign())
    world.make(f"{scheme}{world.source}")
    world.use()
    assert world.canary.fired() == []


def test_a_bare_repository_of_a_blueprint_runs_nothing(world: World) -> None:
    bare = world.root / "bare.git"
    run_git("clone", "-q", "--bare", str(world.source), str(bare), cwd=world.root)
    _spoil(bare, world.canary)
    _configure(bare / "config", world.canary.foreign())
    world.make(f"file://{bare}")
    world.use()
    assert world.canary.fired() == []


def test_a_project_s_repository_runs_nothing(world: World) -> None:
    world.make(str(world.source))
    _spoil(world.project / ".git", world.canary)
    world.use()
    assert _without_filters(world.canary.fired()) == []


def _without_filters(fired: list[str]) -> list[str]:
    """What ran beside filters: by them the user's own files are kept, as those of git-lfs are."""
    return [name for name in fired if not name.startswith("filter.")]


# How the user's own git reaches a repository is theirs to say.
USERS_OWN = ("uploadpack.packObjectsHook", "remote.origin.vcs", "core.gitProxy")


def test_what_the_user_configured_runs_nothing(world: World, home: Path) -> None:
    world.make(str(world.source))
    template = tree(world.root / "git-template", {})
    world.canary.hooks(template / "hooks")
    settings = {k: v for k, v in world.canary.settings().items() if k not in USERS_OWN}
    _configure(home / ".gitconfig", settings | {"init.templateDir": str(template)})
    (home / ".config/git").mkdir(parents=True)
    world.use()
    shutil.rmtree(world.project)
    assert world.run("new", str(world.project), "-b", f"file://{world.source}", "--defaults") == 0
    assert _without_filters(world.canary.fired()) == []


VARIABLES = (
    *("GIT_EXTERNAL_DIFF", "GIT_PAGER", "GIT_EDITOR", "GIT_SEQUENCE_EDITOR", "GIT_EXEC_PATH"),
    *("GIT_TEMPLATE_DIR", "GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY"),
    *("GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_COMMON_DIR", "GIT_NAMESPACE", "GIT_TRACE"),
    *("GIT_TRACE2_EVENT", "GIT_ATTR_SOURCE", "GIT_CEILING_DIRECTORIES", "GIT_LITERAL_PATHSPECS"),
    *("GIT_SSH_COMMAND", "GIT_SSH", "GIT_ASKPASS", "GIT_PROXY_COMMAND", "PAGER", "EDITOR"),
)


def test_no_variable_of_the_environment_matters(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.make(str(world.source))
    for name in VARIABLES:
        monkeypatch.setenv(name, world.canary.program(name))
    monkeypatch.setenv("GIT_CONFIG_PARAMETERS", f"'core.fsmonitor'='{world.canary.program('x')}'")
    world.use()
    assert world.canary.fired() == []


# ---------------------------------------------------------------- addresses

SOURCES = {
    "helper": "ext::sh -c 'touch {fired}'",
    "helper with a mark": "git+ext::sh -c 'touch {fired}'",
    "helper as a scheme": "ext://sh -c 'touch {fired}'",
    "descriptor": "fd::17",
    "other helper": "evil::x",
    "other scheme": "evil://x/y.git",
    "option": "--upload-pack=touch {fired}",
    "option with a scheme": "ssh://-oProxyCommand=touch${{IFS}}{fired}/x.git",
    "option after a user": "ssh://git@-oProxyCommand=touch${{IFS}}{fired}/x.git",
    "option as a host": "git@-oProxyCommand=touch {fired}:x.git",
    "option, short": "-u touch {fired} x.git",
    "option with a mark": "git+--upload-pack=touch {fired}",
    "option behind gh": "gh:--upload-pack=touch {fired}",
    "shell": "$(touch {fired}).git",
    "shell in a host": "ssh://`touch {fired}`/x.git",
    "a path that is none": "file://-x/y.git",
}


@pytest.mark.parametrize("address", SOURCES.values(), ids=SOURCES)
@pytest.mark.parametrize("command", ["new", "show", "answers"])
def test_no_address_is_a_command(world: World, address: str, command: str) -> None:
    source = address.format(fired=world.canary.root / "address.fired")
    words = ["new", str(world.project), "--defaults", f"--blueprint={source}"]
    code = world.run(*(words if command == "new" else (command, "--", source)))
    assert code in (1, 2)
    assert world.canary.fired() == []
    assert not world.project.exists()


@pytest.mark.parametrize("address", SOURCES.values(), ids=SOURCES)
def test_no_address_in_a_record_is_a_command(world: World, address: str) -> None:
    source = address.format(fired=world.canary.root / "address.fired")
    record = f"_src_path: {source!r}\n_commit: v1.0.0\n".replace("'\"", '"')
    repository(world.project, {"v1.0.0": {".copier-answers.yml": record, "x": ""}})
    assert world.run("check", str(world.project)) in (1, 2)
    assert world.run("update", str(world.project), "--defaults", "--yes") in (1, 2)
    assert world.canary.fired() == []


@pytest.mark.parametrize("version", ["--upload-pack=x", "-x", "--output=x", "a..b", "^x", "@{-1}"])
def test_no_version_is_an_option(world: World, version: str) -> None:
    made = ("new", str(world.project), "--defaults", "-b", str(world.source), f"--to={version}")
    assert world.run(*made) == 2
    assert not world.project.exists()


SUBMODULES = {
    "helper": "ext::sh -c touch% {fired}",
    "option": "-u./x",
    "option with a scheme": "ssh://-oProxyCommand=touch {fired}/x",
    "a file": "file:///etc",
    "a path": "/etc",
}


@pytest.mark.parametrize("address", SUBMODULES.values(), ids=SUBMODULES)
@pytest.mark.parametrize("update", ["checkout", "!touch {fired}"])
def test_no_submodule_runs_anything(world: World, address: str, update: str) -> None:
    fired = world.canary.root / "submodule.fired"
    modules = '[submodule "x"]\n\tpath = x\n\turl = "{}"\n\tupdate = {}\n'
    text = modules.format(address.format(fired=fired), update.format(fired=fired))
    (world.source / ".gitmodules").write_text(text)
    head = run_git("rev-parse", "HEAD", cwd=world.source)
    run_git("update-index", "--add", "--cacheinfo", f"160000,{head},x", cwd=world.source)
    run_git("add", ".gitmodules", cwd=world.source)
    run_git("commit", "-qm", "submodule", cwd=world.source)
    run_git("tag", "v3.0.0", cwd=world.source)
    for source in (str(world.source), f"file://{world.source}"):
        code = world.run("new", str(world.project), "--defaults", "-b", source)
        assert code == 1
        assert world.canary.fired() == []


def test_no_promised_object_is_fetched(world: World) -> None:
    """A repository may promise objects that a program of its choice would bring."""
    fired = world.canary.root / "promised.fired"
    settings = {
        "core.repositoryFormatVersion": "1",
        "extensions.partialClone": "origin",
        "remote.origin.url": f"ext::sh -c touch% {fired}",
        "remote.origin.promisor": "true",
        "protocol.ext.allow": "always",
        "remote.origin.uploadpack": f"touch {fired}; git-upload-pack",
    }
    _configure(world.source / ".git/config", settings)
    blob = run_git("rev-parse", "HEAD:template/plain.txt", cwd=world.source)
    (world.source / ".git/objects" / blob[:2] / blob[2:]).unlink()
    for source in (str(world.source), f"file://{world.source}"):
        assert world.run("new", str(world.project), "--defaults", "-b", source) == 1
        assert world.canary.fired() == []
