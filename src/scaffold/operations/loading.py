"""Load the questions of an open version, with the values that its templates see."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path, PurePath
from types import MappingProxyType
from typing import Any, Literal

from ..blueprints import (
    BLUEPRINT_KEYS,
    OpenedBlueprint,
    add_layer_settings,
    list_layer_choices,
    refuse_unknown_keys,
)
from ..errors import ScaffoldError
from ..host import pass_on_message
from ..questions import ExpressionError, Questionnaire, refuse_unknown_question_settings
from ..render import FILTERS
from .inputs import RenderOptions


def load_questions(
    opened: OpenedBlueprint,
    *,
    project: Path | None = None,
    conf: Mapping[str, Any] = MappingProxyType({}),
    trust: bool = False,
    operation: str = "copy",
) -> Questionnaire:
    """Load the questions of an open version, with the choices that its layers bring.

    Args:
        project: The folder of the project, which may not exist yet.
        conf: The value of ``_copier_conf``, from `make_copier_conf`.
        trust: Whether its Jinja extensions may be loaded.
        operation: The value of ``_copier_operation``.
    """
    choices = list_layer_choices(opened.layers, opened.config)
    config = add_layer_settings(opened.layers, opened.config)
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


def make_copier_conf(
    opened: OpenedBlueprint,
    dest: PurePath,
    options: RenderOptions,
    *,
    operation: Literal["copy", "update"] = "copy",
    defaults: bool = False,
) -> Mapping[str, Any]:
    """Make the value of ``_copier_conf``: the arguments that Copier would have got.

    Args:
        dest: The project, as the user named it.
    """
    is_update = operation == "update"
    return {
        "dst_path": PurePath(dest),
        "vcs_ref": options.version,
        "vcs_ref_hash": opened.commit,
        "exclude": tuple(options.exclude),
        "use_prereleases": options.prereleases,
        "skip_if_exists": tuple(options.skip),
        "cleanup_on_error": True,
        "defaults": defaults,
        "user_defaults": {},
        "overwrite": is_update,
        "pretend": not is_update and options.dry_run,
        "quiet": False,
        "conflict": "inline",
        "context_lines": 3,
        "unsafe": options.trust,
        "skip_answered": is_update,
        "skip_tasks": options.skip_tasks,
    }


def show_message_before(
    operation: Literal["copy", "update"], opened: OpenedBlueprint, questionnaire: Questionnaire
) -> None:
    """Pass on the blueprint's ``_message_before_copy`` or ``_message_before_update``.

    It comes before the questions, so no answer is known to it.

    Raises:
        ScaffoldError: The message cannot be evaluated.
    """
    key = f"_message_before_{operation}"
    text = str(opened.config.get(key) or "")
    try:
        message = questionnaire.expressions.render(text, questionnaire.context)
    except ExpressionError as error:
        raise ScaffoldError(f"{opened.label}: {key}: {error}", "Fix the blueprint.") from None
    if message:
        pass_on_message(message)


def refuse_too_new(opened: OpenedBlueprint) -> None:
    """Refuse a version that needs a newer Copier, before anybody is asked anything.

    Raises:
        ScaffoldError: The installed Copier is older.
    """
    wanted = opened.config.get("_min_copier_version")
    if not wanted:
        return
    from importlib.metadata import version

    from packaging.version import InvalidVersion, Version

    found = version("copier")
    with suppress(InvalidVersion):  # rendering reports it
        if Version(str(wanted)) > Version(found):
            raise ScaffoldError(
                f"{opened.label} needs Copier {wanted}, and {found} is installed",
                "Upgrade Copier, or take another version of the blueprint with --to.",
            )


def make_source_notes(opened: OpenedBlueprint) -> tuple[str, ...]:
    """Make notes on the source of a version: offline, uncommitted changes, no questions."""
    notes = {
        f"{opened.source} did not answer: this is its last known state": opened.offline,
        f"uncommitted changes of {opened.source} are part of {opened.version}": opened.draft,
        f"{opened.label} has no copier.yml: all its files are used": not opened.is_described,
    }
    return tuple(note for note, holds in notes.items() if holds)
