"""How a classifier is trained, whatever its network."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Literal, cast

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy
from torch.optim import Optimizer
from torchmetrics import MeanMetric, MetricCollection
from torchmetrics.classification import (
    MulticlassAccuracy,
    MulticlassConfusionMatrix,
    MulticlassF1Score,
)

from ..confusion import write_confusion
from .means import TrainingMeans
from .schedules import build_optimizer

STAGES = ("val", "test")


class Classifier(TrainingMeans):
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
        super().__init__()
        # Plain values alone: a checkpoint that holds more is refused by `weights_only`.
        self.save_hyperparameters("num_classes", "compile")
        self.net, self.augment = net, augment
        self.optimizer = optimizer
        self.scheduler = scheduler
        self.num_classes, self.class_weights = num_classes, class_weights
        self.register_buffer("weights", None, persistent=False)
        scores = MetricCollection(
            {
                "accuracy": MulticlassAccuracy(num_classes, average="micro"),
                "f1_macro": MulticlassF1Score(num_classes, average="macro"),
            }
        )
        self.metrics = nn.ModuleDict({stage: scores.clone(f"{stage}/") for stage in STAGES})
        self.confusion = MulticlassConfusionMatrix(num_classes)
        # Lightning's mean is inexact where processes have unlike shares.
        self.losses = nn.ModuleDict({"val": MeanMetric(), "test": MeanMetric()})
        if compile:
            self.net.compile()  # in place: the names in checkpoints stay as they are

    def forward(self, inputs: Tensor) -> Tensor:
        """(B, …) → (B, K)."""
        return self.net(inputs)

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

    def validation_step(self, batch: tuple[Tensor, Tensor]) -> None:
        self._step(batch, "val")

    def test_step(self, batch: tuple[Tensor, Tensor]) -> None:
        self._step(batch, "test")

    def on_test_epoch_end(self) -> None:
        """Write the test of a training into its folder; `eval` leaves a run as it is."""
        counts = self.confusion.compute().tolist()  # of all processes
        self.confusion.reset()
        about = getattr(self.trainer.datamodule, "about", {})  # type: ignore[attr-defined]
        names = about.get("classes") or [str(label) for label in range(self.num_classes)]
        if self.trainer.is_global_zero and self.trainer.global_step:
            write_confusion(Path(self.trainer.default_root_dir), names, counts)

    def predict_step(self, batch: tuple[Tensor, Tensor]) -> tuple[Tensor, Tensor]:
        """Inputs and labels (-1: unknown) → probabilities (B, K) and the labels (B,)."""
        inputs, labels = batch
        return self(inputs).softmax(-1), labels

    def to_rows(
        self, outputs: tuple[Tensor, Tensor], about: Mapping[str, Any]
    ) -> list[dict[str, Any]]:
        """What `predict_step` gave → the columns of each item's row."""
        names = [*(about.get("classes") or map(str, range(self.num_classes))), ""]
        best = outputs[0].max(-1)
        columns = (best.indices.tolist(), best.values.tolist(), outputs[1].tolist())
        return [
            {"predicted": names[label], "probability": p, "true": names[true]}
            for label, p, true in zip(*columns, strict=True)
        ]

    def configure_optimizers(self) -> Any:
        return build_optimizer(self, self.optimizer, self.scheduler)

    def _step(self, batch: tuple[Tensor, Tensor], stage: str) -> None:
        """Log the metrics of inputs (B, …) and labels (B,)."""
        inputs, labels = batch
        scores = self(inputs)
        loss = cross_entropy(scores, labels)
        metrics = cast(MetricCollection, self.metrics[stage])
        metrics.update(scores, labels)
        mean = cast(MeanMetric, self.losses[stage])
        mean.update(loss, len(labels))
        if stage == "test":
            self.confusion.update(scores, labels)
        values: dict[str, Any] = {f"{stage}/loss": mean, **dict(metrics.items())}
        self.log_dict(values, on_epoch=True, batch_size=len(labels), sync_dist=True, prog_bar=True)
