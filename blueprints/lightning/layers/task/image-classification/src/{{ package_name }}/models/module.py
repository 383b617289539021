"""How a classifier is trained, whatever its network."""

import math
from collections.abc import Callable, Iterable
from typing import Any, cast

from pytorch_lightning import LightningModule
from torch import Tensor, nn
from torch.nn.functional import cross_entropy
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler
from torchmetrics import MeanMetric, Metric
from torchmetrics.classification import MulticlassAccuracy

from ..runs import RunError


class Classifier(LightningModule):
    """Cross-entropy over a network's class scores.

    Args:
        net: (B, C, H, W) → (B, K).
        optimizer: Makes the optimizer from the parameters.
        scheduler: Makes a scheduler from the optimizer and the number of its steps.
        num_classes: K.
        compile: Compile the network when training starts.
    """

    def __init__(
        self,
        net: nn.Module,
        optimizer: Callable[[Iterable[nn.Parameter]], Optimizer],
        scheduler: Callable[[Optimizer, int], LRScheduler] | None,
        num_classes: int,
        compile: bool = False,
    ) -> None:
        super().__init__()
        # Plain values alone: a checkpoint that holds more is refused by `weights_only`.
        self.save_hyperparameters("num_classes", "compile")
        self.net = net
        self.optimizer = optimizer
        self.scheduler = scheduler
        self.accuracy = nn.ModuleDict(
            {
                stage: MulticlassAccuracy(num_classes, average="micro")
                for stage in ("train_", "val_", "test_")  # `train` is a method of modules
            }
        )
        self.test_loss = MeanMetric()  # Lightning's mean is inexact if processes have unlike shares
        if compile:
            self.net.compile()  # in place: the names in checkpoints stay as they are

    def forward(self, images: Tensor) -> Tensor:
        """(B, C, H, W) → (B, K)."""
        return self.net(images)

    def training_step(self, batch: tuple[Tensor, Tensor]) -> Tensor:
        return self._step(batch, "train")

    def validation_step(self, batch: tuple[Tensor, Tensor]) -> None:
        self._step(batch, "val")

    def test_step(self, batch: tuple[Tensor, Tensor]) -> None:
        self._step(batch, "test")

    def predict_step(self, batch: tuple[Tensor, Tensor]) -> Tensor:
        """Images and what is to be ignored → probabilities (B, K)."""
        return self(batch[0]).softmax(-1)

    def configure_optimizers(self) -> Any:
        optimizer = self.optimizer(self.parameters())
        if self.scheduler is None:
            return optimizer
        steps = self.trainer.estimated_stepping_batches
        if steps == math.inf:
            raise RunError(
                "the schedule needs an end: write trainer.max_epochs=20, trainer.max_steps=1000 "
                "or model.scheduler=null"
            )
        scheduler = self.scheduler(optimizer, int(steps))
        return {
            "optimizer": optimizer,
            "lr_scheduler": {"scheduler": scheduler, "interval": "step"},
        }

    def _step(self, batch: tuple[Tensor, Tensor], stage: str) -> Tensor:
        """(B, C, H, W) and labels (B,) → mean loss ()."""
        images, labels = batch
        scores = self(images)
        loss = cross_entropy(scores, labels)
        accuracy = cast(Metric, self.accuracy[f"{stage}_"])
        accuracy(scores, labels)
        if stage == "test":
            self.test_loss(loss, len(labels))
        values: dict[str, Metric | Tensor | int | float] = {
            f"{stage}/loss": self.test_loss if stage == "test" else loss,
            f"{stage}/accuracy": accuracy,
        }
        self.log_dict(values, on_step=False, on_epoch=True, batch_size=len(labels), sync_dist=True)
        return loss
