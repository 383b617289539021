"""Read and write the record: the blueprint, its version and the answers, inside a project.

It is Copier's own ``.copier-answers.yml``, so a project made by Copier updates as it stands. Two
comments make it exact: ``# _commit_id:``, the full id of the blueprint's version, and
``# _tree:``, the git tree id of the pristine render without the record. Either may be a key
instead, as it once was, or as a person writes it; the key counts. It holds nothing secret.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import ScaffoldError, UsageError
from ..host import read_yaml

NAME = ".copier-answers.yml"
USUAL = ".copier-answers"  # how the names of records begin that nobody chose
SUFFIXES = (".yml", ".yaml")
MAX_HEAD_BYTES = 1 << 18
_HOLDS_SOURCE = re.compile(rb"""^["']?_src_path["']?[ \t]*:""", re.M)
_COMMENT = re.compile(r"^# (_commit_id|_tree): (\S+)[ \t\r]*$", re.M)
COMMIT_ID = "_commit_id"
TREE = "_tree"


@dataclass(frozen=True)
class Record:
    """What a project says about its origin.

    Attributes:
        path: The record, relative to the project.
        source: The blueprint, as `scaffold.blueprint.find` takes it.
        version: The version's name; empty where the blueprint has no versions.
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
    """The records of a project: Copier's own names first, then what holds a record.

    They lie in the project's folder or in a hidden folder of it: in any other folder they are
    those of another project.
    """
    found = {path.relative_to(project).as_posix() for path in _candidates(project)}
    return tuple(sorted(found, key=lambda path: (path != NAME, path)))


def _candidates(project: Path) -> Iterator[Path]:
    try:
        below = [p for p in project.iterdir() if p.name.startswith(".") and p.name != ".git"]
        hidden = [path for path in below if path.is_dir() and not path.is_symlink()]
        for folder in (project, *hidden):
            for path in folder.glob("*.y*ml"):
                if path.suffix in SUFFIXES and _is_record(path):
                    yield path
    except OSError as error:
        raise ScaffoldError(f"{error.filename} cannot be read: {error.strerror}") from None


def _is_record(path: Path) -> bool:
    """Whether a file is a record by its name, or by what it holds, damaged or not."""
    if not path.is_file():
        return False
    if path.name.startswith(USUAL):
        return True
    with path.open("rb") as file:
        return _HOLDS_SOURCE.search(file.read(MAX_HEAD_BYTES)) is not None


def refuse_path(path: str) -> None:
    """Refuse a record that would not lie in its project.

    Raises:
        UsageError: It would not.
    """
    from .contained import problem

    if why := problem(path):
        raise UsageError(f"the record {path!r} {why}", "Give a path inside the project.")


def read(project: Path, path: str = NAME) -> Record:
    """Read the record of a project.

    Raises:
        UsageError: The path leads out of the project.
        ScaffoldError: There is none, or it is damaged; names the line.
    """
    import yaml

    refuse_path(path)
    file = project / path
    try:
        text = file.read_bytes().decode("utf-8")
        data = read_yaml(text, str(file))
    except FileNotFoundError:
        hint = "Give the folder of a project that scaffold or Copier made."
        raise ScaffoldError(f"{project} has no record {path}", hint) from None
    except OSError as error:
        raise ScaffoldError(f"{file} cannot be read: {error.strerror}") from None
    except (yaml.YAMLError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        raise _damaged(file, mark.line + 1 if mark else 1, "it is not valid YAML") from None
    if isinstance(data, dict):
        data = dict(_COMMENT.findall(text)) | data
    return _checked(file, path, data)


def _checked(file: Path, path: str, data: Any) -> Record:
    if not isinstance(data, dict):
        raise _damaged(file, 1, "it holds no mapping")
    if not isinstance(data.get("_src_path"), str) or not data["_src_path"]:
        raise _damaged(file, 1, "it does not name its blueprint (_src_path)")
    for key in ("_commit", COMMIT_ID, TREE):
        if not isinstance(data.get(key), str | None):
            lines = enumerate(file.read_text(encoding="utf-8").splitlines(), 1)
            line = next((number for number, text in lines if text.startswith(f"{key}:")), 1)
            raise _damaged(file, line, f"{key} is not a text; put it in quotes")
    if strange := [key for key in data if not isinstance(key, str)]:
        raise _damaged(file, 1, f"{strange[0]!r} is not the name of a question")
    answers = {k: v for k, v in data.items() if not k.startswith("_")}
    version, commit, tree = (data.get(key) or "" for key in ("_commit", COMMIT_ID, TREE))
    return Record(path, data["_src_path"], version, commit, tree, answers)


def _damaged(file: Path, line: int, why: str) -> ScaffoldError:
    hint = "Restore it with `git checkout -- FILE` or `git log -p -- FILE`."
    return ScaffoldError(f"{file}:{line}: the record is damaged: {why}", hint)


def stamp(file: Path, commit: str | None, tree: str) -> None:
    """Make a record that was just rendered exact: the full id of the version, and the tree's.

    Comments are added beneath the version's, or above the source's where there is no version; every
    other byte stays as the blueprint wrote it.

    Args:
        file: The record.
        commit: The id; empty where nobody can open it again, as that of uncommitted changes.
        tree: The id of the pristine tree; empty where the render is not all of the version.
    """
    known = ((COMMIT_ID, commit), (TREE, tree))
    lines = "".join(f"# {key}: {value}\n" for key, value in known if value)
    text = file.read_bytes().decode("utf-8")
    place = r"(^_commit: .*\n)" if re.search(r"^_commit: ", text, re.M) else r"()(?=^_src_path: )"
    file.write_bytes(re.sub(place, rf"\g<1>{lines}", text, count=1, flags=re.M).encode())
