"""How any network is trained; a task's module adds its loss, and how it is scored."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, cast

from torch import Tensor, nn
from torch.optim import Optimizer
from torchmetrics import MeanMetric, Metric, MetricCollection

from .means import TrainingMeans
from .schedules import build_optimizer

STAGES = ("val", "test")


class Training(TrainingMeans):
    """Train a network and score it; a subclass has `training_step` and `score`.

    Args:
        net: What is trained.
        optimizer: Makes the optimizer from groups of parameters.
        scheduler: How the rate goes; a choice of `configs/model/scheduler`.
        compile: Compile the network when training starts.
        metrics: How outputs are scored, by name.
    """

    def __init__(
        self,
        net: nn.Module,
        optimizer: Callable[[Any], Optimizer],
        scheduler: Mapping[str, Any] | None = None,
        compile: bool = False,
        metrics: Mapping[str, Metric] | None = None,
    ) -> None:
        super().__init__()
        self.net, self.optimizer, self.scheduler = net, optimizer, scheduler
        scores = MetricCollection(dict(metrics or {}))
        self.metrics = nn.ModuleDict({stage: scores.clone(f"{stage}/") for stage in STAGES})
        # Lightning's mean is inexact where processes have unlike shares.
        self.losses = nn.ModuleDict({stage: MeanMetric() for stage in STAGES})
        if compile:
            self.net.compile()  # in place: the names in checkpoints stay as they are

    def forward(self, inputs: Any) -> Any:
        return self.net(inputs)

    def score(self, batch: Any, stage: str) -> None:
        """Log what `log_scores` takes of a batch, in the stage `val` or `test`."""
        raise NotImplementedError

    def log_scores(self, stage: str, loss: Tensor, count: int, *outputs: Any) -> None:
        """Log the loss () and the metrics of so many items, when the epoch ends.

        Args:
            stage: `val` or `test`.
            loss: The mean of these items.
            count: How many they are.
            outputs: What each metric's `update` takes.
        """
        metrics = cast(MetricCollection, self.metrics[stage])
        if len(metrics):
            metrics.update(*outputs)
        mean = cast(MeanMetric, self.losses[stage])
        mean.update(loss, count)
        values: dict[str, Any] = {f"{stage}/loss": mean, **dict(metrics.items())}
        self.log_dict(values, on_epoch=True, batch_size=count, sync_dist=True, prog_bar=True)

    def validation_step(self, batch: Any) -> None:
        self.score(batch, "val")

    def test_step(self, batch: Any) -> None:
        self.score(batch, "test")

    def on_test_epoch_end(self) -> None:
        """Write the test of a training into its folder; `eval` leaves a run as it is."""
        results = self.gather_test()
        if self.trainer.is_global_zero and self.trainer.global_step:
            about = getattr(self.trainer.datamodule, "about", {})  # type: ignore[attr-defined]
            self.write_test(Path(self.trainer.default_root_dir), results, about)

    def gather_test(self) -> Any:
        """What `write_test` needs of all processes; each of them is asked, after each test."""

    def write_test(self, folder: Path, results: Any, about: Mapping[str, Any]) -> None:
        """Write tables (`.csv`), pictures (`.png`, `.svg`) and texts (`.txt`) of a test.

        Args:
            folder: The run's.
            results: What `gather_test` gave.
            about: What the data module knows of its data.
        """

    def configure_optimizers(self) -> Any:
        return build_optimizer(self, self.optimizer, self.scheduler)
