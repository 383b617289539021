"""Text that a person typed, written so that each language reads it back as it was typed."""

from __future__ import annotations

import re

from .slugs import slug

# Characters that at least one of Python, TOML, YAML and JSON refuses or changes inside a
# double-quoted string: controls, line separators, the byte order mark, noncharacters.
_UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")
_SHORT = {"\n": r"\n", "\t": r"\t", "\r": r"\r", "\b": r"\b", "\f": r"\f"}
_INTERPOLATION = re.compile(r"(\\*)\$\{")
_MARKDOWN = re.compile(r"([\\`*_{}\[\]<>()#+!|~$&-])")
_ITEM = re.compile(r"^([0-9]+)\.")  # the start of a list
_BREAKS = re.compile("[ \t\n\v\f\r\x85\u2028\u2029]+")  # not the spaces of other scripts


def quoted(value: object) -> str:
    """A double-quoted string that Python, TOML, YAML and JSON all read as ``value``.

    ``tojson`` is not it: an emoji becomes a surrogate pair, which TOML refuses.
    """
    text = str(value).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{_UNSAFE.sub(_escape, text)}"'


def _escape(match: re.Match[str]) -> str:
    character = match.group()
    return _SHORT.get(character, f"\\u{ord(character):04x}")


def hydra(value: object) -> str:
    """Like `quoted`, for a file that OmegaConf reads: ``${`` stays text and resolves nothing.

    OmegaConf takes a backslash before ``${`` as an escape, and halves those before it.
    """
    return quoted(_INTERPOLATION.sub(lambda m: m.group(1) * 2 + r"\${", str(value)))


def markdown(value: object) -> str:
    """One line of Markdown text that shows ``value``, with no mark-up of its own."""
    text = _MARKDOWN.sub(r"\\\1", _BREAKS.sub(" ", str(value)).strip())
    return _ITEM.sub(r"\1\\.", text)


FILTERS = {"quoted": quoted, "hydra": hydra, "markdown": markdown, "slug": slug}
