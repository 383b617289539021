"""Code that the owner of a generated project adds to it."""

NET = '''

class Residual(nn.Module):
    """One hidden layer, with the pixels added to it again."""

    def __init__(self, channels: int, image_size: int, num_classes: int, width: int) -> None:
        super().__init__()
        pixels = channels * image_size**2
        self.hidden = nn.Sequential(nn.Linear(pixels, width), nn.ReLU(), nn.Linear(width, pixels))
        self.classifier = nn.Linear(pixels, num_classes)

    def forward(self, images: Tensor) -> Tensor:
        """(B, C, H, W) → (B, K)."""
        pixels = images.flatten(1)
        scores: Tensor = self.classifier(pixels + self.hidden(pixels))
        return scores
'''
CALLBACK = '''"""Say when an epoch is over."""

import logging

from pytorch_lightning import Callback, LightningModule, Trainer

log = logging.getLogger(__name__)


class SayEpoch(Callback):
    """One line an epoch."""

    def on_train_epoch_end(self, trainer: Trainer, _: LightningModule) -> None:
        log.info("epoch %s is over", trainer.current_epoch)
'''
