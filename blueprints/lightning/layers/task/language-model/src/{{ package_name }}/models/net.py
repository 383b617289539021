"""Networks in plain PyTorch: bytes of texts (B, L) → scores of the byte after each (B, L, 256)."""

from functools import partial

import torch
from torch import Tensor, nn
from torch.nn.functional import linear, scaled_dot_product_attention, silu

from ..data.datasets import BYTES, START

HEAD = 32  # features of a head of attention, where the width allows it
Past = tuple[Tensor, Tensor]  # keys and values (B, heads, L, HEAD) of the bytes so far
Linear = partial(nn.Linear, bias=False)


class Transformer(nn.Module):
    """A decoder. The scores are products with the embeddings: one table serves both ends.

    Args:
        length: L in training, and how far a byte looks back when texts are written.
        width: Features of a byte.
        depth: How many blocks there are.
        dropout: Share of the features that are dropped at the start and in each block.
    """

    def __init__(self, length: int, width: int, depth: int, dropout: float) -> None:
        super().__init__()
        self.embedding = make_embedding(width)
        self.dropout = nn.Dropout(dropout)
        self.blocks = nn.ModuleList(Block(length, width, dropout) for _ in range(depth))
        self.norm = nn.RMSNorm(width)

    def forward(self, texts: Tensor) -> Tensor:
        """(B, L) → (B, L, 256)."""
        return self.read(texts)[0]

    def read(self, texts: Tensor, past: list[Past] | None = None) -> tuple[Tensor, list[Past]]:
        """Scores of the beginnings of texts (B, L), or of their next byte (B, 1) with the past."""
        features, now = self.dropout(self.embedding(texts)), []
        for number, block in enumerate(self.blocks):
            features, read = block(features, past[number] if past else None)
            now.append(read)
        return linear(self.norm(features), self.embedding.weight[:BYTES]), now


class Block(nn.Module):
    """Attention, then a gated layer for each byte; both are added to their inputs."""

    def __init__(self, length: int, width: int, dropout: float) -> None:
        super().__init__()
        self.norm1, self.attention = nn.RMSNorm(width), Attention(length, width)
        inner = 8 * width // 3  # three layers of it have as many weights as two of 4 * width
        self.norm2, self.down = nn.RMSNorm(width), Linear(inner, width)
        self.gate, self.up = Linear(width, inner), Linear(width, inner)
        self.dropout = nn.Dropout(dropout)
        for last in (self.attention.mix, self.down):
            nn.init.normal_(last.weight, std=0.01)  # a new block hardly changes its input

    def forward(self, inputs: Tensor, past: Past | None) -> tuple[Tensor, Past]:
        """(B, L, width) → (B, L, width)."""
        mixed, now = self.attention(self.norm1(inputs), past)
        inputs = inputs + self.dropout(mixed)
        normed = self.norm2(inputs)
        changes = self.down(silu(self.gate(normed)) * self.up(normed))
        return inputs + self.dropout(changes), now


class Attention(nn.Module):
    """Each byte looks at those before it, and knows their distances by rotations (RoPE)."""

    def __init__(self, length: int, width: int) -> None:
        super().__init__()
        self.length, self.head = length, min(HEAD, width)
        self.parts, self.mix = Linear(width, 3 * width), Linear(width, width)

    def forward(self, inputs: Tensor, past: Past | None) -> tuple[Tensor, Past]:
        """(B, L, width) → (B, L, width)."""
        parts = self.parts(inputs).unflatten(-1, (3, -1, self.head))
        query, key, value = parts.permute(2, 0, 3, 1, 4)  # each (B, heads, L, HEAD)
        start = past[0].shape[2] if past else 0
        query, key = rotate(query, start), rotate(key, start)
        if past:
            key, value = torch.cat((past[0], key), 2), torch.cat((past[1], value), 2)
            near = key[:, :, -self.length :], value[:, :, -self.length :]
            mixed = scaled_dot_product_attention(query, *near)
        else:
            mixed = scaled_dot_product_attention(query, key, value, is_causal=True)
        return self.mix(mixed.transpose(1, 2).flatten(2)), (key, value)


def rotate(features: Tensor, start: int) -> Tensor:
    """Turn pairs of features (…, L, HEAD) by angles that grow with the place, from `start` on."""
    length, head = features.shape[-2:]
    pairs = torch.arange(0, head, 2, device=features.device) / head
    places = torch.arange(start, start + length, device=features.device)
    angles = places.unsqueeze(1) * 10_000.0**-pairs  # (L, HEAD / 2)
    cos, sin = angles.cos().to(features.dtype), angles.sin().to(features.dtype)
    first, second = features.chunk(2, -1)
    return torch.cat((first * cos - second * sin, first * sin + second * cos), -1)


class Gru(nn.Module):
    """A recurrent network. The scores are products with the embeddings, as above.

    Args:
        length: L; no matter here.
        width: Features of a byte.
        depth: How many layers there are.
        dropout: Share of the features that are dropped before and after each layer.
    """

    def __init__(self, length: int, width: int, depth: int, dropout: float) -> None:
        super().__init__()
        self.embedding, self.dropout = make_embedding(width), nn.Dropout(dropout)
        between = dropout if depth > 1 else 0.0
        self.layers = nn.GRU(width, width, depth, batch_first=True, dropout=between)

    def forward(self, texts: Tensor) -> Tensor:
        """(B, L) → (B, L, 256)."""
        return self.read(texts)[0]

    def read(self, texts: Tensor, past: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Scores of the beginnings of texts (B, L), or of what follows (B, L) with the past."""
        features, now = self.layers(self.dropout(self.embedding(texts)), past)
        return linear(self.dropout(features), self.embedding.weight[:BYTES]), now


def make_embedding(width: int) -> nn.Embedding:
    """Features of each byte and of the start; their products have the size of one."""
    embedding = nn.Embedding(START + 1, width)
    nn.init.normal_(embedding.weight, std=width**-0.5)
    return embedding
