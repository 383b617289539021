"""A question as the blueprint states it, and its choices."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from itertools import groupby
from typing import Any

from ..errors import ScaffoldError
from .display import describe_value, make_printable, suggest_similar
from .jinja import ExpressionError
from .values import MISSING

_BUILT_IN_NAMES = {"now", "make_secret"}
_SETTING_TYPES: Mapping[str, Any] = {
    **dict.fromkeys(("type", "help", "validator", "placeholder", "qmark"), str),
    **dict.fromkeys(("when", "ask", "multiline"), str | bool),
    **dict.fromkeys(("multiselect", "secret"), bool),
}
_YES_AND_NO = {
    **dict.fromkeys(("true", "yes", "on", "y", "t", "1"), True),
    **dict.fromkeys(("false", "no", "off", "n", "f", "0"), False),
}
_INFERRED_TYPES = {bool: "bool", int: "int", float: "float", str: "str"}


@dataclass(frozen=True)
class Choice:
    """One of the values that a question offers.

    Attributes:
        title: The text that a prompt shows.
        value: The value that the answer gets.
        help: One line that explains it.
        disabled: The reason why it cannot be chosen; may be a template, empty when it can.
        group: The heading that it stands under; may be empty.
        facts: Short texts that compare it with the other choices, by name.
        files: The number of files that it adds.
        dependencies: The requirements that it adds.
        always: Whether every answer of several choices holds it, named or not.
    """

    title: str
    value: Any
    help: str = ""
    disabled: str = ""
    group: str = ""
    facts: Mapping[str, str] = field(default_factory=dict)
    files: int = 0
    dependencies: tuple[str, ...] = ()
    always: bool = False

    @property
    def cost(self) -> str:
        """Its files and dependencies, as "adds 3 files, 1 dependency"; empty without both."""
        packages = len(self.dependencies)
        counts = ((self.files, "file", "files"), (packages, "dependency", "dependencies"))
        words = [f"{count} {one if count == 1 else many}" for count, one, many in counts if count]
        return f"adds {', '.join(words)}" if words else ""

    @property
    def summary(self) -> str:
        """Its facts with their names, as "data: 300 images; time: 20 s"."""
        return "; ".join(f"{name}: {text}" for name, text in self.facts.items())


@dataclass(frozen=True)
class Question:
    """A question as the blueprint states it; texts may be templates.

    Attributes:
        name: The answer's key.
        type: One of `values.TYPES`.
        default: The value at a prompt that nobody changed; `MISSING` where there is none.
        help: The text of the question.
        choices: The values offered, or a template of a YAML list or mapping of them.
        multiselect: Whether several choices may be taken.
        when: Whether the question counts at all; false for values that the blueprint computes.
        ask: Whether a prompt asks, rather than taking what is recorded, or the default.
        validator: A template whose result is the problem with an answer; empty for a valid one.
        placeholder: Shown in an empty field.
        secret: Whether the answer stays out of the record and off the screen.
        multiline: Whether the answer may have several lines.
        qmark: The sign in front of a prompt; kept for Copier's sake.
    """

    name: str
    type: str = "yaml"
    default: Any = MISSING
    help: str = ""
    choices: tuple[Choice, ...] | str = ()
    multiselect: bool = False
    when: str | bool = True
    ask: str | bool = True
    validator: str = ""
    placeholder: str = ""
    secret: bool = False
    multiline: str | bool = False
    qmark: str = ""

    @property
    def is_computed(self) -> bool:
        """Tell whether the blueprint computes the value and never asks."""
        return self.when is False

    @property
    def has_groups(self) -> bool:
        """Tell whether its choices stand under headings."""
        return any(isinstance(choice, Choice) and choice.group for choice in self.choices)

    @classmethod
    def from_config(
        cls, name: str, config: Any, layers: Sequence[Choice] | None = None
    ) -> Question:
        """Read a question of a ``copier.yml``, in its short or long form.

        Args:
            name: The question's key.
            config: The value of the key: a default, or a mapping of settings.
            layers: Choices that the blueprint's layers bring.

        Raises:
            ScaffoldError: The question is not stated correctly.
        """
        settings = dict(config) if isinstance(config, Mapping) else {"default": config}
        settings.update(_convert_yes_and_no(settings))
        _check_settings(name, settings)
        known = _list_settings()  # Copier passes over all others
        settings = {
            key: value
            for key, value in settings.items()
            if key in known and (value is not None or key == "default")
        }
        default = settings.get("default", MISSING)
        settings["type"] = settings.get("type") or _INFERRED_TYPES.get(type(default), "yaml")
        if layers is not None and settings["type"] != "bool":
            settings["choices"] = _sort_by_group(layers)
        elif not isinstance(settings.get("choices", ""), str):
            settings["choices"] = read_choices(name, settings["choices"])
        return cls(name, **settings)


def _convert_yes_and_no(settings: Mapping[str, Any]) -> dict[str, bool]:
    """Convert the settings that mean yes or no to Copier."""
    found = {}
    for key in ("when", "ask", "multiline", "multiselect", "secret"):
        value = settings.get(key)
        is_word = isinstance(value, str) and key in {"multiselect", "secret"}
        if is_word and str(value).lower() in _YES_AND_NO:
            found[key] = _YES_AND_NO[str(value).lower()]
        elif type(value) in {int, float} and value in {0, 1}:
            found[key] = bool(value)
    return found


def _list_settings() -> list[str]:
    return [item.name for item in fields(Question) if item.name != "name"]


def refuse_unknown_question_settings(config: Mapping[str, Any]) -> None:
    """Refuse questions that have settings which do not exist.

    Raises:
        ScaffoldError: One has such a setting; names both.
    """
    known = _list_settings()
    for name, settings in config.items():
        if name.startswith("_") or not isinstance(settings, Mapping):
            continue
        for key in settings:
            if key not in known:
                meant = suggest_similar(key, known)
                raise ScaffoldError(f"question {name!r} has an unknown setting {key!r}{meant}")


def _check_settings(name: str, settings: Mapping[str, Any]) -> None:
    if name in _BUILT_IN_NAMES:
        raise ScaffoldError(f"question {name!r} has the name of a function of Copier")
    for key, value in settings.items():
        if value is not None and not isinstance(value, _SETTING_TYPES.get(key, object)):
            raise ScaffoldError(f"question {name!r}: {key} cannot be {describe_value(value)}")
    if settings.get("secret") and "default" not in settings:
        raise ScaffoldError(f"question {name!r} is secret and has no default")


def read_choices(name: str, raw: Any) -> tuple[Choice, ...]:
    """Read choices in any of Copier's forms: a list, pairs, or a mapping.

    Raises:
        ScaffoldError: The choices have none of these forms.
    """
    pairs = list(raw.items()) if isinstance(raw, Mapping) else raw
    if not isinstance(pairs, list):
        raise ScaffoldError(f"question {name!r}: choices must be a list or a mapping")
    return _sort_by_group([_read_choice(name, item) for item in pairs])


def _sort_by_group(choices: Sequence[Choice]) -> tuple[Choice, ...]:
    """Put the choices of each group together; those without a group, which have no heading, first.

    The first choice of a group gives it its place among the groups.
    """
    places = {group: n for n, group in enumerate(dict.fromkeys(["", *(c.group for c in choices)]))}
    return tuple(sorted(choices, key=lambda choice: places[choice.group]))


def group_choices(choices: Iterable[Choice]) -> Iterator[tuple[str, list[Choice]]]:
    """List the groups of choices, in order, with the choices of each."""
    return ((name, list(group)) for name, group in groupby(choices, lambda choice: choice.group))


def _read_choice(name: str, item: Any) -> Choice:
    if not isinstance(item, list | tuple):
        return Choice(item if isinstance(item, str) else str(item), item)
    if len(item) != 2:
        raise ScaffoldError(f"question {name!r}: a choice must be a value, or a title and a value")
    title, value = str(item[0]), item[1]
    if not isinstance(value, Mapping):
        return Choice(title, value)
    disabled = value.get("validator", "")
    if "value" not in value or not isinstance(disabled, str):
        raise ScaffoldError(
            f"question {name!r}: choice {title!r} needs a value, and a text as validator"
        )
    about, group = str(value.get("help", "")), str(value.get("group", ""))
    return Choice(title, value["value"], about, disabled, group)


def make_blueprint_error(name: str, error: ExpressionError) -> ScaffoldError:
    """Make the error for a question that is wrong with any answers."""
    return ScaffoldError(
        f"question {name!r} of the blueprint is wrong: {make_printable(str(error))}",
        "Correct the blueprint's copier.yml, or tell its authors.",
    )
