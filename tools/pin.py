"""Write constraints.txt: the versions that everything is tested with.

    python -m tools.pin [--upgrade]

They are the closure of the dependencies of the tool, of its development and of all layers of the
built-in blueprints, on Python 3.11 to 3.14. Versions that are pinned already
stay, unless ``--upgrade`` is given. Neither an index nor a path of this machine gets into the file.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import yaml

from scaffold.project.environment import open_environment

HERE = Path(__file__).resolve().parents[1]
PINS = HERE / "constraints.txt"
# The release whose CPU build is taken where a folder of wheels offers one.
TORCH = "torch==2.13.0"
HEAD = """\
# The versions that scaffold, its checks and the generated projects are tested with.
# Written by tools/pin.py; pip reads it with: pip install -c constraints.txt ...
"""
# torch itself names the exact versions of what its GPU builds need.
OF_TORCH = re.compile(r"(nvidia|cuda|triton)\b")
PIN = re.compile(r"(?P<name>[\w.-]+)==(?P<version>[^\s+;]+)(?:\+\w+)?(?: ; (?P<marker>.*))?")


def main(arguments: Sequence[str]) -> None:
    """Resolve the versions and write the file."""
    resolved = resolve_pins(upgrade="--upgrade" in arguments)
    PINS.write_text(HEAD + "".join(f"{line}\n" for line in simplify(resolved.splitlines())))


def list_requirements() -> Iterator[str]:
    """List the dependencies of all layers of the built-in blueprints."""
    for path in sorted(HERE.glob("blueprints/*/layers/**/layer.yml")):
        about = yaml.safe_load(path.read_text())
        yield from (*(about.get("dependencies") or ()), *(about.get("dev_dependencies") or ()))


def resolve(*words: str) -> str:
    """Let uv resolve requirements to versions, one a line."""
    environ = open_environment(Path(sys.prefix)).environ
    uv = shutil.which("uv", path=str(Path(sys.executable).parent) + os.pathsep + environ["PATH"])
    command = [str(uv), "pip", "compile", "--quiet", "--no-annotate", "--no-header", *words]
    done = subprocess.run(command, env=environ, check=True, stdout=subprocess.PIPE, text=True)
    return done.stdout


def resolve_pins(*, upgrade: bool) -> str:
    """Resolve all requirements together, for all supported Pythons and systems."""
    held = [] if upgrade or not PINS.is_file() else ["-c", str(PINS)]
    with tempfile.NamedTemporaryFile("w", suffix=".in") as wanted:
        wanted.write("\n".join(sorted({*list_requirements(), TORCH})))
        wanted.flush()
        options = ("--universal", "--python-version", "3.11", "--all-extras", *held)
        return resolve(*options, str(HERE / "pyproject.toml"), wanted.name)


def simplify(lines: Iterable[str]) -> list[str]:
    """Leave out local builds, and markers where one version serves all."""
    found = [match for line in lines if (match := PIN.match(line)) and not OF_TORCH.match(line)]
    pins = {(m["name"], m["version"]): m["marker"] for m in found}
    several = Counter(name for name, _ in pins)
    return [
        f"{name}=={version} ; {marker}" if several[name] > 1 else f"{name}=={version}"
        for (name, version), marker in pins.items()
    ]


if __name__ == "__main__":
    main(sys.argv[1:])
