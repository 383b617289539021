"""The only reader of YAML: version 1.1, as PyYAML's safe loaders read it, in C if available.

Other modules choose rules of `make_loader`, never a loader of PyYAML.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

from .limits import MAX_YAML_DEPTH, enforce_limits, make_depth_error, refuse_oversized

YAML_FLOAT_TAG, YAML_DATE_TAG, YAML_MERGE_TAG = (
    f"tag:yaml.org,2002:{name}" for name in ("float", "timestamp", "merge")
)
# YAML 1.1 reads an exponent as part of a number only after a decimal point and with a sign.
YAML_EXPONENT = re.compile(r"[-+]?[0-9]+(?:_[0-9]+)*(?:\.[0-9_]*)?[eE][-+]?[0-9]+$")
YAML_NUMBER_STARTS = "-+0123456789"


def read_yaml(text: str | bytes, what: str, *, exact: bool = False) -> Any:
    """Read an untrusted document, within the limits of time and memory.

    Args:
        text: The document.
        what: Its name in errors.
        exact: See `make_loader`.

    Raises:
        ScaffoldError: It is nested too deeply, or holds too many values.
        yaml.YAMLError: It is not valid YAML.
        ValueError: It holds a number or date that Python cannot hold.
    """
    import yaml

    with enforce_limits(f"reading {what}"):
        refuse_deep_yaml(text, what, exact=exact)
        data = yaml.load(text, Loader=make_loader(exact=exact))  # noqa: S506 - a safe one
        refuse_oversized(data, what)
    return data


def refuse_deep_yaml(text: str | bytes, what: str, *, exact: bool = False) -> None:
    """Refuse YAML that is nested so deeply that a parser in C would crash.

    Raises:
        ScaffoldError: It is nested too deeply.
        yaml.YAMLError: It is not valid YAML.
    """
    import yaml

    depth = 0
    try:
        for event in yaml.parse(text, Loader=make_loader(exact=exact)):
            depth += isinstance(event, yaml.CollectionStartEvent)
            depth -= isinstance(event, yaml.CollectionEndEvent)
            if depth > MAX_YAML_DEPTH:
                raise make_depth_error(what)
    except yaml.MarkedYAMLError as error:  # PyYAML 6.0.4 looks ahead, and has a limit of its own
        if "maximum nesting depth" in (error.problem or ""):
            raise make_depth_error(what) from None
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
        exact: Parse in Python, as Copier reads answers; each node knows its exact end.
        as_omegaconf: Read scalars as OmegaConf does: 1e-10 is a number, dates are text.
        unique_keys: Refuse duplicate keys; a key may override one that ``<<`` brings.
        include: Returns the value of an ``!include`` for the text after it.
    """
    loader: Any = _make_rules_loader(exact, as_omegaconf, unique_keys)
    if include is None:
        return loader

    class IncludingLoader(loader):  # type: ignore[misc]
        pass

    IncludingLoader.add_constructor("!include", lambda self, n: include(self.construct_scalar(n)))
    return IncludingLoader


@cache
def _make_rules_loader(exact: bool, as_omegaconf: bool, unique_keys: bool) -> Any:
    import yaml

    base: Any = yaml.SafeLoader if exact else getattr(yaml, "CSafeLoader", yaml.SafeLoader)

    class Loader(base):  # type: ignore[misc]
        def construct_document(self, node: Any) -> Any:
            if unique_keys:
                _refuse_duplicate_keys(node)
            return super().construct_document(node)

    if as_omegaconf:
        Loader.yaml_implicit_resolvers = {
            first: [item for item in resolvers if item[0] != YAML_DATE_TAG]
            for first, resolvers in base.yaml_implicit_resolvers.items()
        }
        Loader.add_implicit_resolver(YAML_FLOAT_TAG, YAML_EXPONENT, list(YAML_NUMBER_STARTS))
    return Loader


def _refuse_duplicate_keys(node: Any) -> None:
    from yaml.constructor import ConstructorError

    for mapping in _walk_mappings(node):
        seen = set()
        for key, _ in mapping.value:
            name = (key.tag, key.value if isinstance(key.value, str) else id(key))
            if name in seen and key.tag != YAML_MERGE_TAG:
                place, problem = mapping.start_mark, f"found duplicate key {key.value}"
                raise ConstructorError("while reading a mapping", place, problem, key.start_mark)
            seen.add(name)


def _walk_mappings(node: Any) -> Iterator[Any]:
    """Walk over the mappings in a tree of nodes, each once even if it has aliases."""
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
