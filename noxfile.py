"""Every check of this repository: `nox` runs those that stand here with their default on.

Sessions use the Python that runs nox: `python3 bootstrap.py test` makes it and starts nox.
"""

from __future__ import annotations

import filecmp
import json
import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import nox

HERE = Path(__file__).resolve().parent
CODE = ("src", "tests", "tools", "bootstrap.py", "noxfile.py")
ENVIRON = {
    # On a busy machine more threads than this make training slower, not faster.
    "OMP_NUM_THREADS": "1",
    # Tools of this environment (ruff, uv, scaffold) before those of the machine.
    "PATH": os.pathsep.join((str(Path(sys.executable).parent), os.environ.get("PATH", ""))),
}

# A worker for each core; the one that is done first takes over what others have left.
SPREAD = ("--numprocesses=auto", "--maxprocesses=8", "--dist=worksteal")

# The modules whose mutants unit tests judge in minutes.
MUTATED = tuple(f"scaffold.{module}.*" for module in ("apply.journal", "merge.structured.lines"))

nox.options.default_venv_backend = "none"
nox.options.error_on_missing_interpreters = True


def python(session: nox.Session, *arguments: str | Path) -> None:
    """Run this Python."""
    words = [os.fspath(argument) for argument in arguments]
    session.run(sys.executable, *words, external=True, env=ENVIRON)


@nox.session
def lint(session: nox.Session) -> None:
    """Hold the code to the linter and the formatter."""
    python(session, "-m", "ruff", "check", *CODE)
    python(session, "-m", "ruff", "format", "--check", *CODE)


@nox.session
def types(session: nox.Session) -> None:
    """Hold the code to its types."""
    python(session, "-m", "mypy", *CODE)


@nox.session
def tests(session: nox.Session) -> None:
    """Test the tool; arguments go to pytest."""
    python(session, "-m", "pytest", "-m", "not slow", *SPREAD, *session.posargs)


@nox.session(default=False)
def unit(session: nox.Session) -> None:
    """Test module by module, in a minute; arguments go to pytest."""
    python(session, "-m", "pytest", "-m", "unit", *SPREAD, *session.posargs)


@nox.session(default=False)
def coverage(session: nox.Session) -> None:
    """Print which lines no test reaches, in other processes, too; arguments go to pytest."""
    data = HERE / "build" / "coverage"
    shutil.rmtree(data, ignore_errors=True)
    data.mkdir(parents=True)
    chosen = session.posargs or ("-m", "not slow", "--ignore=tests/apply/crash")
    try:
        python(session, "-m", "coverage", "run", "-m", "pytest", *SPREAD, *chosen)
    finally:  # a test that failed leaves most of the figures as they are
        python(session, "-m", "coverage", "combine", "--quiet")
        python(session, "-m", "coverage", "report")


@nox.session(default=False)
def newest(session: nox.Session) -> None:
    """Test the tool on the newest versions that pyproject.toml admits; arguments go to pytest."""
    tests_on(session, "newest")


@nox.session(default=False)
def lowest(session: nox.Session) -> None:
    """Test the tool on the oldest versions that pyproject.toml admits; arguments go to pytest."""
    tests_on(session, "lowest")


def tests_on(session: nox.Session, versions: str) -> None:
    """Test the tool in an environment of its own."""
    make = (sys.executable, "-m", "tools.environments", versions)
    printed = session.run(*make, external=True, env=ENVIRON, silent=True)
    program = Path(str(printed).strip())
    environ = {**ENVIRON, "PATH": os.pathsep.join((str(program.parent), ENVIRON["PATH"]))}
    words = ("-m", "pytest", "-m", "not slow", *SPREAD, *session.posargs)
    session.run(str(program), *words, external=True, env=environ)


@nox.session
def docs(session: nox.Session) -> None:
    """Build the documentation; a warning is an error."""
    python(session, "-m", "sphinx", "-q", "-W", "--keep-going", "-n", "docs", "build/docs")
    session.log("read build/docs/index.html")


@nox.session
def blueprints(session: nox.Session) -> None:
    """Render, check, train and test what the built-in blueprints generate."""
    python(session, "-m", "tools.environments", "blueprints")
    python(session, "-m", "pytest", "-m", "slow", "--durations=10", *SPREAD, *session.posargs)


@nox.session(default=False)
def candidate(session: nox.Session) -> None:
    """Run the tests of a generated project with the next Hydra; arguments go to pytest."""
    make = (sys.executable, "-m", "tools.environments", "candidate")
    program = str(session.run(*make, external=True, env=ENVIRON, silent=True)).strip()
    project = Path(session.create_tmp()).resolve() / "project"
    shutil.rmtree(project, ignore_errors=True)
    blueprint = HERE / "blueprints" / "lightning"
    python(session, "-m", "scaffold", "new", project, "--defaults", "--blueprint", blueprint)
    environ = {**ENVIRON, "PYTHONPATH": str(project / "src")}
    with session.chdir(project):
        session.run(program, "-m", "pytest", "-q", *session.posargs, external=True, env=environ)


@nox.session(default=False)
def tasks(session: nox.Session) -> None:
    """Train and test a project of each task, and print the figures: --quick, --write, TASK."""
    python(session, "-m", "tools.tasks", *session.posargs)


@nox.session
def wheel(session: nox.Session) -> None:
    """Build the wheel from the source archive, and generate a project with it elsewhere."""
    from scaffold.project.environment import make_environment

    aside = Path(session.create_tmp()).resolve()
    shutil.rmtree(aside)
    python(session, "-m", "build", "--no-isolation", "--outdir", aside / "dist", HERE)
    (built,) = sorted((aside / "dist").glob("*.whl"))
    made = make_environment(aside / "environment", {**os.environ, **ENVIRON})
    constraints = ("-c", str(HERE / "constraints.txt"))
    session.run(*made.install, *constraints, str(built), external=True, env=dict(made.environ))
    for name, program in (("wheel", made.python), ("checkout", sys.executable)):
        (aside / name).mkdir()
        new = (program, "-m", "scaffold", "new", "demo", "--defaults")
        subprocess.run(new, cwd=aside / name, env={**os.environ, **ENVIRON}, check=True)
    for runner, command in run_from(built).items():
        (aside / runner).mkdir()
        environ = {**made.environ, "PIPX_HOME": str(aside / "pipx-home")}
        words = [*command, "new", "demo", "--defaults"]
        subprocess.run(words, cwd=aside / runner, env=environ, check=True)
    for other in ("wheel", *run_from(built)):
        if unlike := different(aside / other / "demo", aside / "checkout/demo"):
            session.error(f"{other} generates other files than the checkout: {unlike}")


def run_from(wheel: Path) -> dict[str, tuple[str, ...]]:
    """The commands that run the tool without installing it, from a wheel in place of the index."""
    from bootstrap import CONSTRAINTS, distribution

    uvx = (sys.executable, "-m", "uv", "tool", "run", "--constraints", CONSTRAINTS)
    pipx = (sys.executable, "-m", "pipx", "run", "--pip-args", f"-c {shlex.quote(CONSTRAINTS)}")
    return {
        "uvx": (*uvx, "--from", str(wheel), distribution()),
        "pipx": (*pipx, "--spec", str(wheel), distribution()),
    }


def different(one: Path, other: Path) -> list[str]:
    """Paths below two folders that are not in both, or not equal."""
    sides = [
        {p.relative_to(root) for p in root.rglob("*") if ".git" not in p.parts and p.is_file()}
        for root in (one, other)
    ]
    lonely = sides[0] ^ sides[1]
    unequal = filecmp.cmpfiles(one, other, map(str, sides[0] & sides[1]), shallow=False)
    return sorted([*map(str, lonely), *unequal[1], *unequal[2]])


@nox.session
def demo(session: nox.Session) -> None:
    """Run the README's first command, and look for the test accuracy that it promises."""
    dest = Path(session.create_tmp()).resolve() / "demo"
    shutil.rmtree(dest, ignore_errors=True)
    python(session, "bootstrap.py", "demo", dest)
    (run,) = dest.glob("runs/**/run.json")
    accuracy = json.loads(run.read_text())["metrics"]["test/accuracy"]
    session.log(f"test accuracy {accuracy}")
    if accuracy < 0.97:
        session.error("that is less than 0.97")


@nox.session(default=False)
def bench(session: nox.Session) -> None:
    """Measure against Copier and cruft, and print ratios."""
    install = ("install", "--quiet", "--python", sys.executable, "-c", "constraints.txt")
    python(session, "-m", "uv", "pip", *install, "-e", ".[bench]")
    python(session, "-m", "tools.bench", *session.posargs)


@nox.session(default=False)
def mutation(session: nox.Session) -> None:
    """Break code of merge/ and apply/ a line at a time, and name the changes that no test sees."""
    install = ("install", "--quiet", "--python", sys.executable, "-c", "constraints.txt")
    python(session, "-m", "uv", "pip", *install, "-e", ".[mutation]")
    python(session, "-m", "mutmut", "run", *(session.posargs or MUTATED))
    show = (sys.executable, "-m", "mutmut", "results")
    found = str(session.run(*show, external=True, env=ENVIRON, silent=True))
    print(*(line for line in found.splitlines() if "not checked" not in line), sep="\n")


@nox.session(default=False)
def picture(session: nox.Session) -> None:
    """Make the pictures of the README and of the prompts again, from real runs."""
    python(session, "-m", "tools.picture", *session.posargs)
    python(session, "-m", "tools.prompt_pictures")


@nox.session(default=False)
def reference(session: nox.Session) -> None:
    """Write the pages that tell of the command line and of the blueprint from both."""
    python(session, "-m", "tools.command_reference")
    python(session, "-m", "tools.blueprint_reference")
    python(session, "-m", "tools.code_tree")
    python(session, "-m", "tools.preset_page")
    python(session, "-m", "tools.task_page")


@nox.session(default=False)
def pin(session: nox.Session) -> None:
    """Write constraints.txt again; with --upgrade take the newest versions."""
    python(session, "-m", "tools.pin", *session.posargs)


@nox.session(default=False)
def release_blueprint(session: nox.Session) -> None:
    """Pack the blueprints whose version is not released yet."""
    python(session, "-m", "tools.release_blueprint", *session.posargs)


@nox.session(default=False)
def release(session: nox.Session) -> None:
    """Build and check what a package index gets, from a commit that is tagged."""
    python(session, "-m", "tools.release")
