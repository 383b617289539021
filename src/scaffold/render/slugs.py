"""Names that programs take, from names that people take."""

from __future__ import annotations

import re
import unicodedata

# Letters that Unicode does not take apart into a plain letter and a mark.
_LETTERS = str.maketrans(
    {
        **{"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th"},
        **{"ħ": "h", "\u0131": "i", "ŋ": "ng", "ŧ": "t", "ĸ": "k", "ə": "e", "ƒ": "f", "ɛ": "e"},
    }
)


def slug(value: object) -> str:
    """A name of lower-case ASCII letters, digits and ``_``, as close to ``value`` as they come.

    Marks are taken off (``Müller-Net`` gives ``muller_net``), and what is no Latin letter and no
    digit separates words. Nothing may be left, as of a name in another script.
    """
    plain = unicodedata.normalize("NFKD", str(value)).lower().translate(_LETTERS)
    bare = "".join(char for char in plain if not unicodedata.combining(char))
    return re.sub("[^a-z0-9]+", "_", bare).strip("_")
