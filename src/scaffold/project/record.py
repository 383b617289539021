"""The record of a project: its blueprint, the version and the answers.

It is Copier's own ``.copier-answers.yml``, so a project made by Copier updates as it stands. Two
comments make it exact: ``# _commit_id:``, the full id of the blueprint's version, and
``# _tree:``, the git tree id of the pristine render without the record. Each may be a key instead,
as in old records or by hand; the key wins. It holds no secrets.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import ScaffoldError, UsageError
from ..host import read_yaml

RECORD_NAME = ".copier-answers.yml"
RECORD_PREFIX = ".copier-answers"  # of the names that Copier and scaffold choose
RECORD_SUFFIXES = (".yml", ".yaml")
MAX_HEAD_BYTES = 1 << 18
_SOURCE_LINE = re.compile(rb"""^["']?_src_path["']?[ \t]*:""", re.M)
_COMMENT = re.compile(r"^# (_commit_id|_tree): (\S+)[ \t\r]*$", re.M)
COMMIT_ID_KEY = "_commit_id"
TREE_KEY = "_tree"


@dataclass(frozen=True)
class Record:
    """The origin of a project.

    Attributes:
        path: The path of the record in the project.
        source: The blueprint, as `find_blueprint` takes it.
        version: The version's name; empty if the blueprint has no versions.
        commit: The full id of the version; empty in a record that Copier wrote.
        tree: The git tree id of the pristine render; empty in a record that Copier wrote.
        answers: The answers, by question.
    """

    path: str
    source: str
    version: str
    commit: str
    tree: str
    answers: Mapping[str, Any]


def list_records(project: Path) -> tuple[str, ...]:
    """List the paths of a project's records, Copier's own name first.

    They lie in the project's folder or in a hidden folder of it: any other folder is another
    project.

    Raises:
        ScaffoldError: A file or folder cannot be read.
    """
    found = {path.relative_to(project).as_posix() for path in _find_candidates(project)}
    return tuple(sorted(found, key=lambda path: (path != RECORD_NAME, path)))


def _find_candidates(project: Path) -> Iterator[Path]:
    try:
        below = [p for p in project.iterdir() if p.name.startswith(".") and p.name != ".git"]
        hidden = [path for path in below if path.is_dir() and not path.is_symlink()]
        for folder in (project, *hidden):
            for path in folder.glob("*.y*ml"):
                if path.suffix in RECORD_SUFFIXES and _is_record(path):
                    yield path
    except OSError as error:
        raise _make_unreadable_error(error.filename, error) from None


def _is_record(path: Path) -> bool:
    """Tell whether a file is a record, by its name or content, damaged or not."""
    if not path.is_file():
        return False
    if path.name.startswith(RECORD_PREFIX):
        return True
    with path.open("rb") as file:
        return _SOURCE_LINE.search(file.read(MAX_HEAD_BYTES)) is not None


def refuse_record_path(path: str) -> None:
    """Refuse a path of a record outside its project.

    Raises:
        UsageError: It is outside.
    """
    from .safe_paths import find_path_problem

    if why := find_path_problem(path):
        raise UsageError(f"the record {path!r} {why}", "Give a path inside the project.")


def read_record(project: Path, path: str = RECORD_NAME) -> Record:
    """Read the record of a project.

    Raises:
        UsageError: The path points outside the project.
        ScaffoldError: It is missing or damaged; names the line.
    """
    import yaml

    refuse_record_path(path)
    file = project / path
    try:
        text = file.read_bytes().decode("utf-8")
        data = read_yaml(text, str(file))
    except FileNotFoundError:
        raise _make_missing_error(project, path) from None
    except OSError as error:
        raise _make_unreadable_error(file, error) from None
    except (yaml.YAMLError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        raise _make_damage_error(
            file, mark.line + 1 if mark else 1, "it is not valid YAML"
        ) from None
    if isinstance(data, dict):
        data = dict(_COMMENT.findall(text)) | data
    return _make_record(file, path, data)


def _make_missing_error(project: Path, path: str) -> ScaffoldError:
    where = "here" if project.resolve() == Path.cwd() else f"in {project}"
    if records := list_records(project):
        hint = f"Give one of its records, as in --record {shlex.quote(records[0])}"
        more = f" (also {', '.join(records[1:])})" if records[1:] else ""
        return UsageError(f"there is no record {path} {where}", f"{hint}{more}.")
    hint = "Go to a project, or make one: scaffold new DEST."
    return ScaffoldError(f"Not a scaffold project: no `{path}` {where}", hint)


def _make_unreadable_error(path: Path | str, error: OSError) -> ScaffoldError:
    what = f"{path} cannot be read: {error.strerror}"
    return ScaffoldError(what, "Make it a file that you may read, then run the command again.")


def _make_record(file: Path, path: str, data: Any) -> Record:
    if not isinstance(data, dict):
        raise _make_damage_error(file, 1, "it is not a mapping")
    if not isinstance(data.get("_src_path"), str) or not data["_src_path"]:
        raise _make_damage_error(file, 1, "it does not name its blueprint (_src_path)")
    for key in ("_commit", COMMIT_ID_KEY, TREE_KEY):
        if not isinstance(data.get(key), str | None):
            lines = enumerate(file.read_text(encoding="utf-8").splitlines(), 1)
            line = next((number for number, text in lines if text.startswith(f"{key}:")), 1)
            raise _make_damage_error(file, line, f"{key} is not a text; put it in quotes")
    if strange := [key for key in data if not isinstance(key, str)]:
        raise _make_damage_error(file, 1, f"{strange[0]!r} is not the name of a question")
    answers = {k: v for k, v in data.items() if not k.startswith("_")}
    version, commit, tree = (data.get(key) or "" for key in ("_commit", COMMIT_ID_KEY, TREE_KEY))
    return Record(path, data["_src_path"], version, commit, tree, answers)


def _make_damage_error(file: Path, line: int, why: str) -> ScaffoldError:
    name = shlex.quote(str(file))
    hint = f"Restore it with `git checkout -- {name}`, or see `git log -p -- {name}`."
    return ScaffoldError(f"{file}:{line}: the record is damaged: {why}", hint)


def stamp_record(file: Path, commit: str | None, tree: str) -> None:
    """Add the ids of the version and of the tree to a new record, as comments.

    They go below the version, or above the source if there is no version; every other byte stays.

    Args:
        commit: The full commit id; empty if it cannot be opened again (uncommitted changes).
        tree: The id of the pristine tree; empty if the render is not all of the version.
    """
    known = ((COMMIT_ID_KEY, commit), (TREE_KEY, tree))
    lines = "".join(f"# {key}: {value}\n" for key, value in known if value)
    text = file.read_bytes().decode("utf-8")
    place = r"(^_commit: .*\n)" if re.search(r"^_commit: ", text, re.M) else r"()(?=^_src_path: )"
    file.write_bytes(re.sub(place, rf"\g<1>{lines}", text, count=1, flags=re.M).encode())
