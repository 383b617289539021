"""Train any network to find objects in boxes."""

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits
from torch.optim import Optimizer

from ..drawing import draw_boxes
from ..pictures import save_grid
from ..tables import write_table
from .augment import Light, move
from .boxes import AveragePrecision, find_boxes, measure_areas
from .net import make_places
from .training import Training
from .worst import Worst

SHOWN = 12  # items of a picture
SURE = 0.3  # score from which on a box is drawn
NEAR = 1.5  # strides from the middle of a box: places that far find it
REACH = 8  # strides from a place to the farthest side of its box, at most
OTHER = -1  # the class of a place where nothing is
UNSURE = -2  # that of one in a crowd, which counts for nothing
Batch = tuple[Tensor, Tensor, Tensor]


class Detector(Training):
    """Focal loss over a network's classes at each place, and how well the boxes fit.

    Args:
        net: Images (B, C, H, W) → scores (B, L, K) and boxes (B, L, 4), with its `levels`.
        optimizer: Makes the optimizer from groups of parameters.
        num_classes: K.
        scheduler: How the rate goes; a choice of `configs/model/scheduler`.
        augment: Changes training images and their boxes at random.
        compile: Compile the network when training starts.
        min_score: Of boxes that are found.
        max_overlap: Of two boxes that are found, of one class.
    """

    def __init__(
        self,
        net: nn.Module,
        optimizer: Callable[[Any], Optimizer],
        num_classes: int,
        scheduler: Mapping[str, Any] | None = None,
        augment: Light | None = None,
        compile: bool = False,
        min_score: float = 0.05,
        max_overlap: float = 0.5,
    ) -> None:
        metrics = {"ap50": AveragePrecision(num_classes)}
        super().__init__(net, optimizer, scheduler, compile, metrics)
        # Plain values alone: a checkpoint that holds more is refused by `weights_only`.
        self.save_hyperparameters("num_classes", "compile", "min_score", "max_overlap")
        self.augment, self.num_classes = augment, num_classes
        self.min_score, self.max_overlap = min_score, max_overlap
        self.classes = AveragePrecision(num_classes, mean=False)
        self.worst = Worst(SHOWN, columns=3)
        self.examples: list[Tensor] = []

    def training_step(self, batch: Batch) -> Tensor:
        images, boxes, _ = batch
        if self.augment:
            changes = self.augment(images)
            images, boxes = move(images, changes), move_boxes(boxes, changes, images.shape[-2:])
        scores, found = self(images)
        loss = self.measure_losses(scores, found, boxes, images.shape[-2:]).mean()
        self.add_to_means(len(images), loss=loss)
        return loss

    def measure_losses(
        self, scores: Tensor, boxes: Tensor, true: Tensor, size: Sequence[int]
    ) -> Tensor:
        """Scores (B, L, K), boxes (B, L, 4) and true boxes (B, M, 6) → (B,)."""
        levels: Any = self.net.levels
        scores, boxes = scores.float(), boxes.float()
        labels, chosen = assign(true, *make_places(list(size), levels, scores.device))
        positive = labels >= 0
        wanted = (labels[..., None] == torch.arange(self.num_classes, device=labels.device)).float()
        focal = (focal_loss(scores, wanted).sum(-1) * (labels != UNSURE)).sum(-1)
        fit = ((1 - generalized_overlap(boxes, chosen)) * positive).sum(-1)
        return (focal + fit) / positive.sum(-1).clamp(min=1)

    def score(self, batch: Batch, stage: str) -> None:
        images, boxes, _ = batch
        size = images.shape[-2:]
        scores, places = self(images)
        losses = self.measure_losses(scores, places, boxes, size)
        found = self.find((scores, places), size)
        self.log_scores(stage, losses.mean(), len(images), found, boxes)
        if stage == "test":
            self.classes.update(found, boxes)
            items = [images, choose_drawn(boxes), choose_drawn(found, SURE)]
            self.worst.update(losses, *items)
            self.examples = self.examples or [part[:SHOWN] for part in items]

    def find(self, outputs: tuple[Tensor, Tensor], size: Sequence[int]) -> list[Tensor]:
        """Scores (B, L, K) and boxes (B, L, 4) → what is found in each image (N, 6)."""
        return [
            find_boxes(*pair, size, self.min_score, self.max_overlap)
            for pair in zip(*outputs, strict=True)
        ]

    def gather_test(self) -> tuple[list[float], list[Tensor], list[Tensor]]:
        """Each class's precision, nan where it has none; the worst items, and some of all."""
        results = self.classes.compute().view(-1).tolist(), self.worst.compute(), self.examples
        self.classes.reset()
        self.worst.reset()
        self.examples = []
        return results

    def write_test(self, folder: Path, results: Any, about: Mapping[str, Any]) -> None:
        precisions, worst, examples = results
        names = self._names(about)
        columns = zip(names, precisions, strict=True)
        rows = ([name, f"{value:.4f}" if value == value else ""] for name, value in columns)
        write_table(folder / "classes.csv", ["class", "ap50"], rows)
        for name, items in (("worst", worst), ("examples", examples)):
            pictures = lay_out(names, *items)
            save_grid(folder / f"{name}.png", pictures, columns=6, enlarge=1)

    def predict_step(self, batch: Batch) -> tuple[list[Tensor], Tensor]:
        """Images (B, C, H, W), boxes and origins → what is found in each (N, 6), as large as the
        image was; and the images' numbers (B,)."""
        images, _, origins = batch
        height, width = images.shape[-2:]
        resized = torch.tensor([width, height], device=images.device)
        scales = (origins[:, 1:] / resized).repeat(1, 2)
        found = self.find(self(images), (height, width))
        for boxes, scale in zip(found, scales, strict=True):
            boxes[:, :4] *= scale
        return found, origins[:, 0]

    def to_rows(
        self, outputs: tuple[list[Tensor], Tensor], about: Mapping[str, Any]
    ) -> list[dict[str, Any]]:
        """The boxes of each image, in COCO's words."""
        numbers = about.get("category_ids") or range(self.num_classes)
        names = self._names(about)
        rows = []
        for found, image in zip(outputs[0], outputs[1].tolist(), strict=True):
            boxes = []
            for *corners, label, score in found.tolist():
                left, top, right, bottom = (round(place, 2) for place in corners)
                box = [left, top, round(right - left, 2), round(bottom - top, 2)]
                kind = {"category_id": numbers[int(label)], "category": names[int(label)]}
                boxes.append({"image_id": image, **kind, "bbox": box, "score": round(score, 4)})
            rows.append({"boxes": boxes})
        return rows

    def write_predictions(self, rows: Sequence[Mapping[str, Any]], path: Path) -> None:
        """Write a JSON file of COCO's form for results, with the names of items and classes."""
        found = [{"item": row["item"], **box} for row in rows for box in row["boxes"]]
        path.write_text(json.dumps(found, indent=1), "utf-8")

    def _names(self, about: Mapping[str, Any]) -> list[str]:
        return list(about.get("classes") or map(str, range(self.num_classes)))


def assign(true: Tensor, places: Tensor, strides: Tensor) -> tuple[Tensor, Tensor]:
    """Which true box each place shall find: the smallest of those that it is near the middle of.

    Args:
        true: (B, M, 6).
        places: (L, 2).
        strides: (L, 1).

    Returns:
        Classes (B, L), `OTHER` and `UNSURE` among them; and boxes (B, L, 4).
    """
    none = true.new_tensor([[[0, 0, 0, 0, OTHER, 0]]]).expand(len(true), -1, -1)
    true = torch.cat([none, true], dim=1)
    low, high = true[:, None, :, :2], true[:, None, :, 2:4]
    at, stride = places[:, None], strides[:, None]  # (L, 1, 2) and (L, 1, 1)
    sides = torch.cat([at - low, high - at], dim=-1)  # (B, L, M, 4)
    farthest = sides.amax(-1)  # (B, L, M)
    least = torch.where(strides == strides.min(), 0, REACH / 2 * strides)
    most = torch.where(strides == strides.max(), torch.inf, REACH * strides)
    inside = (sides.amin(-1) > 0) & (true[:, None, :, 4] >= 0)
    near = ((at - (low + high) / 2).abs() < NEAR * stride).all(-1)
    crowd = true[:, None, :, 5] == 1
    suited = inside & near & ~crowd & (least < farthest) & (farthest <= most)
    areas = measure_areas(true)[:, None].masked_fill(~suited, torch.inf)
    areas[..., 0] = 1e9  # where none is suited
    best = areas.argmin(-1)
    chosen = true.gather(1, best[..., None].expand(-1, -1, 6))
    labels = chosen[..., 4].long()
    labels[(labels == OTHER) & (inside & crowd).any(-1)] = UNSURE
    return labels, chosen[..., :4]


def focal_loss(scores: Tensor, wanted: Tensor) -> Tensor:
    """Scores and answers (…) → cross-entropies (…), small where the answer is clear already."""
    losses = binary_cross_entropy_with_logits(scores, wanted, reduction="none")
    weights = torch.where(wanted == 1, 0.25, 0.75)
    return weights * (1 - torch.exp(-losses)) ** 2 * losses


def generalized_overlap(some: Tensor, others: Tensor) -> Tensor:
    """Boxes (…, 4) and (…, 4) → intersection over union, less the empty share of the box around
    both: from -1 to 1 (…)."""
    low, high = some[..., :2], some[..., 2:]
    others_low, others_high = others[..., :2], others[..., 2:]
    inner = torch.maximum(low, others_low), torch.minimum(high, others_high)
    outer = torch.minimum(low, others_low), torch.maximum(high, others_high)
    common, whole = (measure_areas(torch.cat(corners, dim=-1)) for corners in (inner, outer))
    union = (measure_areas(some) + measure_areas(others) - common).clamp(min=1e-6)
    whole = whole.clamp(min=1e-6)
    return common / union - (whole - union) / whole


def move_boxes(boxes: Tensor, changes: Tensor, size: Sequence[int]) -> Tensor:
    """Boxes (B, M, 6) by the changes (B, 2, 3) of their images of H and W; -1 is the class of those
    that left the image."""
    sides = boxes.new_tensor([size[1], size[0]])
    corners = boxes[..., :4].reshape(*boxes.shape[:2], 2, 2)  # (B, M, 2, 2): two corners, x and y
    mirror = torch.stack([changes[:, 0, 0], changes[:, 1, 1]], dim=-1)[:, None, None]
    shift = changes[:, None, None, :, 2]
    moved = ((2 * corners / sides - 1 - shift) * mirror + 1) / 2 * sides
    low, high = moved.amin(2).clamp(min=0), moved.amax(2).minimum(sides)
    gone = ((high - low) < 1).any(-1)
    labels = boxes[..., 4].masked_fill(gone, -1)
    return torch.cat([low, high, labels[..., None], boxes[..., 5:]], dim=-1)


def choose_drawn(boxes: Sequence[Tensor] | Tensor, min_score: float = -1) -> Tensor:
    """The first boxes of each image (N, 6) → (B, 50, 6), padded with the class -1."""
    shown = torch.full((len(boxes), 50, 6), -1.0, device=boxes[0].device)
    for room, some in zip(shown, boxes, strict=True):
        sure = some[some[:, 5] >= min_score][:50]
        room[: len(sure)] = sure
    return shown


def lay_out(names: Sequence[str], images: Tensor, true: Tensor, found: Tensor) -> Tensor:
    """Each image (C, H, W) with its true boxes, and with those that were found (2N, 3, H, W)."""
    pairs = zip(images.cpu(), true.cpu(), found.cpu(), strict=True)
    return torch.stack(
        [draw_boxes(image, boxes, names) for image, *both in pairs for boxes in both]
    )
