#!/usr/bin/env python3
"""Set up this checkout with nothing but Python, pip and git.

    python3 bootstrap.py demo [DEST]    make a project, install it, train it, show its accuracy
    python3 bootstrap.py test [ARGS]    set up for development and run every check (nox ARGS)

Each makes its own virtual environment, so a Python that refuses installs is no obstacle. What is
set up already is not set up again.
"""

import sys

if sys.version_info < (3, 11):  # noqa: UP036 - older ones shall read a sentence
    sys.exit(
        "error: scaffold needs Python 3.11 or newer, and this is Python %d.%d\n"  # noqa: UP031
        "next: Run it with a newer one, for example: python3.13 bootstrap.py" % sys.version_info[:2]
    )

import hashlib
import os
import shlex
import subprocess
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE / "src"))

from scaffold.errors import ScaffoldError  # noqa: E402 - from this checkout
from scaffold.project.environment import (  # noqa: E402
    Environment,
    get_python_path,
    make_environment,
    open_environment,
)

CONSTRAINTS = str(HERE / "constraints.txt")
DEMO = HERE.parent / "scaffold-demo"
INPUTS = ("constraints.txt", "pyproject.toml", "README.md")


def main(arguments: Sequence[str]) -> int:
    """Run one of the two commands; returns its exit code."""
    command, rest = (arguments[0], arguments[1:]) if arguments else ("", [])
    try:
        if command == "demo" and len(rest) <= 1:
            return demo(Path(rest[0]) if rest else DEMO)
        if command == "test":
            return test(rest)
    except ScaffoldError as error:
        for line in (f"error: {error.what}", *error.details, f"next: {error.hint}"):
            tell(line)
        return error.exit_code
    except KeyboardInterrupt:
        return 130
    tell((__doc__ or "").strip())
    return 0 if command in ("-h", "--help") else 2


def demo(dest: Path) -> int:
    """Install the tool from a wheel, make a project with it, and try the project."""
    environment = environment_at(HERE / "build" / "demo-environment")
    # A wheel is a copy: it is made again each time, and its dependencies are there already.
    install(environment, [str(HERE)], again=distribution())
    scaffold = environment.python.with_name("scaffold")
    return run([str(scaffold), "new", str(dest), "--defaults", "--first-run"], os.environ)


def test(arguments: Sequence[str]) -> int:
    """Install the tool and what its checks need, and run them."""
    environment = environment_at(HERE / ".venv")
    stamp = environment.folder / "bootstrap.sha256"
    if not stamp.is_file() or stamp.read_text() != inputs():
        install(environment, ["-e", f"{HERE}[dev]"])
        stamp.write_text(inputs())
    return run([str(environment.python), "-m", "nox", *arguments], environment.environ)


def environment_at(folder: Path) -> Environment:
    """The environment in ``folder``, made where there is none that works."""
    check = "import sys; sys.exit(sys.version_info < (3, 11))"
    if get_python_path(folder).exists() and not run(
        [str(get_python_path(folder)), "-c", check], os.environ
    ):
        return open_environment(folder)
    tell(f"making {folder}")
    return make_environment(folder)


def install(environment: Environment, what: Sequence[str], again: str = "") -> None:
    """Install into an environment, held to the tested versions."""
    options = ["--quiet", "-c", CONSTRAINTS]
    if again and "uv" in Path(environment.install[0]).name:
        options += ["--reinstall-package", again]
    tell(f"installing {shlex.join(what)} (the first time this takes a minute or two)")
    if run([*environment.install, *options, *what], environment.environ):
        hint = "Read what stands above; python3 bootstrap.py takes up where it stopped."
        raise ScaffoldError("the installation failed", hint)


def distribution() -> str:
    """The name under which a package index knows this tool."""
    about = tomllib.loads((HERE / "pyproject.toml").read_text(encoding="utf-8"))
    return str(about["project"]["name"])


def inputs() -> str:
    """What the installation was made from, as one digest."""
    texts = (HERE.joinpath(name).read_bytes() for name in INPUTS)
    return hashlib.sha256(b"\0".join(texts)).hexdigest()


def run(command: Sequence[str], environ: Mapping[str, str]) -> int:
    """Run a command in the open; returns its exit code."""
    return subprocess.run(command, env=environ, check=False).returncode


def tell(line: str) -> None:
    """Talk goes to standard error."""
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
