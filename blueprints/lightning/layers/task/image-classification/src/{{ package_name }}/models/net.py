"""Networks in plain PyTorch: images (B, C, H, W) → class scores (B, K)."""

from torch import Tensor, nn
from torch.nn.functional import batch_norm


class Cnn(nn.Module):
    """Three blocks of convolutions, the width doubled and the image halved from one to the next.

    Args:
        channels: C of the images.
        num_classes: K.
        width: Channels of the first block.
        dropout: Share of the features that are dropped before the classifier.
    """

    def __init__(self, channels: int, num_classes: int, width: int, dropout: float) -> None:
        super().__init__()
        self.features = nn.Sequential(
            _block(channels, width),
            nn.MaxPool2d(2),
            _block(width, 2 * width),
            nn.MaxPool2d(2),
            _block(2 * width, 4 * width),
        )
        self.classifier = nn.Sequential(nn.Dropout(dropout), nn.Linear(4 * width, num_classes))

    def forward(self, images: Tensor) -> Tensor:
        """(B, C, H, W) → (B, K), for any H and W of at least 4."""
        return self.classifier(self.features(images).mean((-2, -1)))


class Mlp(nn.Module):
    """Two hidden layers over the flattened pixels.

    Args:
        channels: C of the images.
        image_size: H and W of the images.
        num_classes: K.
        width: Units of a hidden layer.
        dropout: Share of the units that are dropped after each hidden layer.
    """

    def __init__(
        self, channels: int, image_size: int, num_classes: int, width: int, dropout: float
    ) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Flatten(),
            nn.Linear(channels * image_size**2, width),
            nn.ReLU(),
            nn.Dropout(dropout),
            nn.Linear(width, width),
            nn.ReLU(),
            nn.Dropout(dropout),
            nn.Linear(width, num_classes),
        )

    def forward(self, images: Tensor) -> Tensor:
        """(B, C, H, W) → (B, K)."""
        return self.layers(images)


class Norm(nn.BatchNorm2d):
    """Batch normalisation that takes a single value per channel, by the statistics so far."""

    def forward(self, input: Tensor) -> Tensor:
        if input.numel() > input.size(1):
            return super().forward(input)
        mean, var = self.running_mean, self.running_var
        return batch_norm(input, mean, var, self.weight, self.bias, eps=self.eps)


def _block(inputs: int, outputs: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, kernel_size=3, padding=1, bias=False),
        Norm(outputs),
        nn.ReLU(),
    )
