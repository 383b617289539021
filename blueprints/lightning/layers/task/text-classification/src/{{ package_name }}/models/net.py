"""Networks in plain PyTorch: texts as bytes (B, L) → class scores (B, K)."""

import torch
from torch import Tensor, nn

from ..data.datasets import PADDING


class ByteCnn(nn.Module):
    """Convolutions over embedded bytes, and the largest value of each feature.

    Args:
        num_classes: K.
        width: Features of each layer; a byte has a quarter of them.
        depth: How many convolutions follow the first, each beside its input.
        dropout: Share of the features that are dropped before the classifier.
        masked: Share of the bytes that are hidden in training, others each time.
    """

    def __init__(
        self, num_classes: int, width: int, depth: int, dropout: float, masked: float
    ) -> None:
        super().__init__()
        self.masked = masked
        self.embedding = nn.Embedding(PADDING + 1, width // 4, padding_idx=PADDING)
        self.first = _convolution(width // 4, width, kernel_size=7, stride=2)
        self.layers = nn.ModuleList(_convolution(width, width, 5) for _ in range(depth))
        self.classifier = nn.Sequential(nn.Dropout(dropout), nn.Linear(width, num_classes))

    def forward(self, texts: Tensor) -> Tensor:
        """(B, L) → (B, K)."""
        if self.training:
            hidden = torch.rand(texts.shape, device=texts.device) < self.masked
            texts = texts.masked_fill(hidden, PADDING)
        features = self.first(self.embedding(texts).mT)  # (B, width, L / 2)
        for layer in self.layers:
            features = features + layer(features)
        unread = find_unread(texts[:, ::2]).unsqueeze(1)
        return self.classifier(features.masked_fill(unread, -1e4).amax(-1))


class Transformer(nn.Module):
    """An encoder over embedded bytes, four of which make a token, and the mean of its outputs.

    Args:
        num_classes: K.
        length: L; a multiple of four.
        width: Features of a token.
        depth: Layers of the encoder.
        heads: Heads of attention in a layer.
        dropout: Share of the features that are dropped in a layer.
    """

    def __init__(
        self, num_classes: int, length: int, width: int, depth: int, heads: int, dropout: float
    ) -> None:
        super().__init__()
        self.embedding = nn.Embedding(PADDING + 1, width, padding_idx=PADDING)
        self.tokens = nn.Conv1d(width, width, kernel_size=8, stride=4, padding=2)
        self.places = nn.Parameter(0.02 * torch.randn(length // 4, width))
        layer = nn.TransformerEncoderLayer(
            width, heads, 4 * width, dropout, "gelu", batch_first=True, norm_first=True
        )
        self.encoder = nn.TransformerEncoder(layer, depth, enable_nested_tensor=False)
        self.classifier = nn.Sequential(nn.LayerNorm(width), nn.Linear(width, num_classes))

    def forward(self, texts: Tensor) -> Tensor:
        """(B, L) → (B, K)."""
        tokens = self.tokens(self.embedding(texts).mT).mT + self.places  # (B, L / 4, width)
        unread = find_unread(texts[:, ::4])
        features = self.encoder(tokens, src_key_padding_mask=unread)
        read = (~unread).unsqueeze(-1)
        return self.classifier((features * read).sum(1) / read.sum(1))


def find_unread(texts: Tensor) -> Tensor:
    """Bytes (B, L) → True where padding is (B, L), but never in the first place."""
    unread = texts == PADDING
    unread[:, 0] = False
    return unread


def _convolution(inputs: int, outputs: int, kernel_size: int, stride: int = 1) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv1d(inputs, outputs, kernel_size, stride, padding=kernel_size // 2),
        nn.BatchNorm1d(outputs),
        nn.ReLU(),
    )
