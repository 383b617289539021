"""Networks in plain PyTorch: texts (B, L) and beginnings of summaries (B, M) → scores (B, M, V)."""

import torch
from torch import Tensor, nn
from torch.nn.functional import linear

from ..data.datasets import PADDING

HEAD = 32  # features of a head of attention, where the width allows it
Memory = tuple[Tensor, Tensor]  # a text's features (B, L, width), and where it has none (B, L)


class Transformer(nn.Module):
    """An encoder and a decoder. One table of embeddings serves both, and the scores.

    Args:
        num_tokens: V.
        length: The longest L and M.
        width: Features of a token.
        depth: Layers of the encoder, and of the decoder.
        dropout: Share of the features that are dropped in a layer.
    """

    def __init__(
        self, num_tokens: int, length: int, width: int, depth: int, dropout: float
    ) -> None:
        super().__init__()
        self.embedding = make_embedding(num_tokens, width)
        self.places = nn.Parameter(0.02 * torch.randn(length, width))
        options = (width, max(width // HEAD, 1), 2 * width, dropout, "gelu")
        layer = nn.TransformerEncoderLayer(*options, batch_first=True, norm_first=True)
        self.encoder = nn.TransformerEncoder(
            layer, depth, nn.LayerNorm(width), enable_nested_tensor=False
        )
        back = nn.TransformerDecoderLayer(*options, batch_first=True, norm_first=True)
        self.decoder = nn.TransformerDecoder(back, depth, nn.LayerNorm(width))

    def forward(self, texts: Tensor, summaries: Tensor) -> Tensor:
        """(B, L), (B, M) → (B, M, V)."""
        return self.decode(summaries, self.encode(texts))

    def encode(self, texts: Tensor) -> Memory:
        unread = find_unread(texts)
        return self.encoder(self._embed(texts), src_key_padding_mask=unread), unread

    def decode(self, summaries: Tensor, memory: Memory) -> Tensor:
        length = summaries.shape[1]
        later = torch.ones(length, length, dtype=torch.bool, device=summaries.device).triu(1)
        features = self.decoder(
            self._embed(summaries),
            memory[0],
            later,
            memory_key_padding_mask=memory[1],
            tgt_is_causal=True,
        )
        return linear(features, self.embedding.weight)

    def _embed(self, tokens: Tensor) -> Tensor:
        return self.embedding(tokens) + self.places[: tokens.shape[1]]


class Gru(nn.Module):
    """Two recurrent networks; the one that writes looks at what the other has read.

    Args:
        num_tokens: V.
        length: The longest L and M; no matter here.
        width: Features of a token.
        depth: Layers of each network.
        dropout: Share of the features that are dropped before and after each network.
    """

    def __init__(
        self, num_tokens: int, length: int, width: int, depth: int, dropout: float
    ) -> None:
        super().__init__()
        self.embedding, self.dropout = make_embedding(num_tokens, width), nn.Dropout(dropout)
        self.reader = nn.GRU(width, width // 2, depth, batch_first=True, bidirectional=True)
        self.writer = nn.GRU(width, width, depth, batch_first=True)
        self.query, self.join = nn.Linear(width, width), nn.Linear(2 * width, width)

    def forward(self, texts: Tensor, summaries: Tensor) -> Tensor:
        """(B, L), (B, M) → (B, M, V)."""
        return self.decode(summaries, self.encode(texts))

    def encode(self, texts: Tensor) -> Memory:
        features, _ = self.reader(self.dropout(self.embedding(texts)))
        return features, find_unread(texts)

    def decode(self, summaries: Tensor, memory: Memory) -> Tensor:
        read, unread = memory
        written, _ = self.writer(self.dropout(self.embedding(summaries)))
        looks = (self.query(written) @ read.mT).masked_fill(unread.unsqueeze(1), -1e4)
        features = torch.cat((written, looks.softmax(-1) @ read), -1)
        return linear(self.dropout(self.join(features).tanh()), self.embedding.weight)


def make_embedding(num_tokens: int, width: int) -> nn.Embedding:
    """Features of each token; their products have the size of one."""
    embedding = nn.Embedding(num_tokens, width)
    nn.init.normal_(embedding.weight, std=width**-0.5)
    return embedding


def find_unread(texts: Tensor) -> Tensor:
    """Tokens (B, L) → True where padding is (B, L), but never in the first place."""
    unread = texts == PADDING
    return torch.cat((torch.zeros_like(unread[:, :1]), unread[:, 1:]), 1)
