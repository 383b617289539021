"""Where a new project goes, when nobody said so."""

from __future__ import annotations

import os
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

from ..errors import ScaffoldError, UsageError
from ..project import check_destination
from ..questions import MISSING, Asker, Step
from .answering import Inputs

# Questions whose answer is the project's name, in the order in which they count.
NAMES = ("project_name", "project_slug", "repository_name", "repo_name", "name")


def ask_destination(inputs: Inputs, ask: Asker | None) -> Path:
    """Ask for the folder of a new project, which is called like the project where that is known.

    Args:
        inputs: Where answers come from.
        ask: Asks a person; None where nobody can be asked.

    Raises:
        UsageError: Nobody can be asked.
        Interrupted: The person left.
    """
    if ask is None:
        raise UsageError(
            "no folder was given for the project",
            "Give its folder, as in `scaffold new demo`.",
        )
    step = Step(
        name="folder",
        type="str",
        help="Which folder should the new project have?",
        choices=(),
        default=_folder_name(inputs) or MISSING,
        placeholder="my-project",
        check=_checked,
    )
    return Path(_checked(ask(step)))


def _checked(text: Any) -> str:
    folder = str(text).strip()
    if not folder:
        raise ValueError("The project needs a folder.")
    absolute = os.path.abspath(Path(folder).expanduser())  # noqa: PTH100 - keeps symlinks as given
    try:
        check_destination(Path(absolute))
    except ScaffoldError as error:
        raise ValueError(error.what.replace(absolute, folder)) from None
    return folder


def _folder_name(inputs: Inputs) -> str:
    """The name that was given to the project, as folders are called; empty where none was."""
    files = [file for file in inputs.files if str(file) != "-"]  # which can be read only once
    found = replace(inputs, files=files).given(questions=NAMES)
    first = next((str(found[name].value) for name in NAMES if name in found), "")
    return re.sub(r"[^\w.]+", "-", first.lower()).strip("-.")
