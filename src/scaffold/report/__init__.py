"""Results → text for people, JSON for machines. What this package makes is shown as it is."""

from .answering import answers_json, explained_text
from .base import SCHEMA, as_json, clean, columns, one_line
from .configuring import changed_text, configured_json, configured_text, settings_text
from .failing import error_json, error_text, github_text
from .keeping import (
    aborted_json,
    all_updated,
    checked_json,
    checked_text,
    coloured,
    diff_json,
    updated_json,
    updated_text,
)
from .looking import list_json, list_text, schema_json, show_json, show_text
from .making import created_json, created_text, planned_text, tree_text

__all__ = [
    "SCHEMA",
    "aborted_json",
    "all_updated",
    "answers_json",
    "as_json",
    "changed_text",
    "checked_json",
    "checked_text",
    "clean",
    "coloured",
    "columns",
    "configured_json",
    "configured_text",
    "created_json",
    "created_text",
    "diff_json",
    "error_json",
    "error_text",
    "explained_text",
    "github_text",
    "list_json",
    "list_text",
    "one_line",
    "planned_text",
    "schema_json",
    "settings_text",
    "show_json",
    "show_text",
    "tree_text",
    "updated_json",
    "updated_text",
]
