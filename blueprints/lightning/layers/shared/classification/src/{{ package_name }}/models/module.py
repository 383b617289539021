"""How a classifier is trained, whatever its network."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Literal

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy
from torch.optim import Optimizer
from torchmetrics.classification import (
    MulticlassAccuracy,
    MulticlassConfusionMatrix,
    MulticlassF1Score,
)

from ..confusion import write_confusion
from .training import Training
from .worst import Worst

WORST = 20  # test items that are shown


class Classifier(Training):
    """Cross-entropy over a network's class scores.

    Args:
        net: Inputs (B, …) → scores (B, K).
        optimizer: Makes the optimizer from groups of parameters.
        num_classes: K.
        scheduler: How the rate goes; a choice of `configs/model/scheduler`.
        class_weights: In the training loss: `balanced` by how rare the classes are, or none.
        augment: Changes the inputs (B, …) of training at random.
        compile: Compile the network when training starts.
    """

    def __init__(
        self,
        net: nn.Module,
        optimizer: Callable[[Any], Optimizer],
        num_classes: int,
        scheduler: Mapping[str, Any] | None = None,
        class_weights: Literal["balanced"] | None = None,
        augment: nn.Module | None = None,
        compile: bool = False,
    ) -> None:
        metrics = {
            "accuracy": MulticlassAccuracy(num_classes, average="micro"),
            "f1_macro": MulticlassF1Score(num_classes, average="macro"),
        }
        super().__init__(net, optimizer, scheduler, compile, metrics)
        # Plain values alone: a checkpoint that holds more is refused by `weights_only`.
        self.save_hyperparameters("num_classes", "compile")
        self.augment = augment
        self.num_classes, self.class_weights = num_classes, class_weights
        self.register_buffer("weights", None, persistent=False)
        self.confusion, self.worst = MulticlassConfusionMatrix(num_classes), Worst(WORST)

    def setup(self, stage: str) -> None:
        if stage == "fit" and self.class_weights == "balanced":
            train = self.trainer.datamodule.train  # type: ignore[attr-defined]
            labels = torch.tensor(train.dataset.labels)[train.indices]
            counts = labels.bincount(minlength=self.num_classes).clamp(min=1)
            self.weights = len(labels) / (self.num_classes * counts)

    def training_step(self, batch: tuple[Tensor, Tensor]) -> Tensor:
        inputs, labels = batch
        scores = self(self.augment(inputs) if self.augment else inputs)
        loss = cross_entropy(scores, labels, self.weights)
        accuracy = (scores.argmax(-1) == labels).float().mean()
        self.add_to_means(len(labels), loss=loss, accuracy=accuracy)
        return loss

    def score(self, batch: tuple[Tensor, Tensor], stage: str) -> None:
        """Inputs (B, …) and labels (B,)."""
        inputs, labels = batch
        scores = self(inputs)
        losses = cross_entropy(scores, labels, reduction="none")
        self.log_scores(stage, losses.mean(), len(labels), scores, labels)
        if stage == "test":
            self.confusion.update(scores, labels)
            self.worst.update(losses, inputs, labels, scores.argmax(-1))

    def gather_test(self) -> Any:
        """What the classes were taken for (K, K), and the columns of the worst items."""
        results = self.confusion.compute().tolist(), self.worst.compute()
        self.confusion.reset()
        self.worst.reset()
        return results

    def write_test(self, folder: Path, results: Any, about: Mapping[str, Any]) -> None:
        (counts, (_, inputs, *labels)), names = results, self._names(about)
        write_confusion(folder, names, counts)
        dataset = self.trainer.datamodule.test.dataset  # type: ignore[attr-defined]
        if hasattr(dataset, "draw"):
            dataset.draw(folder, inputs.cpu(), *([names[k] for k in row] for row in labels))

    def predict_step(self, batch: tuple[Tensor, Tensor]) -> tuple[Tensor, Tensor]:
        """Inputs and labels (-1: unknown) → probabilities (B, K) and the labels (B,)."""
        inputs, labels = batch
        return self(inputs).softmax(-1), labels

    def to_rows(
        self, outputs: tuple[Tensor, Tensor], about: Mapping[str, Any]
    ) -> list[dict[str, Any]]:
        """What `predict_step` gave → the columns of each item's row, with each class's last."""
        names, rows = [*self._names(about), ""], []
        for shares, true in zip(outputs[0].tolist(), outputs[1].tolist(), strict=True):
            best = max(shares)
            row = {"predicted": names[shares.index(best)], "probability": best, "true": names[true]}
            rows.append(row | {f"p_{name}": p for name, p in zip(names, shares, strict=False)})
        return rows

    def _names(self, about: Mapping[str, Any]) -> list[str]:
        return about.get("classes") or [str(label) for label in range(self.num_classes)]
