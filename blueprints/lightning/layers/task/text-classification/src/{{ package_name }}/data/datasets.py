"""Datasets: an item is a text as bytes (L,), and its label."""

import ast
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.utils.data import Dataset

from ..confusion import write_table
from ..texts import read_rows, read_texts

LANGUAGES = (
    *("ca", "cs", "da", "de", "es", "et", "fi", "fr", "hr", "hu", "id", "it"),
    *("lt", "lv", "nb", "nl", "pl", "pt_BR", "ro", "sk", "sl", "sv", "tr"),
)
PADDING = 256  # after the 256 bytes
Item = tuple[Tensor, int]


class Texts(Dataset[Item]):
    """Texts that have a label each.

    Args:
        texts: What is read.
        labels: The name of each text's class; None where it is unknown.
        classes: All names, in the order of their labels.
        length: L, in bytes; longer texts are cut, shorter ones padded.
        names: What an item is called in predictions; its number if None.
    """

    def __init__(
        self,
        texts: Sequence[str],
        labels: Sequence[str | None],
        classes: Sequence[str],
        length: int,
        names: Sequence[str] | None = None,
    ) -> None:
        self.texts, self.classes, self.length, self.names = texts, list(classes), length, names
        self.num_classes = len(self.classes)
        numbers = {name: number for number, name in enumerate(self.classes)}
        self.labels = [-1 if name is None else numbers.get(name, -1) for name in labels]

    def __len__(self) -> int:
        return len(self.texts)

    def __getitem__(self, index: int) -> Item:
        return encode(self.texts[index], self.length), self.labels[index]

    @classmethod
    def from_files(cls, root: str, about: Mapping[str, Any]) -> "Texts":
        """The texts of a file: a CSV or JSONL file's column of texts, or else each line."""
        column, label = about.get("text", "text"), about.get("label", "label")
        rows, names = read_texts(Path(root), column)
        labels = [row.get(label) for row in rows]
        return Texts([r[column] for r in rows], labels, about["classes"], about["length"], names)

    @staticmethod
    def draw(folder: Path, texts: Tensor, true: list[str], predicted: list[str]) -> None:
        """Show texts (N, L) with their classes, in `worst.csv`."""
        rows = zip(map(decode, texts), true, predicted, strict=True)
        write_table(folder / "worst.csv", ["text", "true", "predicted"], rows)


class Sentences(Texts):
    """Sentences of 23 languages, from the translations of Django's messages; finds the language."""

    def __init__(self, length: int) -> None:
        found = [(text, code) for code in LANGUAGES for text in sorted(translations(code))]
        languages = Counter(text for text, _ in found)
        kept = [(text, code) for text, code in found if languages[text] == 1]  # else it is of two
        super().__init__([t for t, _ in kept], [code for _, code in kept], LANGUAGES, length)


class TextFile(Texts):
    """The rows of a CSV or JSONL file.

    Args:
        path: The file.
        length: As that of `Texts`.
        text: The column that is read.
        label: The column that is predicted.
    """

    def __init__(self, path: str, length: int, text: str = "text", label: str = "label") -> None:
        rows = read_rows(Path(path), text, label)
        labels, self.about = [str(row[label]) for row in rows], {"text": text, "label": label}
        super().__init__([str(row[text]) for row in rows], labels, sorted(set(labels)), length)


def encode(text: str, length: int) -> Tensor:
    """A text → its bytes in UTF-8 (L,), int64, padded with `PADDING`."""
    data = list(text.encode()[:length])
    return torch.tensor(data + [PADDING] * (length - len(data)))


def decode(data: Tensor) -> str:
    """Bytes (L,) → the text."""
    return bytes(byte for byte in data.tolist() if byte != PADDING).decode(errors="replace")


@cache
def translations(code: str) -> set[str]:
    """What Django says in one language, without the places that programs fill in."""
    spec = find_spec("django")
    assert spec and spec.submodule_search_locations
    entry = re.compile(r'^msgstr(?:\[\d\])? ((?:".*"\n)+)', re.MULTILINE)
    filled_in = re.compile(r"%\(\w+\)\w|%\w|\{\w*\}|<[^>]*>|&\w+;|https?:\S+")
    texts = set()
    root = Path(spec.submodule_search_locations[0])
    files = f"locale/{code}/LC_MESSAGES/*.po"
    for path in (*root.glob(f"conf/{files}"), *root.glob(f"contrib/*/{files}")):
        for match in entry.finditer(path.read_text(encoding="utf-8") + "\n"):
            lines = "".join(ast.literal_eval(line) for line in match[1].splitlines())
            if "\nLanguage:" not in lines:  # the file's head
                texts.add(" ".join(filled_in.sub(" ", lines).split()))
    return {text for text in texts if len(text) >= 25}
