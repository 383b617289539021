"""Jinja expressions in a blueprint's questions, evaluated in a sandbox, and only where needed.

Copier compiles every string of a question as a template. Most hold none, and importing Jinja
costs more than reading the questions, so a string without a delimiter is never handed to it.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from functools import cached_property, wraps
from pathlib import Path, PurePath, PurePosixPath, PureWindowsPath
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from ..errors import ScaffoldError
from ..host import SpentTime, enforce_limits
from .display import shorten

if TYPE_CHECKING:
    from jinja2 import Environment, Template, Undefined
    from jinja2.loaders import FileSystemLoader
    from jinja2.sandbox import SandboxedEnvironment

_DELIMITERS = {
    "variable_start_string": "{{",
    "block_start_string": "{%",
    "comment_start_string": "{#",
}
_PREFIXES = ("line_statement_prefix", "line_comment_prefix")
_NEWLINE = re.compile(r"\r\n|\r|\n")
_MAX_RESULT_CHARS = 1_000_000
_HARMLESS_VARIABLES = frozenset({"HOME", "LANG", "LOGNAME", "PWD", "SHELL", "USER", "USERNAME"})
_VARIABLE = re.compile(r"\$(\w+|\{[^}]*\})|%([^%]*)%", re.ASCII)
_PATH_STYLES = {"posix": PurePosixPath, "windows": PureWindowsPath, "native": PurePath}


class ExpressionError(Exception):
    """A Jinja expression of the blueprint cannot be evaluated."""


class BrokenFilterError(RuntimeError):
    """A filter of our own failed: a bug of scaffold, not of the blueprint."""


class UnsetDefault(Exception):
    """A default's expression came to ``UNSET``: there is no default."""


class Expressions:
    """Evaluates the templated values of one blueprint's questions.

    Args:
        envops: Jinja options of the blueprint (``_envops``).
        root: Folder that ``include`` and ``import`` read from, and never leave.
        extensions: Jinja extensions of the blueprint (``_jinja_extensions``): code that runs.
        trusted: Whether extensions may be loaded.
        filters: Filters besides those of Jinja and Copier.
    """

    def __init__(
        self,
        envops: Mapping[str, Any],
        root: Path,
        extensions: tuple[str, ...] = (),
        *,
        trusted: bool = False,
        filters: Mapping[str, Callable[..., Any]] = MappingProxyType({}),
    ) -> None:
        if problem := _find_option_problem(envops):
            raise _make_options_error(problem)
        self._envops = {"keep_trailing_newline": True, **envops}
        self._root = root
        self._extensions = extensions
        self._trusted = trusted
        self._filters = filters
        self._marks = tuple(self._envops.get(key, mark) for key, mark in _DELIMITERS.items())
        self._always = any(self._envops.get(prefix) for prefix in _PREFIXES)
        self._templates: dict[str, Template] = {}
        self._spent = SpentTime()

    def is_template(self, value: Any) -> bool:
        """Tell whether a value holds an expression to evaluate."""
        if isinstance(value, list):
            return any(self.is_template(item) for item in value)
        if not isinstance(value, str):
            return False
        return self._always or any(mark in value for mark in self._marks)

    def render(self, value: Any, context: Mapping[str, Any]) -> Any:
        """Evaluate a value: strings, and strings in lists; anything else comes back as it is.

        Raises:
            ExpressionError: The expression is wrong or uses a name that has no value.
            UnsetDefault: The expression came to ``UNSET``.
            ScaffoldError: It takes more time or memory than it may.
        """
        if isinstance(value, list):
            return [self.render(item, context) for item in value]
        if not isinstance(value, str):
            return value
        if self.is_template(value):
            return self._render(value, context)
        return self._convert_newlines(value)

    def _convert_newlines(self, text: str) -> str:
        """Change line ends of a text without expressions as Jinja does."""
        newline = self._envops.get("newline_sequence", "\n")
        lines = _NEWLINE.split(text)
        if not self._envops["keep_trailing_newline"] and not lines[-1]:
            lines.pop()
        return str(newline).join(lines)

    def _render(self, source: str, context: Mapping[str, Any]) -> str:
        from jinja2 import TemplateError

        try:
            with enforce_limits(f"the blueprint's expression {shorten(source)!r}", self._spent):
                text = self._compile(source).render(context)
        except (UnsetDefault, ScaffoldError, BrokenFilterError):
            raise
        except TemplateError as error:
            raise ExpressionError(error.message or str(error)) from error
        except Exception as error:  # whatever a foreign expression may raise
            raise ExpressionError(f"{type(error).__name__}: {error}") from error
        if len(text) > _MAX_RESULT_CHARS:
            raise ExpressionError(
                f"it comes to {len(text):,} characters, {_MAX_RESULT_CHARS:,} are allowed"
            )
        return text

    def _compile(self, source: str) -> Template:
        if source not in self._templates:
            self._templates[source] = self._environment.from_string(source)
        return self._templates[source]

    @cached_property
    def _environment(self) -> Environment:
        import warnings

        if self._extensions and not self._trusted:
            raise ScaffoldError(
                "the blueprint's questions need Jinja extensions, which run code of their own: "
                + ", ".join(self._extensions),
                "Use --trust if you trust the blueprint.",
            )
        with warnings.catch_warnings():
            # The filters announce that they rename those which Jinja has got itself.
            warnings.simplefilter("ignore", RuntimeWarning)
            environment = self._make_sandbox()
        environment.globals["pathjoin"] = lambda *parts, mode="posix": str(
            _PATH_STYLES[mode](*parts)
        )
        environment.filters.update(
            {name: _mark_bugs(function) for name, function in self._filters.items()}
        )
        return environment

    def _make_sandbox(self) -> Environment:
        extensions = ["jinja2_ansible_filters.AnsibleCoreFiltersExtension", *self._extensions]
        options = {**self._envops, "undefined": self._choose_undefined()}
        try:
            made = _make_sandbox_class()(
                loader=make_confined_loader(self._root), extensions=extensions, **options
            )
            return made if self._trusted else restrict_filters(made)
        except ImportError as error:
            raise ScaffoldError(
                f"a Jinja extension of the blueprint cannot be loaded: {error}",
                "Install it beside scaffold.",
            ) from error
        except TypeError as error:
            raise _make_options_error(str(error)) from error

    def _choose_undefined(self) -> type[Undefined]:
        import jinja2

        known = {
            "jinja2.Undefined": jinja2.Undefined,
            "jinja2.StrictUndefined": jinja2.StrictUndefined,
        }
        name = self._envops.get("undefined", "jinja2.Undefined")
        if name not in known:
            raise ScaffoldError(
                f"the blueprint's _envops.undefined is {name!r}",
                f"It must be one of {', '.join(known)}.",
            )
        return known[name]


def _mark_bugs(function: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Distinguish the errors of a filter of our own from those that a blueprint causes."""
    from jinja2 import TemplateError

    @wraps(function)
    def call(value: Any) -> Any:
        try:
            return function(value)
        except (UnsetDefault, ScaffoldError, TemplateError, RecursionError):  # of the value
            raise
        except Exception as error:
            raise BrokenFilterError(f"{function.__name__} failed on {value!r:.60}") from error

    return call


def _make_options_error(problem: str) -> ScaffoldError:
    return ScaffoldError(f"the blueprint's _envops are wrong: {problem}")


def _find_option_problem(envops: Mapping[str, Any]) -> str:
    """Find an option on which Jinja would fail only later."""
    for key in ("bytecode_cache", "extensions", "finalize", "loader"):
        if key in envops:
            return f"{key} cannot be set"
    for key in (*_DELIMITERS, *_PREFIXES, "newline_sequence"):
        if not isinstance(envops.get(key, ""), str | None):
            return f"{key} must be text"
    marks = [envops.get(key, mark) for key, mark in _DELIMITERS.items()]
    if not all(marks) or len(set(marks)) < len(marks):
        return "each kind of mark must be different"
    if envops.get("newline_sequence", "\n") not in ("\n", "\r\n", "\r"):
        return "newline_sequence must be a line end"
    return ""


def restrict_filters(environment: SandboxedEnvironment) -> SandboxedEnvironment:
    """Make filters refuse to read the machine's variables and files; return the environment.

    What they read may get into the project, and be published with it.
    """
    expand = environment.filters["expandvars"]

    def expandvars(text: Any) -> Any:
        names = {(a or b).strip("{}") for a, b in _VARIABLE.findall(str(text))}
        if secret := sorted(name for name in names - _HARMLESS_VARIABLES if name in os.environ):
            raise _make_probing_error(f"the variable {secret[0]} of the environment")
        return expand(text)

    def fileglob(pattern: Any) -> Any:
        raise _make_probing_error(f"the list of files that match {str(pattern)!r:.60}")

    environment.filters.update(expandvars=expandvars, fileglob=fileglob)
    return environment


def _make_probing_error(about: str) -> ScaffoldError:
    hint = "Do not use it, or add --trust if you trust it."
    return ScaffoldError(f"the blueprint tries to read {about}", hint)


def make_unset() -> Any:
    """Make the value of the name ``UNSET``: a default that uses it does not exist."""
    from jinja2 import StrictUndefined

    return StrictUndefined("UNSET", exc=UnsetDefault)  # type: ignore[arg-type]


def _make_sandbox_class() -> type[SandboxedEnvironment]:
    from jinja2.sandbox import SandboxedEnvironment

    class Sandbox(SandboxedEnvironment):
        def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
            # From Python 3.13 on it is the module os.path, and a way to os.
            if isinstance(obj, PurePath) and attr == "parser":
                return False
            return super().is_safe_attribute(obj, attr, value)

    return Sandbox


def make_confined_loader(root: Path) -> FileSystemLoader:
    """Make a loader of templates that never leaves a folder."""
    from jinja2 import FileSystemLoader, TemplateNotFound

    class InsideLoader(FileSystemLoader):
        def get_source(
            self, environment: Environment, template: str
        ) -> tuple[str, str, Callable[[], bool]]:
            source, filename, fresh = super().get_source(environment, template)
            if not Path(filename).resolve().is_relative_to(root.resolve()):
                raise TemplateNotFound(template, f"{template} is outside the blueprint")
            return source, filename, fresh

    return InsideLoader(root)
