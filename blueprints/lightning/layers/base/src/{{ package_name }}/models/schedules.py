"""Optimizer and learning rate of any model, from its config."""

import math
from collections.abc import Callable, Mapping
from typing import Any

from pytorch_lightning import LightningModule, Trainer
from torch import nn
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LambdaLR

from ..runs import RunError

PARTS = {"make", "total", "interval", "monitor", "frequency", "strict", "name"}  # of a schedule


def build_optimizer(
    model: LightningModule,
    make: Callable[[Any], Optimizer],
    schedule: Mapping[str, Any] | None,
    part: nn.Module | None = None,
) -> dict[str, Any]:
    """What Lightning's `configure_optimizers` returns.

    Args:
        model: Its biases and norms, all that has one dimension, are not decayed.
        make: Makes the optimizer from groups of parameters.
        schedule: A choice of `configs/model/scheduler`.
        part: What is trained, if not the whole model.
    """
    trained = [p for p in (part or model).parameters() if p.requires_grad]
    groups: list[dict[str, Any]] = [{"params": [p for p in trained if p.ndim > 1]}]
    groups.append({"params": [p for p in trained if p.ndim <= 1], "weight_decay": 0.0})
    optimizer = make(groups)
    if not schedule:
        return {"optimizer": optimizer}
    if not isinstance(schedule, Mapping) or schedule.keys() - PARTS:
        raise RunError("model.scheduler is not written as the files of configs/model/scheduler are")
    options = {key: value for key, value in schedule.items() if key not in ("make", "total")}
    total, interval, monitor = schedule["total"], schedule["interval"], schedule["monitor"]
    length = {total: _count(model.trainer, interval)} if total else {}
    options["scheduler"] = schedule["make"](optimizer, **length)
    if interval == "epoch" and monitor and not monitor.startswith("train"):
        # Lightning steps it after the epoch's checkpoint; a resumed run would miss that.
        options |= {"interval": "step", "frequency": _batches(model.trainer)}
    return {"optimizer": optimizer, "lr_scheduler": options}


def warmup_cosine(optimizer: Optimizer, total: int, warmup: float) -> LambdaLR:
    """Up in a line over a share of the run, then down to zero along a cosine."""
    first = round(warmup * total)

    def factor(step: int) -> float:
        if step < first:
            return (step + 1) / (first + 1)
        return (1 + math.cos(math.pi * min((step - first) / (total - first), 1))) / 2

    return LambdaLR(optimizer, factor)


def _count(trainer: Trainer, interval: str) -> int:
    """Steps or epochs of the whole run."""
    steps = trainer.estimated_stepping_batches
    if steps == math.inf:
        raise RunError(
            "the schedule needs an end: write trainer.max_epochs=20, trainer.max_steps=1000 "
            "or model/scheduler=none"
        )
    if interval == "step":
        return int(steps)
    return math.ceil(steps / math.ceil(_batches(trainer) / trainer.accumulate_grad_batches))


def _batches(trainer: Trainer) -> int:
    """Training batches of an epoch."""
    trainer.fit_loop.setup_data()  # else they are not counted yet
    return int(trainer.num_training_batches)
