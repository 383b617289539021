"""The folder of a new project: checked first, written aside, put in place in one step."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from ..errors import ScaffoldError, add_result
from ..host import (
    DISK_FULL_ERRNOS,
    describe_write_error,
    hold_signals,
    is_about_folder,
    link_or_copy,
    make_cache_folder,
    make_process_folder,
)

STAGE_PREFIX = ".scaffold-new-"


def find_existing_parent(path: Path) -> Path:
    """Find the nearest existing folder at or above ``path``."""
    return next(p for p in (path, *path.parents) if p.is_dir())


def check_destination(dest: Path) -> None:
    """Refuse a destination that cannot take a new project.

    Raises:
        ScaffoldError: It is a file, or cannot be written.
    """
    elsewhere = "Choose another folder."
    for path in (dest, *dest.parents):
        if path.is_dir():
            break
        if path.is_symlink() or path.exists():
            raise ScaffoldError(f"{path} is not a folder", elsewhere)
    parent = find_existing_parent(dest)
    if not os.access(parent, os.W_OK | os.X_OK):
        raise ScaffoldError(f"{parent} cannot be written", elsewhere)


def is_occupied(dest: Path) -> bool:
    """Tell whether a destination is a folder that is not empty."""
    return dest.is_dir() and any(dest.iterdir())


@contextmanager
def make_staging_folder(dest: Path) -> Iterator[Path]:
    """Make a folder on the destination's file system for the `with` block; yield a path in it.

    It lies in the user's cache if that is on the same file system, so that even a killed run
    leaves nothing beside the destination. Leftovers of killed runs are removed here.

    Raises:
        ScaffoldError: It cannot be written.
    """
    home = _choose_stage_parent(find_existing_parent(dest.parent))
    aside = make_process_folder(home, STAGE_PREFIX)
    try:
        yield aside / dest.name
    except OSError as error:
        is_full = not error.filename and error.errno in DISK_FULL_ERRNOS
        if is_full and not is_about_folder(error, aside):
            raise  # about another file system, such as that of TMPDIR
        hint = "Nothing was left behind; make room or choose another folder."
        raise ScaffoldError(describe_write_error(error, aside.parent), hint) from None
    finally:
        with hold_signals():  # a second Ctrl-C shall not leave half of it
            shutil.rmtree(aside, ignore_errors=True)


def _choose_stage_parent(near: Path) -> Path:
    cache = make_cache_folder("new")
    return cache if cache and cache.stat().st_dev == near.stat().st_dev else near


def publish_project(stage: Path, dest: Path) -> None:
    """Put a finished project in place by one rename; make the folders above it first.

    Raises:
        OSError: The system refused it; nothing was left behind.
    """
    made = [p for p in dest.parents if not p.exists()]
    with hold_signals():
        try:
            dest.parent.mkdir(parents=True, exist_ok=True)
            if dest.is_dir() and Path.cwd().is_relative_to(dest.resolve()):
                _fill(stage, dest)
            else:
                stage.rename(dest)
        except OSError:
            for folder in made:
                with suppress(OSError):
                    folder.rmdir()
            raise
        add_result(f"{dest} is made")


def _fill(stage: Path, dest: Path) -> None:
    """Move the entries into an empty folder that is a shell's current one, and so must stay."""
    moved: list[Path] = []
    try:
        for entry in stage.iterdir():
            moved.append(entry.rename(dest / entry.name))
    except OSError:
        for entry in moved:
            entry.rename(stage / entry.name)
        raise


def add_files(stage: Path, dest: Path, paths: Sequence[str]) -> None:
    """Add files to a folder that is not empty, in order; never replace a file.

    A killed run leaves the first of them; the same run again adds the others.

    Raises:
        OSError: The system refused it; nothing was left behind.
        ScaffoldError: A target exists meanwhile; nothing was left behind.
        Interrupted: The user stopped it; nothing was left behind.
    """
    made: list[Path] = []
    with hold_signals() as check:
        try:
            for path in paths:
                check()
                _add_file(stage / path, dest / path, made)
        except BaseException:
            for entry in reversed(made):
                with suppress(OSError):
                    is_folder = entry.is_dir() and not entry.is_symlink()
                    entry.rmdir() if is_folder else entry.unlink()
            raise
        add_result(f"{dest} holds the project")


def _add_file(source: Path, target: Path, made: list[Path]) -> None:
    missing = [folder for folder in target.parents if not folder.exists()]
    for folder in reversed(missing):
        folder.mkdir()
        made.append(folder)
    try:
        link_or_copy(source, target)
    except FileExistsError:
        hint = "Nothing was changed. Run the command again."
        raise ScaffoldError(f"{target} was created in the meantime", hint) from None
    made.append(target)
