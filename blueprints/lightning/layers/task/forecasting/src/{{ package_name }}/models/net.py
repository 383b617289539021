"""Networks in plain PyTorch: the past of series (B, L) → quantiles of their future (B, H, Q)."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from ..data.series import repeat_season


class NBeats(nn.Module):
    """Blocks of layers: each takes what it explains from the past, and adds it to the forecast.

    Args:
        length: L.
        horizon: H.
        period: P, steps of a season.
        quantiles: Q shares.
        width: Units of a layer.
        depth: Number of blocks.
        dropout: Share of the units that are dropped in a block.
    """

    def __init__(
        self,
        length: int,
        horizon: int,
        period: int,
        quantiles: Sequence[float],
        width: int,
        depth: int,
        dropout: float,
    ) -> None:
        super().__init__()
        self.period, self.shape = period, (horizon, len(quantiles))
        self.sizes = (length, horizon * len(quantiles))
        self.blocks = nn.ModuleList(
            nn.Sequential(
                nn.Linear(self.sizes[0], width),
                nn.ReLU(),
                nn.Linear(width, width),
                nn.ReLU(),
                nn.Dropout(dropout),
                nn.Linear(width, sum(self.sizes)),
            )
            for _ in range(depth)
        )

    def forward(self, past: Tensor) -> Tensor:
        """(B, L) → (B, H, Q)."""
        rest, scale = standardise(past, self.period)
        future = past.new_zeros(len(past), self.sizes[1])
        for block in self.blocks:
            explained, more = block(rest).split(self.sizes, dim=1)
            rest, future = rest - explained, future + more
        return to_quantiles(future.view(-1, *self.shape), past, self.period, scale)


class Patches(nn.Module):
    """A Transformer over patches of the past, and one linear layer to the future.

    Args:
        length: L.
        horizon: H.
        period: P, steps of a season.
        quantiles: Q shares.
        patch: Steps of a patch; the past's first steps are left out where it is no multiple.
        width: Features of a patch.
        depth: Layers of the Transformer.
        heads: Heads of attention in a layer.
        dropout: Share of the features that are dropped.
    """

    def __init__(
        self,
        length: int,
        horizon: int,
        period: int,
        quantiles: Sequence[float],
        patch: int,
        width: int,
        depth: int,
        heads: int,
        dropout: float,
    ) -> None:
        super().__init__()
        self.period, self.patch, self.shape = period, patch, (horizon, len(quantiles))
        count = length // patch
        self.embedding = nn.Linear(patch, width)
        self.places = nn.Parameter(0.02 * torch.randn(count, width))
        layer = nn.TransformerEncoderLayer(
            width, heads, 2 * width, dropout, "gelu", batch_first=True, norm_first=True
        )
        self.encoder = nn.TransformerEncoder(layer, depth, enable_nested_tensor=False)
        self.head = nn.Sequential(
            nn.Flatten(),
            nn.Dropout(dropout),
            nn.Linear(count * width, horizon * len(quantiles)),
        )

    def forward(self, past: Tensor) -> Tensor:
        """(B, L) → (B, H, Q)."""
        values, scale = standardise(past, self.period)
        count = values.size(1) // self.patch
        patches = values[:, -count * self.patch :].view(-1, count, self.patch)
        features = self.encoder(self.embedding(patches) + self.places)  # (B, count, width)
        changes = self.head(features).view(-1, *self.shape)
        return to_quantiles(changes, past, self.period, scale)


def standardise(past: Tensor, period: int) -> tuple[Tensor, Tensor]:
    """What networks see of values (B, L), whatever their unit.

    Returns:
        (B, L): L - P changes since a season before, by the mean change; then the last season, from
        its last value, by the past's spread. And the mean change (B, 1).
    """
    season = (past[:, -period:] - past[:, -1:]) / (past.std(1, keepdim=True) + 1e-5)
    changes = past[:, period:] - past[:, :-period]
    scale = changes.abs().mean(1, keepdim=True) + 1e-5
    return torch.cat([changes / scale, season], dim=1), scale


def to_quantiles(values: Tensor, past: Tensor, period: int, scale: Tensor) -> Tensor:
    """Changes to come (B, H, Q), by the mean change → quantiles, in order so that none cross."""
    season = repeat_season(past, period, values.size(1))
    return season.unsqueeze(-1) + scale.unsqueeze(-1) * values.sort(dim=-1).values
