"""How a network learns amounts or classes from a table, and is judged."""

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, mse_loss
from torch.optim import Optimizer
from torchmetrics import MeanAbsoluteError, MeanSquaredError, Metric, R2Score
from torchmetrics.classification import MulticlassAccuracy, MulticlassAUROC, MulticlassF1Score

from ..confusion import write_confusion
from ..judges import boost, draw_pairs, rank_columns, write_importance, write_rows
from .training import Training

Batch = tuple[Tensor, Tensor, Tensor]
SHOWN = 1000  # items of a picture


class TableModel(Training):
    """Squared error of an amount, or cross-entropy of classes.

    The data scale an amount: its mean is 0, and its standard deviation 1.

    Args:
        net: Numbers (B, F) and categories (B, C) → outputs (B, K).
        optimizer: Makes the optimizer from groups of parameters.
        outputs: K: 1 for an amount, else the number of classes.
        scheduler: How the rate goes; a choice of `configs/model/scheduler`.
        baseline: Test gradient boosting beside it.
        importance: Test items by which the columns' importance is measured.
        compile: Compile the network when training starts.
    """

    def __init__(
        self,
        net: nn.Module,
        optimizer: Callable[[Any], Optimizer],
        outputs: int,
        scheduler: Mapping[str, Any] | None = None,
        baseline: bool = True,
        importance: int = 1000,
        compile: bool = False,
    ) -> None:
        metrics = choose_metrics(outputs)
        super().__init__(net, optimizer, scheduler, compile, metrics)
        self.amounts, self.main = outputs == 1, next(iter(metrics))
        self.baseline, self.importance = baseline, importance

    def forward(self, inputs: Sequence[Tensor]) -> Tensor:
        """(B, F) and (B, C) → (B, K)."""
        return self.net(*inputs)

    def training_step(self, batch: Batch) -> Tensor:
        *inputs, targets = batch
        loss = self.loss(self(inputs), targets)
        self.add_to_means(len(targets), loss=loss)
        return loss

    def score(self, batch: Batch, stage: str) -> None:
        *inputs, targets = batch
        outputs = self(inputs)
        scored = self.in_units(outputs, targets)
        self.log_scores(stage, self.loss(outputs, targets), len(targets), *scored)

    def loss(self, outputs: Tensor, targets: Tensor) -> Tensor:
        """(B, K) and (B,) → ()."""
        if self.amounts:
            return mse_loss(outputs.squeeze(-1), targets)
        return cross_entropy(outputs, targets)

    def in_units(self, outputs: Tensor, targets: Tensor) -> tuple[Tensor, Tensor]:
        """As metrics take them: amounts (B,) in the target's unit from its mean on, or scores."""
        if not self.amounts:
            return outputs.float(), targets
        about = self.trainer.datamodule.about  # type: ignore[attr-defined]
        unit = about["target"]["sd"]
        return outputs.float().squeeze(-1) * unit, targets * unit

    def on_train_start(self) -> None:
        """Write down which types were found."""
        if self.trainer.is_global_zero:
            about = self.trainer.datamodule.about  # type: ignore[attr-defined]
            target, *columns = (json.dumps(c) for c in (about["target"], *about["columns"]))
            text = f'{{"target": {target},\n"columns": [\n' + ",\n".join(columns) + "]}\n"
            Path(self.trainer.default_root_dir, "columns.json").write_text(text, "utf-8")

    def write_test(self, folder: Path, results: Any, about: Mapping[str, Any]) -> None:
        data: Any = self.trainer.datamodule  # type: ignore[attr-defined]
        table, rows = data.train.dataset, list(data.test.indices)
        *inputs, targets = table.__getitems__(rows)
        found = {type(self.net).__name__: (outputs := self.compute(inputs))}
        if self.baseline:
            found["gradient boosting"] = boost(table, data.train.indices, inputs)
        scores = [{"model": n} | self.judge(found[n], targets) for n in found]
        write_rows(folder / "baseline.csv", [list(scores[0]), *(list(s.values()) for s in scores)])
        if self.importance:
            some = slice(None, None, -(-len(rows) // self.importance))
            inputs, kept = [values[some] for values in inputs], targets[some]
            losses = rank_columns(
                table.used, inputs, lambda some: self.judge(self.compute(some), kept)[self.main]
            )
            write_importance(folder, losses, self.main)
        self.draw(folder, outputs, targets, about)

    def draw(
        self, folder: Path, outputs: Tensor, targets: Tensor, about: Mapping[str, Any]
    ) -> None:
        """What was predicted of (N,) targets by outputs (N, K)."""
        if self.amounts:
            mean, sd = about["target"]["mean"], about["target"]["sd"]
            pairs = torch.stack([targets, outputs.squeeze(-1)], -1)[:: -(-len(targets) // SHOWN)]
            picture = draw_pairs((pairs * sd + mean).tolist(), about["target"]["name"])
            (folder / "predicted.svg").write_text(picture, "utf-8")
        else:
            k = outputs.shape[-1]
            counts = (targets * k + outputs.argmax(-1)).bincount(minlength=k * k).view(k, k)
            write_confusion(folder, about["classes"], counts.tolist())

    def compute(self, inputs: list[Tensor]) -> Tensor:
        """The outputs (N, K) of any number of rows, on the CPU."""
        found = []
        for first in range(0, len(inputs[0]), 1024):
            some = [values[first : first + 1024].to(self.device) for values in inputs]
            found.append(self(some).float().cpu())
        return torch.cat(found)

    def judge(self, outputs: Tensor, targets: Tensor) -> dict[str, float]:
        """Each metric's value; the main one's first."""
        pair = self.in_units(outputs, targets)
        return {n: float(metric(*pair)) for n, metric in choose_metrics(outputs.shape[-1]).items()}

    def predict_step(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """Scaled amounts, or probabilities (B, K), and the targets (B,): NaN or -1 if unknown."""
        *inputs, targets = batch
        outputs = self(inputs).float()
        return (outputs.squeeze(-1) if self.amounts else outputs.softmax(-1)), targets

    def to_rows(
        self, outputs: tuple[Tensor, Tensor], about: Mapping[str, Any]
    ) -> list[dict[str, Any]]:
        """What `predict_step` gave → the columns of each item's row."""
        target = about["target"]
        if self.amounts:
            columns = [(v.double() * target["sd"] + target["mean"]).tolist() for v in outputs]
            pairs = zip(*columns, strict=True)
            return [{"predicted": show(amount), "true": show(true)} for amount, true in pairs]
        classes = [*target["classes"], ""]
        rows = []
        for row, true in zip(outputs[0].tolist(), outputs[1].tolist(), strict=True):
            best = max(row)
            shares = {f"p_{name}": p for name, p in zip(target["classes"], row, strict=True)}
            predicted = {"predicted": classes[row.index(best)], "probability": best}
            rows.append(predicted | {"true": classes[true]} | shares)
        return rows


def show(amount: float) -> float | str:
    """As exact as 32 bits are; nothing where it is unknown."""
    return "" if amount != amount else float(f"{amount:.6g}")


def choose_metrics(outputs: int) -> dict[str, Metric]:
    """Metrics of an amount or of classes, the main one first."""
    if outputs == 1:
        rmse = MeanSquaredError(squared=False)
        return {"r2": R2Score(), "rmse": rmse, "mae": MeanAbsoluteError()}
    metrics: dict[str, Metric] = {
        "accuracy": MulticlassAccuracy(outputs, average="micro"),
        "f1_macro": MulticlassF1Score(outputs, average="macro"),
    }
    return metrics | ({"auroc": MulticlassAUROC(2)} if outputs == 2 else {})
