"""Boxes: which of them overlap, which are kept, and how well what is found fits what is true.

True boxes (M, 6) are left, top, right, bottom, class (-1: none, but padding), and 1 for a crowd.
Found boxes (N, 6) are left, top, right, bottom, class and score, the highest score first.
"""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor
from torchmetrics import Metric

MOST = 100  # boxes of a class in an image that count
RECALLS = torch.from_numpy(np.linspace(0, 1, 101))


def measure_overlap(some: Tensor, others: Tensor, crowd: Tensor | None = None) -> Tensor:
    """Boxes (N, 4) and (M, 4) → intersection over union (N, M); of a crowd (M,) over the first."""
    low = torch.maximum(some[:, None, :2], others[:, :2])
    high = torch.minimum(some[:, None, 2:4], others[:, 2:4])
    common = (high - low).clamp(min=0).prod(-1)
    first, second = (measure_areas(boxes) for boxes in (some, others))
    union = first[:, None] + second - common
    if crowd is not None:
        union = torch.where(crowd.bool(), first[:, None], union)
    return common / union.clamp(min=1e-9)


def measure_areas(boxes: Tensor) -> Tensor:
    """(…, 4 or more) → (…)."""
    return (boxes[..., 2:4] - boxes[..., :2]).clamp(min=0).prod(-1)


def suppress(boxes: Tensor, threshold: float) -> Tensor:
    """Found boxes (N, 6) without those that overlap a better one of their class: non-maximum
    suppression."""
    same = boxes[:, None, 4] == boxes[:, 4]
    rivals = (same & (measure_overlap(boxes, boxes) > threshold)).cpu().numpy()
    kept = np.ones(len(boxes), dtype=bool)
    for n in range(len(boxes)):
        if kept[n]:
            kept[n + 1 :] &= ~rivals[n, n + 1 :]
    return boxes[torch.from_numpy(kept).to(boxes.device)]


def find_boxes(
    scores: Tensor, boxes: Tensor, size: Sequence[int], min_score: float, threshold: float
) -> Tensor:
    """One image's scores (L, K) and boxes (L, 4) → what is found (N, 6), within H and W."""
    chances = scores.float().sigmoid()
    best, order = chances.flatten().sort(descending=True, stable=True)
    order = order[best >= min_score][: 3 * MOST]
    place, label = order // scores.size(1), order % scores.size(1)
    height, width = size
    limits = torch.tensor([width, height, width, height], device=boxes.device)
    corners = boxes.float()[place].clamp(min=0).minimum(limits)
    found = torch.cat([corners, label[:, None], chances.flatten()[order, None]], dim=1)
    return suppress(found, threshold)[:MOST]


class AveragePrecision(Metric):
    """The area below precision over recall, as COCO measures it at one threshold of overlap.

    Exact over several processes: what was found is joined, and counted once.

    Args:
        num_classes: K.
        threshold: How much a box must overlap a true one.
        mean: Of the classes that have true boxes; or else each class's (K,), nan for the others.
    """

    full_state_update = False
    found: list[Tensor]
    truths: Tensor

    def __init__(self, num_classes: int, threshold: float = 0.5, mean: bool = True) -> None:
        super().__init__()
        self.threshold, self.mean = threshold, mean
        self.add_state("found", [], dist_reduce_fx="cat")  # class, score, and 1 for a hit
        self.add_state("truths", torch.zeros(num_classes), dist_reduce_fx="sum")

    def update(self, found: Sequence[Tensor], boxes: Tensor) -> None:
        """Count the found boxes (N, 6) of each image, and the true ones (B, M, 6)."""
        for some, true in zip(found, boxes, strict=True):
            true = true[true[:, 4] >= 0]
            labels = true[true[:, 5] == 0, 4].long()
            self.truths += labels.bincount(minlength=len(self.truths))
            rows = [torch.zeros(0, 3, device=boxes.device)]
            for label in set(some[:, 4].tolist()):
                own = some[some[:, 4] == label]
                own = own[own[:, 5].argsort(descending=True, stable=True)][:MOST]
                hits = match(own, true[true[:, 4] == label], self.threshold)
                rows.append(torch.cat([own[:, 4:], hits[:, None]], dim=1)[hits >= 0])
            self.found.append(torch.cat(rows))

    def compute(self) -> Tensor:
        found = self.found if isinstance(self.found, Tensor) else torch.cat(self.found)
        each = [
            average_precision(found[found[:, 0] == label, 1:], int(count))
            for label, count in enumerate(self.truths.tolist())
        ]
        scores = torch.tensor(each, device=self.truths.device)
        return scores.nanmean().nan_to_num() if self.mean else scores


def match(found: Tensor, true: Tensor, threshold: float) -> Tensor:
    """Found (N, 6) and true boxes (M, 6) of one class → (N,): 1 for a hit, 0 for a miss, -1 for
    one in a crowd, which counts for nothing. The best takes first; a true box is taken once."""
    overlaps = measure_overlap(found.double(), true.double(), true[:, 5]).cpu().numpy()
    crowd = true[:, 5].cpu().numpy() == 1
    free, hits = ~crowd, np.zeros(len(found), dtype=np.float32)
    for n, row in enumerate(overlaps):
        fitting = np.where(free, row, -1)
        if fitting.max(initial=-1) >= threshold:
            free[fitting.argmax()], hits[n] = False, 1
        elif row[crowd].max(initial=-1) >= threshold:
            hits[n] = -1
    return torch.from_numpy(hits).to(found.device)


def average_precision(found: Tensor, count: int) -> float:
    """Scores and hits (N, 2) of so many true boxes → the mean precision at 101 recalls."""
    if not count:
        return float("nan")
    found = found[found[:, 1].argsort(stable=True)]  # of equal scores, misses first
    hits = found[found[:, 0].argsort(descending=True, stable=True), 1].double().cpu()
    right = hits.cumsum(0)
    precision = right / torch.arange(1, len(hits) + 1)
    best = precision.flip(0).cummax(0).values.flip(0) if len(hits) else precision
    places = torch.searchsorted(right / count, RECALLS)
    return float(torch.cat([best, torch.zeros(1)])[places].mean())
