"""What a blueprint says before it asks: ``_message_before_copy``, ``_message_before_update``."""

from __future__ import annotations

from typing import Literal

from ..blueprints import OpenedBlueprint
from ..errors import ScaffoldError
from ..host import pass_on_message
from ..questions import ExpressionError, Questionnaire


def say_before(
    operation: Literal["copy", "update"], opened: OpenedBlueprint, questionnaire: Questionnaire
) -> None:
    """Pass on what a blueprint says before its questions; no answer is known yet.

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
