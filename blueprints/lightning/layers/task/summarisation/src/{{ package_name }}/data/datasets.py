"""Datasets: an item is a text as tokens (L,), and its summary as tokens (M + 1,)."""

import ast
import json
import os
import re
import sys
import sysconfig
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from torch import Tensor
from torch.utils.data import Dataset

from ..texts import read_rows, read_texts, write_jsonl

PADDING, BEGIN, END = range(3)  # the first tokens of each vocabulary
PACKAGES = ("numpy", "pytorch-lightning", "torch", "torchmetrics")
Item = tuple[Tensor, Tensor]


class Pairs(Dataset[Item]):
    """Texts and their summaries.

    Args:
        texts: What is read.
        summaries: What is written; empty where it is unknown.
        length: L; longer texts are cut.
        summary_length: M, with the token that ends it; longer summaries are cut.
        vocabulary: How many tokens there are at most.
        count: How many pairs are used, spread over all; all of them if None.
    """

    def __init__(
        self,
        texts: Sequence[str],
        summaries: Sequence[str],
        length: int,
        summary_length: int,
        vocabulary: int = 0,
        count: int | None = None,
    ) -> None:
        step = max(len(texts) // count, 1) if count else 1
        self.texts, self.summaries = texts[::step][:count], summaries[::step][:count]
        self.length, self.summary_length, self.vocabulary = length, summary_length, vocabulary

    def fit(self, indices: Sequence[int]) -> None:
        """Find the tokens of these texts and summaries: the pieces of words that are frequent."""
        texts = [text for n in indices for text in (self.texts[n][:1000], self.summaries[n])]
        self.use(train_tokenizer(texts, self.vocabulary).to_str())

    def use(self, tokenizer: str) -> None:
        self.about, self.tokenizer = {"tokenizer": tokenizer}, Tokenizer.from_str(tokenizer)
        self.num_tokens = self.tokenizer.get_vocab_size()

    def __len__(self) -> int:
        return len(self.texts)

    def __getitem__(self, index: int) -> Item:
        text, summary = self.texts[index], self.summaries[index]
        read = self.tokenizer.encode(text[: 20 * self.length]).ids[: self.length]
        written = self.tokenizer.encode(summary).ids[: self.summary_length - 1]
        return pad(read, self.length), pad([BEGIN, *written, END], self.summary_length + 1)

    @staticmethod
    def from_files(root: str, about: Mapping[str, Any]) -> "Pairs":
        """The texts of a file: a CSV or JSONL file's column `text`, or else each line."""
        rows, names = read_texts(Path(root), "text")
        summaries = [str(row.get("summary") or "") for row in rows]
        texts = [clean(str(row["text"])) for row in rows]
        pairs = Pairs(texts, summaries, about["length"], about["summary_length"])
        pairs.use(about["tokenizer"])
        pairs.names = names
        return pairs

    names: list[str] | None = None  # what items are called in predictions


class Docstrings(Pairs):
    """Docstrings of the standard library and of installed packages; the first line sums up."""

    def __init__(self, **options: Any) -> None:
        rows = read_docstrings()
        super().__init__([r["text"] for r in rows], [r["summary"] for r in rows], **options)


class PairFile(Pairs):
    """The rows of a JSONL or CSV file, with the columns `text` and `summary`.

    Args:
        path: The file.
        options: As of `Pairs`.
    """

    def __init__(self, path: str, **options: Any) -> None:
        rows = keep_unlike(read_rows(Path(path), "text", "summary"))
        super().__init__([r["text"] for r in rows], [r["summary"] for r in rows], **options)


def train_tokenizer(texts: Sequence[str], size: int) -> Tokenizer:
    """Byte-pair encoding, from bytes on, so that no text is unknown."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=True)
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=size,
        special_tokens=["<padding>", "<begin>", "<end>"],
        initial_alphabet=alphabet,
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    return tokenizer


def pad(tokens: list[int], length: int) -> Tensor:
    return torch.tensor(tokens + [PADDING] * (length - len(tokens)))


def clean(text: str) -> str:
    return " ".join(text.split())


def find_words(text: str) -> list[str]:
    return re.findall(r"\w+", text.lower())


def keep_unlike(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, str]]:
    """Pairs whose summary and beginning of the text no pair before has, in the same words."""
    kept: list[dict[str, str]] = []
    seen: set[str] = set()
    for row in rows:
        text, summary = clean(str(row["text"])), clean(str(row["summary"]))
        keys = {" ".join(find_words(summary)), "text " + " ".join(find_words(text))[:80]}
        if not keys & seen:
            kept.append({"text": text, "summary": summary})
        seen |= keys
    return kept


@cache
def read_docstrings() -> list[dict[str, str]]:
    """Pairs of the installed versions; read once, which takes some seconds, and kept in a file."""
    versions = [f"{name}{version(name)}" for name in PACKAGES]
    name = "-".join([f"docstrings-python{sys.version_info[0]}.{sys.version_info[1]}", *versions])
    home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    file = home / str(__package__).partition(".")[0] / f"{name}.jsonl"
    if not file.is_file():
        file.parent.mkdir(parents=True, exist_ok=True)
        part = file.with_suffix(f".{os.getpid()}")
        write_jsonl(keep_unlike([*find_docstrings()]), part)
        part.replace(file)
    return [json.loads(line) for line in file.read_text("utf-8").splitlines()]


def find_docstrings() -> Iterator[dict[str, str]]:
    """First lines, and what follows them, of docstrings that have enough of both."""
    for path in find_sources():
        try:
            nodes = ast.walk(ast.parse(path.read_text("utf-8")))
        except (SyntaxError, UnicodeDecodeError):
            continue
        for node in nodes:
            if not isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef):
                continue
            summary, _, text = (ast.get_docstring(node) or "").partition("\n\n")
            if 3 <= len(summary.split()) <= 20 <= len(text.split()):
                yield {"text": text, "summary": summary}


def find_sources() -> Iterator[Path]:
    """The files of the standard library and of what this project needs, without tests."""
    roots = [Path(sysconfig.get_path("stdlib"))]
    for name in PACKAGES:
        spec = find_spec(name.replace("-", "_"))
        roots += map(Path, spec.submodule_search_locations or [] if spec else [])
    skipped = {"site-packages", "dist-packages", "test", "tests", "idlelib", "lib2to3"}
    for root in roots:
        for path in sorted(root.rglob("*.py")):
            if not skipped & {*path.relative_to(root).parts}:
                yield path
