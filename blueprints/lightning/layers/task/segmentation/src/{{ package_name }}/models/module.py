"""Train any network to give each pixel a class."""

import os
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy
from torch.optim import Optimizer
from torchmetrics.classification import (
    MulticlassAccuracy,
    MulticlassConfusionMatrix,
    MulticlassJaccardIndex,
)

from ..data.datasets import IGNORED, PALETTE, save_mask
from ..pictures import save_grid
from ..runs import RunError
from ..tables import write_table
from .augment import Light, move
from .training import Training
from .worst import Worst

SHOWN = 12  # items of a picture


class Segmenter(Training):
    """Cross-entropy over a network's scores of each pixel.

    Args:
        net: Images (B, C, H, W) → scores (B, K, H, W).
        optimizer: Makes the optimizer from groups of parameters.
        num_classes: K.
        scheduler: How the rate goes; a choice of `configs/model/scheduler`.
        augment: Changes training images and their masks at random.
        compile: Compile the network when training starts.
    """

    def __init__(
        self,
        net: nn.Module,
        optimizer: Callable[[Any], Optimizer],
        num_classes: int,
        scheduler: Mapping[str, Any] | None = None,
        augment: Light | None = None,
        compile: bool = False,
    ) -> None:
        metrics = {
            "miou": MulticlassJaccardIndex(num_classes, ignore_index=IGNORED),
            "accuracy": MulticlassAccuracy(num_classes, average="micro", ignore_index=IGNORED),
        }
        super().__init__(net, optimizer, scheduler, compile, metrics)
        # Plain values alone: a checkpoint that holds more is refused by `weights_only`.
        self.save_hyperparameters("num_classes", "compile")
        self.augment, self.num_classes = augment, num_classes
        self.confusion = MulticlassConfusionMatrix(num_classes, ignore_index=IGNORED)
        self.worst = Worst(SHOWN, columns=3)
        self.examples: list[Tensor] = []

    def training_step(self, batch: tuple[Tensor, Tensor]) -> Tensor:
        """Images (B, C, H, W) and masks (B, H, W)."""
        images, masks = batch
        if self.augment:
            changes = self.augment(images)
            images = move(images, changes)
            masks = move(masks.unsqueeze(1).float(), changes, "nearest").squeeze(1).long()
        loss = measure_losses(self(images), masks).mean()
        self.add_to_means(len(images), loss=loss)
        return loss

    def score(self, batch: tuple[Tensor, Tensor], stage: str) -> None:
        images, masks = batch
        scores = self(images)
        losses, found = measure_losses(scores, masks), scores.argmax(1)
        self.log_scores(stage, losses.mean(), len(images), found, masks)
        if stage == "test":
            self.confusion.update(found, masks)
            self.worst.update(losses, images, masks, found)
            self.examples = self.examples or [part[:SHOWN] for part in (images, masks, found)]

    def gather_test(self) -> tuple[Tensor, list[Tensor], list[Tensor]]:
        """True classes and what they were taken for (K, K); the worst items, and some of all."""
        results = self.confusion.compute(), self.worst.compute(), self.examples
        self.confusion.reset()
        self.worst.reset()
        self.examples = []
        return results

    def write_test(self, folder: Path, results: Any, about: Mapping[str, Any]) -> None:
        counts, worst, examples = results
        names = about.get("classes") or list(map(str, range(self.num_classes)))
        write_classes(folder / "classes.csv", names, counts)
        for name, items in (("worst", worst), ("examples", examples)):
            save_grid(folder / f"{name}.png", lay_out(*items), columns=9, enlarge=3)

    def predict_step(self, batch: tuple[Tensor, Tensor]) -> Tensor:
        """Images (B, C, H, W) and their masks → the masks (B, H, W) that are found."""
        return self(batch[0]).argmax(1).to(torch.uint8)

    def to_rows(self, outputs: Tensor, about: Mapping[str, Any]) -> list[dict[str, Any]]:
        return [{"mask": mask.numpy()} for mask in outputs.cpu()]

    def write_predictions(self, rows: Sequence[Mapping[str, Any]], path: Path) -> None:
        """Write each mask as a PNG file into a folder, in its image's size."""
        items = [Path(str(row["item"])) for row in rows]
        base = os.path.commonpath([item.parent for item in items])
        files = [path / item.relative_to(base).with_suffix(".png") for item in items]
        if twice := [file for file, count in Counter(files).items() if count > 1]:
            raise RunError(f"two images would give {twice[0]}; rename one of them")
        for file, item, row in zip(files, items, rows, strict=True):
            save_mask(file, row["mask"], item)


def measure_losses(scores: Tensor, masks: Tensor) -> Tensor:
    """Scores (B, K, H, W) and masks (B, H, W) → the mean of each item's pixels (B,)."""
    losses = cross_entropy(scores, masks, ignore_index=IGNORED, reduction="none")
    return losses.sum((1, 2)) / (masks != IGNORED).sum((1, 2)).clamp(min=1)


def write_classes(path: Path, names: Sequence[str], counts: Tensor) -> None:
    """Write each class's IoU and pixels; empty where neither masks nor predictions have it."""
    hits, pixels = counts.diag(), counts.sum(1)
    unions = pixels + counts.sum(0) - hits
    columns = zip(names, hits.tolist(), unions.tolist(), pixels.tolist(), strict=True)
    rows = ([n, f"{hit / union:.4f}" if union else "", count] for n, hit, union, count in columns)
    write_table(path, ["class", "iou", "pixels"], rows)


def lay_out(images: Tensor, masks: Tensor, found: Tensor) -> Tensor:
    """Each image (C, H, W), its mask and what was found (H, W), side by side (3N, 3, H, W)."""
    colours = torch.tensor(PALETTE).view(-1, 3) / 255
    planes = [colours[plane.cpu()].permute(0, 3, 1, 2) for plane in (masks, found)]
    return torch.stack([images.cpu().expand(-1, 3, -1, -1), *planes], dim=1).flatten(0, 1)
