"""Names that the templates of questions see besides the answers."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path, PurePath
from typing import Any

from ..errors import ScaffoldError
from ..host import read_yaml
from .jinja import Expressions

_SYSTEMS = {"linux": "linux", "darwin": "macos", "win32": "windows"}


def make_context(
    given: Mapping[str, Any], expressions: Expressions, external: Mapping[str, Any], root: Path
) -> dict[str, Any]:
    """Add to the given names those that Copier gives to the templates of questions.

    Args:
        given: Names with their values; they win.
        expressions: Evaluates the paths of external data.
        external: Paths of external data by name (``_external_data``); may be templates.
        root: The blueprint's folder.
    """
    conf = {
        "sep": os.sep,
        "os": _SYSTEMS.get(sys.platform),
        "src_path": PurePath(root),
        **given.get("_copier_conf", {}),
    }
    context = {
        "now": _get_time,
        "make_secret": _make_secret,
        "_copier_python": sys.executable,
        "_copier_phase": "prompt",
        "_folder_name": "",
        **given,
        "_copier_conf": conf,
    }
    if "_external_data" not in context:
        folder = Path(conf["dst_path"]) if "dst_path" in conf else None
        context["_external_data"] = ExternalData(
            external,
            folder,
            lambda path: expressions.render(path, context),
            lambda: bool(conf.get("unsafe")),
        )
    return context


def _get_time() -> Any:
    from datetime import UTC, datetime

    return datetime.now(tz=UTC)


def _make_secret() -> str:
    from hashlib import sha512

    return sha512(os.urandom(48)).hexdigest()


class ExternalData(Mapping[str, Any]):
    """YAML files of the project that the blueprint reads, each when it is used.

    Args:
        paths: Paths below the project by name; may be templates.
        folder: The project; None where there is none.
        render: Evaluates a path.
        is_trusted: Tells whether a file may lie elsewhere.
    """

    def __init__(
        self,
        paths: Mapping[str, Any],
        folder: Path | None,
        render: Callable[[Any], Any],
        is_trusted: Callable[[], bool],
    ) -> None:
        self._paths = paths
        self._folder = folder
        self._render = render
        self._is_trusted = is_trusted

    def __getitem__(self, name: str) -> Any:
        path = str(self._render(self._paths[name]))
        if self._folder is None:
            return {}
        file = (self._folder / path).resolve()
        if not self._is_trusted() and not file.is_relative_to(self._folder.resolve()):
            raise ScaffoldError(
                f"the blueprint's _external_data points outside the project: {path}",
                "Read it; if you trust it, add --trust.",
            )
        return _read_yaml(file)

    def __iter__(self) -> Iterator[str]:
        return iter(self._paths)

    def __len__(self) -> int:
        return len(self._paths)


def _read_yaml(file: Path) -> Any:
    import yaml

    if not file.is_file():
        return {}
    try:
        return read_yaml(file.read_bytes(), str(file), exact=True)
    except yaml.YAMLError as error:
        reason = " ".join(str(error).split())
        raise ScaffoldError(f"{file}: {reason}", "Correct the file.") from error
