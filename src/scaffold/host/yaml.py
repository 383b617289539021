"""The one reader of YAML: 1.1, as PyYAML's safe loaders read it, in C where PyYAML has that.

Who differs in what it admits says so by a rule of `make_loader`; nobody picks a loader of PyYAML.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

from .limits import DEEPEST, bounded, refuse_endless, too_deep

FLOAT, DATE, MERGE = (f"tag:yaml.org,2002:{name}" for name in ("float", "timestamp", "merge"))
# YAML 1.1 takes an exponent for a number's only behind a decimal point and with a sign.
EXPONENT = re.compile(r"[-+]?[0-9]+(?:_[0-9]+)*(?:\.[0-9_]*)?[eE][-+]?[0-9]+$")
NUMERIC = "-+0123456789"


def read(text: str | bytes, what: str, *, exact: bool = False) -> Any:
    """Read a document that somebody else wrote, within the limits of time and memory.

    Args:
        text: The document.
        what: What errors call it.
        exact: See `make_loader`.

    Raises:
        ScaffoldError: It is nested too deeply, or stands for too much.
        yaml.YAMLError: It is no YAML.
        ValueError: It holds a number or date that Python cannot hold.
    """
    import yaml

    with bounded(f"reading {what}"):
        refuse_deep(text, what, exact=exact)
        data = yaml.load(text, Loader=make_loader(exact=exact))  # noqa: S506 - a safe one
        refuse_endless(data, what)
    return data


def refuse_deep(text: str | bytes, what: str, *, exact: bool = False) -> None:
    """Refuse YAML that is nested so deeply that a parser in C would crash over it.

    Raises:
        ScaffoldError: It is.
        yaml.YAMLError: It is no YAML.
    """
    import yaml

    depth = 0
    try:
        for event in yaml.parse(text, Loader=make_loader(exact=exact)):
            depth += isinstance(event, yaml.CollectionStartEvent)
            depth -= isinstance(event, yaml.CollectionEndEvent)
            if depth > DEEPEST:
                raise too_deep(what)
    except yaml.MarkedYAMLError as error:  # PyYAML 6.0.4 looks ahead, and has a limit of its own
        if "maximum nesting depth" in (error.problem or ""):
            raise too_deep(what) from None
        raise


def make_loader(
    *,
    exact: bool = False,
    as_omegaconf: bool = False,
    unique_keys: bool = False,
    include: Callable[[str], Any] | None = None,
) -> Any:
    """Make a loader class for PyYAML's functions.

    Args:
        exact: Parse in Python, as Copier reads answers: nodes also know exactly where they end.
        as_omegaconf: Read scalars as OmegaConf does: 1e-10 is a number, dates are text.
        unique_keys: Refuse a key that stands twice; what ``<<`` brings may stand again.
        include: Gives the value of an ``!include`` from the text behind it.
    """
    loader: Any = _rules(exact, as_omegaconf, unique_keys)
    if include is None:
        return loader

    class Including(loader):  # type: ignore[misc]
        pass

    Including.add_constructor("!include", lambda self, node: include(self.construct_scalar(node)))
    return Including


@cache
def _rules(exact: bool, as_omegaconf: bool, unique_keys: bool) -> Any:
    import yaml

    base: Any = yaml.SafeLoader if exact else getattr(yaml, "CSafeLoader", yaml.SafeLoader)

    class Loader(base):  # type: ignore[misc]
        def construct_document(self, node: Any) -> Any:
            if unique_keys:
                _refuse_twins(node)
            return super().construct_document(node)

    if as_omegaconf:
        Loader.yaml_implicit_resolvers = {
            first: [item for item in resolvers if item[0] != DATE]
            for first, resolvers in base.yaml_implicit_resolvers.items()
        }
        Loader.add_implicit_resolver(FLOAT, EXPONENT, list(NUMERIC))
    return Loader


def _refuse_twins(node: Any) -> None:
    from yaml.constructor import ConstructorError

    for mapping in _mappings(node):
        seen = set()
        for key, _ in mapping.value:
            name = (key.tag, key.value if isinstance(key.value, str) else id(key))
            if name in seen and key.tag != MERGE:
                place, problem = mapping.start_mark, f"found duplicate key {key.value}"
                raise ConstructorError("while reading a mapping", place, problem, key.start_mark)
            seen.add(name)


def _mappings(node: Any) -> Iterator[Any]:
    """The mappings in a tree of nodes, each once however often it is named."""
    from yaml import MappingNode, ScalarNode

    left, seen = [node], set()
    while left:
        item = left.pop()
        if id(item) in seen or isinstance(item, ScalarNode):
            continue
        seen.add(id(item))
        is_mapping = isinstance(item, MappingNode)
        left += [part for pair in item.value for part in pair] if is_mapping else item.value
        if is_mapping:
            yield item
