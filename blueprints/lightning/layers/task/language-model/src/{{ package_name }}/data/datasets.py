"""Datasets: an item is a window of a text, bytes (L + 1,), each but the first to be predicted."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from pydoc_data.topics import topics
from typing import Any

import torch
from torch import Tensor
from torch.utils.data import Dataset

from ..runs import RunError
from ..texts import read_file, read_texts

BYTES = 256
START = 256  # stands before a text, and fills its last window
SECTION = 4096  # bytes of a text that stay together


class Windows(Dataset[Tensor]):
    """Texts in windows that follow each other, so that each byte is predicted once.

    Args:
        texts: What is read.
        length: L, the bytes of a window that are predicted.
        longest: Characters of a text that are read; all of them if None.
    """

    def __init__(self, texts: Sequence[str], length: int, longest: int | None = None) -> None:
        self.texts, self.length = [text[:longest].encode() for text in texts], length
        self.windows = [
            (number, start)
            for number, text in enumerate(self.texts)
            for start in range(0, len(text), length)
        ]

    def __len__(self) -> int:
        return len(self.windows)

    def __getitem__(self, index: int) -> Tensor:
        number, start = self.windows[index]
        text = [START, *self.texts[number][max(start - 1, 0) : start + self.length]]
        return pad(text[1:] if start else text, self.length + 1)

    def split(self, shares: tuple[float, float], seed: int) -> tuple[list[int], ...]:
        """Whole texts: in a drawn order, each goes where it brings the share closer to its size."""
        generator = torch.Generator().manual_seed(seed)
        total = sum(map(len, self.texts))
        parts: list[set[int]] = [set(), set()]
        room = [share * total for share in shares]
        for number in torch.randperm(len(self.texts), generator=generator).tolist():
            size = len(self.texts[number])
            if fitting := [part for part in (0, 1) if size <= 2 * room[part]]:
                parts[fitting[0]].add(number)
                room[fitting[0]] -= size
        val, test = ([n for n, (t, _) in enumerate(self.windows) if t in p] for p in parts)
        taken = {*val, *test}
        return [n for n in range(len(self)) if n not in taken], val, test

    @staticmethod
    def from_files(root: str, about: Mapping[str, Any]) -> "Prompts":
        """The beginnings of texts: a CSV or JSONL file's column `prompt`, or else each line."""
        rows, names = read_texts(Path(root), "prompt")
        return Prompts([str(row["prompt"]) for row in rows], about["length"], names)


class Topics(Windows):
    """Topics of Python's manual, as its command `help` shows them.

    Args:
        length: As in `Windows`.
        longest: As in `Windows`.
    """

    def __init__(self, length: int, longest: int | None = None) -> None:
        super().__init__(read_topics(), length, longest)


class TextFiles(Windows):
    """Text files, in sections of some thousand bytes.

    Args:
        path: A file, or a folder whose `.txt` files are read.
        length: As in `Windows`.
        longest: Characters of a section that are read; all of them if None.
    """

    def __init__(self, path: str, length: int, longest: int | None = None) -> None:
        paths = sorted(Path(path).rglob("*.txt")) if Path(path).is_dir() else [Path(path)]
        texts = [section for file in paths for section in cut(read_file(file))]
        if not texts:
            raise RunError(f"{Path(path).absolute()} holds no text; name another file or folder")
        super().__init__(texts, length, longest)


class Prompts(Dataset[Tensor]):
    """The beginnings of texts (N,), all but the last L + 1 bytes of each cut off.

    Args:
        texts: What is to be continued.
        length: L, as in `Windows`.
        names: What each is called in predictions.
    """

    def __init__(self, texts: Sequence[str], length: int, names: Sequence[str]) -> None:
        self.texts, self.names = [[START, *text.encode()][-length - 1 :] for text in texts], names

    def __len__(self) -> int:
        return len(self.texts)

    def __getitem__(self, index: int) -> Tensor:
        return pad(self.texts[index], max(map(len, self.texts)))


def pad(text: list[int], length: int) -> Tensor:
    return torch.tensor(text + [START] * (length - len(text)))


def count_bytes(texts: Tensor) -> Tensor:
    """Padded texts (B, L) → how many of each are read (B,), a start in the first place, too."""
    return 1 + (texts[:, 1:] != START).sum(1)


def decode(text: Sequence[int]) -> str:
    return bytes(byte for byte in text if byte != START).decode(errors="replace")


def read_topics() -> list[str]:
    """Texts that share nothing: a paragraph of several topics stays in the shortest of them."""
    seen: set[str] = set()
    texts = []
    for _, topic in sorted(topics.items(), key=lambda item: (len(item[1]), item[0])):
        kept = []
        for paragraph in re.split(r"\n\s*\n", topic.strip("\n")):
            if (words := paragraph.strip()) not in seen:
                kept.append(paragraph)
            if len(words) >= 40:  # shorter ones may well be repeated
                seen.add(words)
        texts.append("\n\n".join(kept))
    return [text for text in texts if len(text) >= 200]


def cut(text: str) -> list[str]:
    """Sections of a text, which end at ends of lines."""
    sections: list[str] = []
    size = SECTION
    for line in text.splitlines(keepends=True):
        if size >= SECTION:
            sections.append("")
            size = 0
        sections[-1] += line
        size += len(line.encode())
    return sections
