"""Networks in plain PyTorch: a row's numbers (B, F) and categories (B, C) → outputs (B, K)."""

import torch
from torch import Tensor, nn
from torch.nn.functional import scaled_dot_product_attention


class Mlp(nn.Module):
    """Layers beside their inputs, over all numbers and embedded categories of a row.

    Args:
        numbers: F.
        categories: C.
        values: How many values all categories have together.
        outputs: K.
        width: Features of each layer; a category has an eighth of them.
        depth: How many layers follow the first.
        dropout: Share of the features that are dropped in a layer.
        masked: Share of the values that are hidden in training, others each time.
    """

    def __init__(
        self,
        numbers: int,
        categories: int,
        values: int,
        outputs: int,
        width: int,
        depth: int,
        dropout: float,
        masked: float = 0.0,
    ) -> None:
        super().__init__()
        self.masked = masked
        self.embedding = embed(values, width // 8)
        self.first = nn.Linear(numbers + categories * (width // 8), width)
        self.layers = nn.ModuleList(widen(width, dropout) for _ in range(depth))
        self.head = nn.Sequential(nn.LayerNorm(width), nn.GELU(), nn.Linear(width, outputs))

    def forward(self, numbers: Tensor, categories: Tensor) -> Tensor:
        """(B, F) and (B, C) → (B, K)."""
        if self.training and self.masked:
            numbers, categories = hide(numbers, self.masked), hide(categories, self.masked)
        if self.embedding:
            embedded = self.embedding(categories).flatten(1)  # (B, C * width / 8)
            numbers = torch.cat([numbers, embedded], -1)
        features = self.first(numbers)
        for layer in self.layers:
            features = features + layer(features)
        return self.head(features)


class FtTransformer(nn.Module):
    """An encoder in which each number and each category is a token; an own token is the answer.

    Args:
        numbers: F.
        categories: C.
        values: How many values all categories have together.
        outputs: K.
        width: Features of a token.
        depth: Layers of the encoder.
        heads: Heads of attention in a layer.
        dropout: Share of the features that are dropped in a layer.
        masked: Share of the values that are hidden in training, others each time.
    """

    def __init__(
        self,
        numbers: int,
        categories: int,
        values: int,
        outputs: int,
        width: int,
        depth: int,
        heads: int,
        dropout: float,
        masked: float = 0.0,
    ) -> None:
        super().__init__()
        self.masked = masked
        self.embedding = embed(values, width)
        self.weights = nn.Parameter(torch.randn(numbers, width) / 4) if numbers else None
        self.places = nn.Parameter(torch.randn(1 + numbers + categories, width) / 4)
        self.layers = nn.ModuleList(Layer(width, heads, dropout) for _ in range(depth))
        self.head = nn.Sequential(nn.LayerNorm(width), nn.GELU(), nn.Linear(width, outputs))

    def forward(self, numbers: Tensor, categories: Tensor) -> Tensor:
        """(B, F) and (B, C) → (B, K)."""
        if self.training and self.masked:
            numbers, categories = hide(numbers, self.masked), hide(categories, self.masked)
        tokens = [torch.zeros_like(self.places[:1]).expand(numbers.shape[0], 1, -1)]
        if self.weights is not None:
            tokens.append(numbers.unsqueeze(-1) * self.weights)  # (B, F, width)
        if self.embedding:
            tokens.append(self.embedding(categories))  # (B, C, width)
        features = torch.cat(tokens, 1) + self.places  # (B, 1 + F + C, width)
        for layer in self.layers:
            features = layer(features)
        return self.head(features[:, 0])


class Layer(nn.Module):
    """Attention and two linear maps, each beside its input."""

    def __init__(self, width: int, heads: int, dropout: float) -> None:
        super().__init__()
        self.heads = heads
        self.norm = nn.LayerNorm(width)
        self.queries = nn.Linear(width, 3 * width)  # and keys and values
        self.out = nn.Linear(width, width)
        self.wide = widen(width, dropout)

    def forward(self, tokens: Tensor) -> Tensor:
        """(B, T, width) → the same."""
        parts = self.queries(self.norm(tokens)).chunk(3, -1)
        heads = (part.unflatten(-1, (self.heads, -1)).transpose(1, 2) for part in parts)
        mixed = scaled_dot_product_attention(*heads)  # (B, heads, T, width / heads)
        tokens = tokens + self.out(mixed.transpose(1, 2).flatten(2))
        return tokens + self.wide(tokens)


def widen(width: int, dropout: float) -> nn.Sequential:
    """Two linear maps, to stand beside their input (…, width); at first they add nothing to it."""
    last = nn.Linear(2 * width, width)
    nn.init.zeros_(last.weight)  # for calm first steps
    nn.init.zeros_(last.bias)
    norm, first = nn.LayerNorm(width), nn.Linear(width, 2 * width)
    return nn.Sequential(norm, first, nn.GELU(), nn.Dropout(dropout), last)


def embed(values: int, size: int) -> nn.Embedding | None:
    """Of all categories in one; 0, for what is not known, stays zero."""
    return nn.Embedding(values + 1, size, padding_idx=0) if values else None


def hide(values: Tensor, share: float) -> Tensor:
    """Make a share of a tensor 0, as for values that are missing or not known."""
    return values.masked_fill(torch.rand(values.shape, device=values.device) < share, 0)
