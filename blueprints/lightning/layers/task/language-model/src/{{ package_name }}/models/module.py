"""How a language model is trained, scored, and made to write."""

import math
from collections.abc import Callable, Mapping, Sequence
from heapq import nlargest
from pathlib import Path
from typing import Any
from zlib import crc32

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, pad
from torch.optim import Optimizer
from torchmetrics import MeanMetric

from ..data.datasets import START, count_bytes, decode
from ..texts import gather_rows, write_jsonl, write_table
from .training import Training

WORST, SAMPLES = 10, 5  # windows of the test that are written down, and that are continued


class LanguageModel(Training):
    """Predict the next byte of a text; write texts by predicting again and again.

    Args:
        net: Bytes (B, L) → scores of the next ones (B, L, 256); its `read` goes on from a past.
        optimizer: Makes the optimizer from groups of parameters.
        sampling: How texts are continued; the options of `generate`.
        scheduler: How the rate goes; a choice of `configs/model/scheduler`.
        compile: Compile the network when training starts.
    """

    def __init__(
        self,
        net: nn.Module,
        optimizer: Callable[[Any], Optimizer],
        sampling: Mapping[str, Any],
        scheduler: Mapping[str, Any] | None = None,
        compile: bool = False,
    ) -> None:
        super().__init__(net, optimizer, scheduler, compile, {"bits": MeanMetric()})
        self.sampling = sampling
        self.worst: list[tuple[float, int, str]] = []  # bits and characters of a window, and it

    def training_step(self, batch: Tensor) -> Tensor:
        loss = self.losses_of(batch).sum() / (batch[:, 1:] != START).sum()
        self.add_to_means(len(batch), loss=loss)
        return loss

    def losses_of(self, batch: Tensor) -> Tensor:
        """Windows (B, L + 1) → the losses of all bytes but the first (B, L); 0 of padding."""
        scores, targets = self(batch[:, :-1]), batch[:, 1:]
        return cross_entropy(scores.mT, targets, ignore_index=START, reduction="none")

    def score(self, batch: Tensor, stage: str) -> None:
        """The loss is that of a byte; the bits are those of a character, which may have several."""
        losses, targets = self.losses_of(batch), batch[:, 1:]
        bits = losses.sum(1) / math.log(2)
        # In UTF-8, all bytes of a character but the first begin with the bits 10.
        characters = ((targets != START) & (targets & 0xC0 != 0x80)).sum(1).clamp(min=1)
        count = int((targets != START).sum())
        total = characters.sum()
        self.log_scores(stage, losses.sum() / count, count, bits.sum() / total, total)
        if stage == "test":
            texts = map(decode, targets.tolist())
            found = zip(bits.tolist(), characters.tolist(), texts, strict=True)
            self.worst = nlargest(WORST, [*self.worst, *found])

    def gather_test(self) -> list[tuple[float, int, str]]:
        """The windows of all processes that cost the most bits."""
        worst, self.worst = nlargest(WORST, gather_rows(self.worst)), []
        return worst

    def write_test(self, folder: Path, results: Any, about: Mapping[str, Any]) -> None:
        """`worst.csv`, and `texts.txt` with test windows whose second half the model writes."""
        rows = [{"bits": f"{bits / count:.2f}", "text": text} for bits, count, text in results]
        write_table(rows, folder / "worst.csv")
        test = self.trainer.datamodule.test  # type: ignore[attr-defined]
        windows = [test[n].tolist() for n in range(0, len(test), math.ceil(len(test) / SAMPLES))]
        halves = [(w[: len(w) // 2], w[len(w) // 2 :]) for w in windows]
        begun = torch.tensor([first for first, _ in halves], device=self.device)
        written = generate(self.net, begun, **self.sampling).tolist()
        parts = (
            f"=== text\n{decode(first)}\n=== as it goes on\n{decode(second)}\n"
            f"=== as the model goes on\n{decode(new)}\n"
            for (first, second), new in zip(halves, written, strict=True)
        )
        (folder / "texts.txt").write_text("\n\n".join(parts), "utf-8")

    def predict_step(self, batch: Tensor) -> tuple[Tensor, Tensor]:
        """The beginnings of texts (B, N), padded → these, and what follows (B, length)."""
        return batch, generate(self.net, batch, **self.sampling)

    def to_rows(
        self, outputs: tuple[Tensor, Tensor], about: Mapping[str, Any]
    ) -> list[dict[str, Any]]:
        """What `predict_step` gave → the columns of each item's row."""
        texts = [map(decode, part.tolist()) for part in outputs]
        return [{"prompt": begun, "text": new} for begun, new in zip(*texts, strict=True)]

    def write_predictions(self, rows: Sequence[Mapping[str, Any]], path: Path) -> None:
        """JSON lines; or the whole texts, if the file is a `.txt`."""
        if path.suffix == ".txt":
            texts = (f"{row['prompt']}{row['text']}\n" for row in rows)
            path.write_text("\n".join(texts), encoding="utf-8")
        else:
            write_jsonl(rows, path)


@torch.no_grad()
def generate(
    net: Any, texts: Tensor, length: int, top_k: int, temperature: float, seed: int
) -> Tensor:
    """Continue texts (B, N), padded at the end, by so many bytes (B, length).

    A text's bytes depend on it and the seed alone, not on the others of its batch.

    Args:
        net: As in `LanguageModel`.
        texts: Bytes.
        length: How many are written.
        top_k: Draw one of so many likeliest bytes; 1 takes the likeliest.
        temperature: Below 1 the likely ones are drawn more often, above 1 less.
        seed: Another one, other texts.
    """
    counts = count_bytes(texts)
    first, last = int(counts.min()), int(counts.max())
    texts = pad(texts[:, :last], (0, length), value=START)
    draws = torch.stack([_draw(row, texts.shape[1], seed) for row in texts.cpu()]).to(texts.device)
    scores, past = net.read(texts[:, :first])
    for place in range(first, last + length):  # the shortest text is over, others may go on
        new = choose(scores[:, -1], draws[:, place], top_k, temperature)
        texts[:, place] = torch.where(place < counts, texts[:, place], new)
        scores, past = net.read(texts[:, place : place + 1], past)
    places = counts.unsqueeze(1) + torch.arange(length, device=texts.device)
    return texts.gather(1, places)


def choose(scores: Tensor, draws: Tensor, top_k: int, temperature: float) -> Tensor:
    """Scores (B, 256) and numbers from 0 to 1 (B,) → bytes (B,)."""
    best, found = scores.float().topk(top_k)
    sums = (best / temperature).softmax(-1).cumsum(-1)
    place = (sums < draws.unsqueeze(1)).sum(1, keepdim=True).clamp(max=top_k - 1)
    return found.gather(1, place).squeeze(1)


def _draw(text: Tensor, count: int, seed: int) -> Tensor:
    """Numbers from 0 to 1 (count,), by the seed and a text (N,), whatever its padding."""
    key = crc32(bytes(text[text != START].tolist()))
    return torch.rand(count, generator=torch.Generator().manual_seed(seed + key))
