"""The questions of a blueprint: read from its ``copier.yml``, resolved to answers.

They mean what they mean to Copier, whose import would cost more than all of the rest.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath
from types import MappingProxyType
from typing import Any, Self

from ..errors import ScaffoldError
from ..host import yaml as yaml_loader
from .copier_yml import load_config
from .interview import Session, resolve
from .jinja import Expressions
from .json_schema import schema
from .question import Choice, Question
from .resolving import BACK, Asker, Course, Step, Walk
from .values import MISSING, TYPES, Answers, Given

__all__ = [
    "BACK",
    "MISSING",
    "Answers",
    "Asker",
    "Choice",
    "Given",
    "Question",
    "Questionnaire",
    "Session",
    "Step",
    "load_config",
]

_SYSTEMS = {"linux": "linux", "darwin": "macos", "win32": "windows"}


@dataclass(frozen=True)
class Questionnaire:
    """The questions of one blueprint.

    Attributes:
        questions: The questions by name, in order.
        expressions: Evaluates their templates.
        context: Names that templates see besides the answers.
    """

    questions: Mapping[str, Question]
    expressions: Expressions
    context: Mapping[str, Any]

    @classmethod
    def load(
        cls,
        config: Mapping[str, Any],
        root: Path,
        layer_choices: Mapping[str, Sequence[Choice]] | None = None,
        context: Mapping[str, Any] | None = None,
        *,
        trust: bool = False,
        filters: Mapping[str, Callable[..., Any]] = MappingProxyType({}),
    ) -> Self:
        """Read the questions of a blueprint.

        Args:
            config: What its ``copier.yml`` holds, as `load_config` gives it.
            root: Its folder.
            layer_choices: Choices that its layers bring, by question.
            context: What templates see besides the answers: ``_folder_name``, ``_copier_conf``.
            trust: Whether its Jinja extensions, code of its own, may be loaded.
            filters: Filters that its templates may use, besides those of Jinja and Copier.

        Raises:
            ScaffoldError: A question is not stated correctly.
        """
        expressions = Expressions(
            _mapping(config, "_envops"),
            root,
            tuple(_texts(config, "_jinja_extensions")),
            trusted=trust,
            filters=filters,
        )
        seen = _context(context or {}, expressions, _mapping(config, "_external_data"), root)
        record = config.get("_answers_file", ".copier-answers.yml")
        if not expressions.is_template(record):
            seen["_copier_conf"].setdefault("answers_file", PurePath(str(record)))
        return cls(_questions(config, layer_choices or {}, expressions), expressions, seen)

    @property
    def asked(self) -> list[str]:
        """The names of the questions that anybody may answer."""
        return [name for name, item in self.questions.items() if not item.is_computed]

    def resolve(
        self, given: Mapping[str, Given], *, defaults: bool, ask: Asker | None = None
    ) -> Answers:
        """Answer all questions.

        Args:
            given: Values that were given, by question.
            defaults: Whether defaults answer what was not given; nobody is asked then.
            ask: Asks a person; None where nobody can be asked.

        Raises:
            AnswersError: Answers are unknown, missing or invalid: all of them.
            ScaffoldError: The blueprint's questions are wrong.
        """
        asking = ask is not None and not defaults
        return resolve(self._course(given, defaults=defaults, asking=asking), ask)

    def session(self, given: Mapping[str, Given], *, defaults: bool, asking: bool) -> Session:
        """Start to answer the questions: for those who let a preset answer, or edit answers.

        Args:
            given: Values that were given, by question.
            defaults: Whether defaults answer what was not given; nobody is asked then.
            asking: Whether somebody can be asked.
        """
        return Session(self._course(given, defaults=defaults, asking=asking and not defaults))

    def walk(self, given: Mapping[str, Given]) -> Walk:
        """Walk once through the questions, as where somebody could be asked."""
        return Walk(self._course(given, defaults=False, asking=True), {}, {}).run()

    def _course(self, given: Mapping[str, Given], *, defaults: bool, asking: bool) -> Course:
        return Course(self.questions, self.expressions, self.context, given, defaults, asking)

    def schema(self) -> dict[str, Any]:
        """Give the JSON Schema (2020-12) of an answers file."""
        return schema(self.questions, self.expressions, self.context)


def _questions(
    config: Mapping[str, Any],
    layer_choices: Mapping[str, Sequence[Choice]],
    expressions: Expressions,
) -> dict[str, Question]:
    secrets = set(_texts(config, "_secret_questions"))
    questions = {}
    for name, entry in config.items():
        if name.startswith("_"):
            continue
        settings = entry if isinstance(entry, Mapping) else {"default": entry}
        if name in secrets:
            settings = {**settings, "secret": True}
        question = Question.from_config(name, settings, layer_choices.get(name))
        if question.type not in TYPES and not expressions.is_template(question.type):
            known = ", ".join(TYPES)
            raise ScaffoldError(f"question {name!r}: type {question.type!r} is none of {known}")
        questions[name] = question
    return questions


def _mapping(config: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = config.get(key) or {}
    if not isinstance(value, Mapping):
        raise ScaffoldError(f"{key} of the blueprint must be a mapping, not {value!r}")
    return value


def _texts(config: Mapping[str, Any], key: str) -> list[str]:
    value = config.get(key) or []
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise ScaffoldError(f"{key} of the blueprint must be a list of texts, not {value!r}")
    return value


def _context(
    given: Mapping[str, Any], expressions: Expressions, external: Mapping[str, Any], root: Path
) -> dict[str, Any]:
    conf = {
        "sep": os.sep,
        "os": _SYSTEMS.get(sys.platform),
        "src_path": PurePath(root),
        **given.get("_copier_conf", {}),
    }
    context = {
        "now": _now,
        "make_secret": _make_secret,
        "_copier_python": sys.executable,
        "_copier_phase": "prompt",
        "_folder_name": "",
        **given,
        "_copier_conf": conf,
    }
    if "_external_data" not in context:
        folder = Path(conf["dst_path"]) if "dst_path" in conf else None
        context["_external_data"] = ExternalData(
            external,
            folder,
            lambda path: expressions.render(path, context),
            lambda: bool(conf.get("unsafe")),
        )
    return context


def _now() -> Any:
    from datetime import UTC, datetime

    return datetime.now(tz=UTC)


def _make_secret() -> str:
    from hashlib import sha512

    return sha512(os.urandom(48)).hexdigest()


class ExternalData(Mapping[str, Any]):
    """YAML files of the project that the blueprint wants to read, each when it is asked for.

    Args:
        paths: Paths below the project by name; may be templates.
        folder: The project; None where there is none.
        render: Evaluates a path.
        is_trusted: Tells whether a file may lie elsewhere.
    """

    def __init__(
        self,
        paths: Mapping[str, Any],
        folder: Path | None,
        render: Callable[[Any], Any],
        is_trusted: Callable[[], bool],
    ) -> None:
        self._paths = paths
        self._folder = folder
        self._render = render
        self._is_trusted = is_trusted

    def __getitem__(self, name: str) -> Any:
        path = str(self._render(self._paths[name]))
        if self._folder is None:
            return {}
        file = (self._folder / path).resolve()
        if not self._is_trusted() and not file.is_relative_to(self._folder.resolve()):
            raise ScaffoldError(
                f"the blueprint's _external_data leads out of the project: {path}",
                "Read it; if you trust it, add --trust.",
            )
        return _read_yaml(file)

    def __iter__(self) -> Iterator[str]:
        return iter(self._paths)

    def __len__(self) -> int:
        return len(self._paths)


def _read_yaml(file: Path) -> Any:
    import yaml

    if not file.is_file():
        return {}
    try:
        return yaml_loader.read(file.read_bytes(), str(file), exact=True)
    except yaml.YAMLError as error:
        reason = " ".join(str(error).split())
        raise ScaffoldError(f"{file}: {reason}", "mend the file") from error
