"""How a network that sums up is trained, scored, and made to write."""

import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, pad
from torch.optim import Optimizer
from torchmetrics import MeanMetric, MetricCollection

from ..data.datasets import BEGIN, END, PADDING, find_words
from ..texts import gather_rows, write_jsonl, write_table
from .training import Training

SHOWN = 10  # of the best and of the worst summaries of the test


class Summariser(Training):
    """Predict the next token of a summary; write one by a search over likely continuations.

    Args:
        net: Texts (B, L), summaries (B, M) → scores (B, M, V), in two steps `encode` and `decode`.
        optimizer: Makes the optimizer from groups of parameters.
        length: Tokens of the longest summary.
        beams: How many beginnings the search follows.
        smoothing: Share of the training loss that asks for all tokens alike.
        scheduler: How the rate goes; a choice of `configs/model/scheduler`.
        compile: Compile the network when training starts.
    """

    def __init__(
        self,
        net: nn.Module,
        optimizer: Callable[[Any], Optimizer],
        length: int,
        beams: int,
        smoothing: float = 0.0,
        scheduler: Mapping[str, Any] | None = None,
        compile: bool = False,
    ) -> None:
        super().__init__(net, optimizer, scheduler, compile, {"accuracy": MeanMetric()})
        self.length, self.beams, self.smoothing = length, beams, smoothing
        scores = {"rouge_l": MeanMetric(), "lead_rouge_l": MeanMetric()}
        self.rouge = MetricCollection(dict(scores), compute_groups=False, prefix="test/")
        self.rows: list[dict[str, Any]] = []

    def training_step(self, batch: tuple[Tensor, Tensor]) -> Tensor:
        texts, summaries = batch
        scores, targets = self.net(texts, summaries[:, :-1]), summaries[:, 1:]
        loss = cross_entropy(
            scores.mT, targets, ignore_index=PADDING, label_smoothing=self.smoothing
        )
        self.add_to_means(len(texts), loss=loss)
        return loss

    def score(self, batch: tuple[Tensor, Tensor], stage: str) -> None:
        """Loss and accuracy of each next token; in the test ROUGE-L, too, beside the lead's."""
        texts, summaries = batch
        scores, targets = self.net(texts, summaries[:, :-1]), summaries[:, 1:]
        loss = cross_entropy(scores.mT, targets, ignore_index=PADDING)
        written = targets != PADDING
        accuracy = (scores.argmax(-1) == targets)[written].float().mean()
        count = int(written.sum())
        self.log_scores(stage, loss, count, accuracy, count)
        if stage == "test":
            about = self.trainer.datamodule.about  # type: ignore[attr-defined]
            rows = self.to_rows(self.predict_step(batch), about)
            for row in rows:
                row["rouge_l"] = score_rouge(row["summary"], row["true"])
                row["lead_rouge_l"] = score_rouge(find_lead(row["text"]), row["true"])
            for name in ("rouge_l", "lead_rouge_l"):
                self.rouge[name].update(torch.tensor([row[name] for row in rows]))
            self.log_dict(dict(self.rouge.items()), on_epoch=True, batch_size=len(rows))
            self.rows += rows

    def gather_test(self) -> list[dict[str, Any]]:
        """The rows of all processes, the best first."""
        rows, self.rows = gather_rows(self.rows), []
        return sorted(rows, key=lambda row: -row["rouge_l"])

    def write_test(self, folder: Path, results: Any, about: Mapping[str, Any]) -> None:
        """`summaries.csv`: the best and the worst."""
        shown = results[:SHOWN] + results[SHOWN:][-SHOWN:]
        names = ("rouge_l", "summary", "true", "text")
        rows = [{name: row[name] for name in names} for row in shown]
        rows = [row | {"rouge_l": f"{row['rouge_l']:.2f}"} for row in rows]
        write_table(rows, folder / "summaries.csv")

    def predict_step(self, batch: tuple[Tensor, Tensor]) -> tuple[Tensor, Tensor, Tensor]:
        """Texts (B, L), their summaries (B, M + 1), and those that are found (B, M)."""
        texts, summaries = batch
        return texts, summaries, search(self.net, texts, self.length, self.beams)

    def to_rows(
        self, outputs: tuple[Tensor, ...], about: Mapping[str, Any]
    ) -> list[dict[str, Any]]:
        """What `predict_step` gave → the columns of each item's row."""
        tokenizer = Tokenizer.from_str(about["tokenizer"])
        texts, true, found = (
            [text.strip() for text in tokenizer.decode_batch(tokens.tolist())] for tokens in outputs
        )
        return [
            {"text": text, "summary": summary, "true": right}
            for text, summary, right in zip(texts, found, true, strict=True)
        ]

    def write_predictions(self, rows: Sequence[Mapping[str, Any]], path: Path) -> None:
        write_jsonl(rows, path)


@torch.no_grad()
def search(net: Any, texts: Tensor, length: int, beams: int) -> Tensor:
    """Summaries (B, M) of texts (B, L): the likeliest per token of those that beams find.

    Args:
        net: As in `Summariser`.
        texts: Tokens.
        length: M.
        beams: Beginnings that are followed at a time; 1 takes the likeliest token each time.
    """
    first = torch.arange(len(texts), device=texts.device).unsqueeze(1) * beams
    memory = tuple(part.repeat_interleave(beams, 0) for part in net.encode(texts))
    tokens = torch.full((len(texts) * beams, 1), BEGIN, device=texts.device)
    sums = torch.full((len(texts), beams), -torch.inf, device=texts.device)
    sums[:, 0] = 0  # all begin alike: one is enough
    for _ in range(length):
        scores = net.decode(tokens, memory)[:, -1].float().log_softmax(-1)
        over = ((tokens == END) | (tokens == PADDING)).any(1, keepdim=True)
        free = torch.arange(scores.shape[1], device=texts.device) == PADDING
        scores = scores.masked_fill(free, -torch.inf)
        scores = torch.where(over, torch.where(free, 0.0, -torch.inf), scores)
        totals = (sums.unsqueeze(2) + scores.view(len(texts), beams, -1)).flatten(1)
        sums, best = totals.topk(beams)
        rows = (first + best // scores.shape[1]).flatten()
        tokens = torch.cat((tokens[rows], (best % scores.shape[1]).view(-1, 1)), 1)
        if over.all():
            break
    counts = (tokens != PADDING).sum(1).view_as(sums) - 1
    chosen = first.squeeze(1) + (sums / counts).argmax(1)
    return pad(tokens[chosen, 1:], (0, length + 1 - tokens.shape[1]), value=PADDING)


def find_lead(text: str) -> str:
    """The first sentence."""
    return re.split(r"(?<=[.:!?])\s", text, maxsplit=1)[0]


def score_rouge(summary: str, true: str) -> float:
    """ROUGE-L: F1 of the longest common subsequence of words, upper and lower case alike."""
    first, second = find_words(summary), find_words(true)
    lengths = [0] * (len(second) + 1)  # with the words of the first so far, and n of the second
    for word in first:
        above = 0
        for n, other in enumerate(second, 1):
            above, lengths[n] = (
                lengths[n],
                above + 1 if word == other else max(lengths[n], lengths[n - 1]),
            )
    return 2 * lengths[-1] / max(len(first) + len(second), 1)
