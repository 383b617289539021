"""Networks in plain PyTorch: images (B, C, H, W) → class scores (B, K)."""

from itertools import pairwise

from torch import Tensor, nn
from torch.nn.functional import batch_norm, relu


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


class ResNet18(nn.Module):
    """Eight residual blocks in four stages, after a stem for small images: no stride, no pooling.

    Args:
        channels: C of the images.
        num_classes: K.
        width: Channels of the first stage; each further one has twice as many.
        dropout: Share of the features that are dropped before the classifier.
    """

    def __init__(self, channels: int, num_classes: int, width: int, dropout: float) -> None:
        super().__init__()
        widths = [width, width, 2 * width, 4 * width, 8 * width]
        self.stem = _block(channels, width)
        self.stages = nn.Sequential(
            *(
                nn.Sequential(BasicBlock(a, b, stride=1 if n == 0 else 2), BasicBlock(b, b))
                for n, (a, b) in enumerate(pairwise(widths))
            )
        )
        self.classifier = nn.Sequential(nn.Dropout(dropout), nn.Linear(widths[-1], num_classes))

    def forward(self, images: Tensor) -> Tensor:
        """(B, C, H, W) → (B, K)."""
        return self.classifier(self.stages(self.stem(images)).mean((-2, -1)))


class BasicBlock(nn.Module):
    """Two convolutions, and their input beside them, with a convolution of its own if it changes.

    Args:
        inputs: Channels that come in.
        outputs: Channels that go out.
        stride: 2 halves height and width.
    """

    def __init__(self, inputs: int, outputs: int, stride: int = 1) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(inputs, outputs, kernel_size=3, stride=stride, padding=1, bias=False),
            Norm(outputs),
            nn.ReLU(),
            nn.Conv2d(outputs, outputs, kernel_size=3, padding=1, bias=False),
            Norm(outputs),
        )
        self.shortcut = nn.Sequential()
        if stride > 1 or inputs != outputs:
            convolution = nn.Conv2d(inputs, outputs, kernel_size=1, stride=stride, bias=False)
            self.shortcut = nn.Sequential(convolution, Norm(outputs))

    def forward(self, features: Tensor) -> Tensor:
        """(B, inputs, H, W) → (B, outputs, H / stride, W / stride)."""
        return relu(self.layers(features) + self.shortcut(features))


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
