"""How a network that forecasts series is trained and scored."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim import Optimizer
from torchmetrics import Metric
from torchmetrics.utilities import dim_zero_cat

from ..bands import Forecasts, write_forecasts, write_quantiles
from ..data.series import Window, repeat_season, show_time
from .training import Training


class Forecaster(Training):
    """Pinball loss over quantiles of the future.

    Args:
        net: Past (B, L) → quantiles of the future (B, H, Q).
        optimizer: Makes the optimizer from groups of parameters.
        quantiles: Q shares, in order, around 0.5; the first and the last are the band.
        naive: Steps of the season that the naive forecast repeats.
        scheduler: How the rate goes; a choice of `configs/model/scheduler`.
        compile: Compile the network when training starts.
    """

    quantiles: Tensor

    def __init__(
        self,
        net: nn.Module,
        optimizer: Callable[[Any], Optimizer],
        quantiles: Sequence[float],
        naive: int,
        scheduler: Mapping[str, Any] | None = None,
        compile: bool = False,
    ) -> None:
        scores = {"mae": mean_error, "relative_mae": relative_error, "coverage": coverage}
        metrics = {name: Ratio(score) for name, score in scores.items()}
        super().__init__(net, optimizer, scheduler, compile, metrics)
        self.naive, self.shares = naive, list(quantiles)
        self.register_buffer("quantiles", torch.tensor(self.shares), persistent=False)
        self.tested = Collected()

    def training_step(self, batch: Window) -> Tensor:
        loss = self.loss(self(batch.past), batch)
        self.add_to_means(len(batch.past), loss=loss)
        return loss

    def loss(self, forecast: Tensor, batch: Window) -> Tensor:
        """Twice the pinball loss () of quantiles (B, H, Q), by each series' scale."""
        error = batch.future.unsqueeze(-1) - forecast
        pinball = torch.maximum(self.quantiles * error, (self.quantiles - 1) * error).mean(-1)
        known = ~batch.future.isnan()
        return 2 * (pinball / batch.scale[:, None])[known].sum() / known.sum().clamp(min=1)

    def score(self, batch: Window, stage: str) -> None:
        forecast = self(batch.past)
        naive = repeat_season(batch.past, self.naive, batch.future.size(1))
        loss = self.loss(forecast, batch)
        self.log_scores(stage, loss, len(batch.past), forecast, batch.future, naive)
        if stage == "test":
            self.tested.update(forecast, batch, naive)

    def gather_test(self) -> Forecasts:
        values, where = (state.cpu().numpy() for state in self.tested.compute())
        self.tested.reset()
        return Forecasts(values[..., :-2], values[..., -2], values[..., -1], where)

    def write_test(self, folder: Path, results: Any, about: Mapping[str, Any]) -> None:
        data = self.trainer.datamodule.test.dataset  # type: ignore[attr-defined]
        write_forecasts(folder, results, data.series)

    def predict_step(self, batch: Window) -> tuple[Tensor, Window]:
        return self(batch.past), batch

    def to_rows(
        self, outputs: tuple[Tensor, Window], about: Mapping[str, Any]
    ) -> list[dict[str, Any]]:
        """What `predict_step` gave → a row for each window, with lists over the horizon."""
        forecasts, batch = outputs
        columns = zip(batch.times.tolist(), forecasts.tolist(), batch.future.tolist(), strict=True)
        return [
            {"time": [show_time(time) for time in times]}
            | {f"q{q:g}": [v[k] for v in values] for k, q in enumerate(self.shares)}
            | {"true": ["" if value != value else value for value in future]}
            for times, values, future in columns
        ]

    def write_predictions(self, rows: list[dict[str, Any]], path: Path) -> None:
        write_quantiles(rows, path)


class Ratio(Metric):
    """A sum over all values by another, of those that are known.

    Args:
        score: Quantiles (N, Q), true and naive values (N,) → what is summed up (N,), twice.
    """

    above: Tensor
    below: Tensor

    def __init__(self, score: Callable[[Tensor, Tensor, Tensor], tuple[Tensor, Tensor]]) -> None:
        super().__init__()
        self.score = score
        for name in ("above", "below"):
            self.add_state(name, torch.zeros((), dtype=torch.float64), dist_reduce_fx="sum")

    def update(self, forecast: Tensor, future: Tensor, naive: Tensor) -> None:
        """Quantiles (B, H, Q), true values and the naive forecast (B, H)."""
        known = ~future.isnan()
        above, below = self.score(forecast[known], future[known], naive[known])
        self.above += above.double().sum()
        self.below += below.double().sum()

    def compute(self) -> Tensor:
        return (self.above / self.below).float()


class Collected(Metric):
    """The tested windows, from all processes."""

    values: list[Tensor]
    where: list[Tensor]

    def __init__(self) -> None:
        super().__init__(compute_on_cpu=True)
        for name in ("values", "where"):
            self.add_state(name, [], dist_reduce_fx="cat")

    def update(self, forecast: Tensor, batch: Window, naive: Tensor) -> None:
        self.values.append(torch.cat([forecast, batch.future[..., None], naive[..., None]], -1))
        self.where.append(torch.cat([batch.series[:, None], batch.times[:, :1]], -1))

    def compute(self) -> tuple[Tensor, Tensor]:
        """Quantiles, true and naive values (N, H, Q + 2), and series and first time (N, 2)."""
        return dim_zero_cat(self.values), dim_zero_cat(self.where)


def mean_error(forecast: Tensor, future: Tensor, naive: Tensor) -> tuple[Tensor, Tensor]:
    error = (median(forecast) - future).abs()
    return error, torch.ones_like(error)


def relative_error(forecast: Tensor, future: Tensor, naive: Tensor) -> tuple[Tensor, Tensor]:
    """By that of the seasonal naive forecast."""
    return (median(forecast) - future).abs(), (naive - future).abs()


def coverage(forecast: Tensor, future: Tensor, naive: Tensor) -> tuple[Tensor, Tensor]:
    """Share of the true values that are in the band."""
    inside = (forecast[..., 0] <= future) & (future <= forecast[..., -1])
    return inside, torch.ones_like(inside)


def median(forecast: Tensor) -> Tensor:
    """Quantiles (…, Q) → the middle one (…)."""
    return forecast[..., forecast.size(-1) // 2]
