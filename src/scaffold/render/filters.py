"""Filters of layered blueprints: quote a person's text for a language, and make names of it."""

from __future__ import annotations

import re
import unicodedata

# Characters that at least one of Python, TOML, YAML and JSON refuses or changes inside a
# double-quoted string: controls, line separators, the byte order mark, noncharacters.
_UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")
_SHORT = {"\n": r"\n", "\t": r"\t", "\r": r"\r", "\b": r"\b", "\f": r"\f"}
_INTERPOLATION = re.compile(r"(\\*)\$\{")
_MARKDOWN = re.compile(r"([\\`*_{}\[\]<>()#+!|~$&-])")
_ITEM = re.compile(r"^([0-9]+)\.")  # the start of a list
_BREAKS = re.compile("[ \t\n\v\f\r\x85\u2028\u2029]+")  # not the spaces of other scripts

# Letters that Unicode does not split into a plain letter and a mark.
_LETTERS = str.maketrans(
    {
        **{"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th"},
        **{"ħ": "h", "\u0131": "i", "ŋ": "ng", "ŧ": "t", "ĸ": "k", "ə": "e", "ƒ": "f", "ɛ": "e"},
    }
)


def quote(value: object) -> str:
    """Write a double-quoted string that Python, TOML, YAML and JSON all read as ``value``.

    ``tojson`` does not: it makes an emoji a surrogate pair, which TOML refuses.
    """
    text = str(value).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{_UNSAFE.sub(_escape, text)}"'


def _escape(match: re.Match[str]) -> str:
    character = match.group()
    return _SHORT.get(character, f"\\u{ord(character):04x}")


def quote_for_hydra(value: object) -> str:
    """Quote like `quote` for a file that OmegaConf reads: ``${`` stays text.

    OmegaConf takes a backslash before ``${`` as an escape, and halves those before it.
    """
    return quote(_INTERPOLATION.sub(lambda m: m.group(1) * 2 + r"\${", str(value)))


def escape_markdown(value: object) -> str:
    """Write one line of Markdown that shows ``value`` as plain text."""
    text = _MARKDOWN.sub(r"\\\1", _BREAKS.sub(" ", str(value)).strip())
    return _ITEM.sub(r"\1\\.", text)


def make_slug(value: object) -> str:
    """Make a name of lower-case ASCII letters, digits and ``_`` from ``value``.

    Marks are removed (``Müller-Net`` gives ``muller_net``), and all but Latin letters and digits
    separates words. The result may be empty, as for a name in another script.
    """
    plain = unicodedata.normalize("NFKD", str(value)).lower().translate(_LETTERS)
    bare = "".join(char for char in plain if not unicodedata.combining(char))
    return re.sub("[^a-z0-9]+", "_", bare).strip("_")


FILTERS = {
    "quoted": quote,
    "hydra": quote_for_hydra,
    "markdown": escape_markdown,
    "slug": make_slug,
}
