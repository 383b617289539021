"""The questions of an open version, and what is to be said of it before they are asked."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from types import MappingProxyType
from typing import Any

from ..blueprints import (
    BLUEPRINT_KEYS,
    OpenedBlueprint,
    add_costs,
    list_layer_choices,
    refuse_unknown_keys,
)
from ..errors import ScaffoldError
from ..questions import Questionnaire, refuse_unknown_question_settings
from ..render import FILTERS


def load_questions(
    opened: OpenedBlueprint,
    *,
    project: Path | None = None,
    conf: Mapping[str, Any] = MappingProxyType({}),
    trust: bool = False,
    operation: str = "copy",
) -> Questionnaire:
    """The questions of an open version, with the choices that its layers bring.

    Args:
        opened: The version.
        project: Where the project is, or will be.
        conf: What templates see in ``_copier_conf``, as `conf_of` gives it.
        trust: Whether its Jinja extensions may be loaded.
        operation: What templates see as ``_copier_operation``.
    """
    choices = list_layer_choices(opened.layers, opened.config)
    config = add_costs(opened.layers, opened.config)
    if opened.layered:
        refuse_unknown_keys(opened.about, BLUEPRINT_KEYS, "blueprint.yml")
        refuse_unknown_question_settings(opened.config)
    names = opened.names
    context: dict[str, Any] = {"_copier_operation": operation, "_copier_answers": names, **names}
    if project is not None:
        context |= {"_folder_name": project.name, "_copier_conf": conf}
    filters = FILTERS if opened.layered else {}  # those that its files are rendered with
    return Questionnaire.from_config(
        config, opened.folder, choices, context, trust=trust, filters=filters
    )


def refuse_too_new(opened: OpenedBlueprint) -> None:
    """Refuse a version that needs a newer Copier, before anybody is asked anything.

    Raises:
        ScaffoldError: It does.
    """
    wanted = opened.config.get("_min_copier_version")
    if not wanted:
        return
    from importlib.metadata import version

    from packaging.version import InvalidVersion, Version

    found = version("copier")
    with suppress(InvalidVersion):  # rendering it tells
        if Version(str(wanted)) > Version(found):
            raise ScaffoldError(
                f"{opened.label} needs Copier {wanted}, and {found} is installed",
                "Upgrade Copier, or take another version of the blueprint with --to.",
            )


def source_notes(opened: OpenedBlueprint) -> tuple[str, ...]:
    """What to say of where a version is from: no answer, or uncommitted changes."""
    notes = {
        f"{opened.source} did not answer: this is its last known state": opened.offline,
        f"uncommitted changes of {opened.source} are part of {opened.version}": opened.draft,
        f"{opened.label} has no copier.yml: all its files are used": not opened.is_described,
    }
    return tuple(note for note, holds in notes.items() if holds)
