"""Templates in git repositories: their versions, and what git makes of their files."""

from __future__ import annotations

from pathlib import Path

from ..blueprints_on_disk import run_git
from ..factories import Content, Link, Program, tree
from .making import NAME, RECORD, Template, commit


def _submodules(root: Path) -> Path:
    commit(tree(root.with_name("inner"), {"in.txt": "in\n", "t.txt.jinja": "{{ name }}"}))
    commit(tree(root, {"copier.yml": NAME, "a.txt": "a", **RECORD}))
    allow = ("-c", "protocol.file.allow=always")
    run_git(*allow, "submodule", "--quiet", "add", "../inner", "vendor/inner", cwd=root)
    return commit(root, "v1")


def _below_a_repository(root: Path) -> Path:
    tree(root / "templates/one", {"copier.yml": NAME, "a.txt.jinja": "{{ name }}", **RECORD})
    return commit(root, "v1.0.0") / "templates/one"


def _history(root: Path) -> Path:
    for number, tags in enumerate([("v1.0.0",), ("1.1.0",), ("v2.0.0rc1",), ()]):
        text = f"{number} {{{{ _commit }}}} {{{{ _copier_conf.vcs_ref_hash }}}}\n"
        commit(tree(root, {"copier.yml": NAME, "a.txt.jinja": text, **RECORD}), *tags)
        if number == 1:
            run_git("branch", "side", cwd=root)
    return root


def _prereleases(root: Path) -> Path:
    commit(tree(root, {"copier.yml": NAME, "a.txt": "1", **RECORD}), "v1.0.0a1", "not-a-version")
    return commit(tree(root, {"a.txt": "2"}))


def _same_version_twice(root: Path) -> Path:
    commit(tree(root, {"copier.yml": NAME, "a.txt": "1", **RECORD}), "1.0.0")
    return commit(tree(root, {"a.txt": "2"}), "v1.0.0")


def _attributes(root: Path) -> Path:
    files: dict[str, Content] = {
        ".gitattributes": """\
secret.txt export-ignore
*.crlf text eol=crlf
id.txt ident
bin.dat binary
ver.txt export-subst
""",
        "secret.txt": "kept",
        "a.crlf": "one\ntwo\n",
        "id.txt": "$Id$\n",
        "bin.dat": b"\0\1\r\n",
        "ver.txt": "$Format:%H$\n",
        "empty/.gitkeep": "",
        "run": Program("x"),
        ".gitignore": "*.log\n",
    }
    return commit(tree(root, {"copier.yml": NAME, **RECORD, **files}), "v1")


REPOSITORIES = [
    Template("git-newest", build=_history),
    Template("git-tag", build=_history, ref="v1.0.0"),
    Template("git-prerelease", build=_history, ref="v2.0.0rc1"),
    Template("git-branch", build=_history, ref="side"),
    Template("git-head", build=_history, ref="HEAD"),
    Template("git-commit", build=_history, ref="v1.0.0", by_id=True),
    Template("git-commit-between", build=_history, ref="HEAD", by_id=True),
    Template("git-relative", build=_history, ref="HEAD~2"),
    Template("git-only-prereleases", build=_prereleases),
    Template("git-same-version-twice", build=_same_version_twice),
    Template(
        "git-without-tags",
        {"copier.yml": NAME, "a.txt.jinja": "{{ _commit|length }}", **RECORD},
        tags=(),
    ),
    Template("git-submodules", build=_submodules),
    Template("git-sub-folder", build=_below_a_repository),
    Template("git-attributes", build=_attributes),
    Template(
        "git-modes",
        {
            "copier.yml": NAME,
            "run": Program("#!/bin/sh\n"),
            "x.jinja": Program("x"),
            "_preserve": "",
            "l": Link("run"),
            **RECORD,
        },
        tags=("v1",),
    ),
    Template(
        "git-conf",
        {
            "copier.yml": NAME,
            "a.txt.jinja": "{{ _copier_conf.vcs_ref }} "
            "{{ _copier_conf.vcs_ref_hash }} {{ _commit }} {{ _copier_answers._commit }}",
            **RECORD,
        },
        tags=("v1.5",),
        ref="v1.5",
    ),
]
