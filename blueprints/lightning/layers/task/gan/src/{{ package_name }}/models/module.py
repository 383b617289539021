"""How a generator and a discriminator are trained against each other."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import softplus
from torch.optim import Optimizer
from torch.optim.lr_scheduler import ReduceLROnPlateau

from ..runs import RunError
from .generative import Generative
from .net import Pair
from .schedules import build_optimizer


class Gan(Generative):
    """The non-saturating loss with a penalty R1, and an optimizer for each of the networks.

    Args:
        net: The two.
        optimizer: Makes the generator's optimizer from groups of parameters.
        discriminator_optimizer: Makes the discriminator's.
        penalty: Weight of the squared gradients that the scores of real images have.
        options: As in `Generative`; `augment` changes all images that the discriminator sees.
    """

    net: Pair

    def __init__(
        self,
        net: Pair,
        optimizer: Callable[[Any], Optimizer],
        discriminator_optimizer: Callable[[Any], Optimizer],
        penalty: float,
        **options: Any,
    ) -> None:
        super().__init__(net, net.generator, [net.latent], optimizer, **options)
        self.discriminator_optimizer = discriminator_optimizer
        self.penalty = penalty
        self.automatic_optimization = False

    def sample(self, noise: Tensor, labels: Tensor) -> Tensor:
        """(B, Z), (B,) → (B, C, H, W), by the mean weights."""
        return (self.average(noise, labels).float() + 1) / 2

    def training_step(self, batch: tuple[Tensor, Tensor]) -> Tensor:
        """A step of each network, on the same samples."""
        images, labels = batch
        generator, discriminator = self.optimizers()  # type: ignore[attr-defined]
        noise = torch.randn(len(labels), *self.noise, device=self.device)
        made = self.net(noise, labels)

        seen = self._change(2 * images - 1).requires_grad_()
        scores = self.net.discriminator(seen, labels)
        slopes = torch.autograd.grad(scores.sum(), seen, create_graph=True)[0]
        penalty = self.penalty / 2 * slopes.square().sum((1, 2, 3)).mean()
        fakes = self.net.discriminator(self._change(made.detach()), labels)
        doubt = softplus(-scores).mean() + softplus(fakes).mean()
        discriminator.zero_grad()
        self.manual_backward(doubt + penalty)
        # By the strategy: `discriminator.step()` would count as a step of the training, and
        # max_steps, checkpoints and histories mean batches.
        self.trainer.strategy.optimizer_step(discriminator.optimizer, lambda: None, self)

        with generator.toggle_model():
            loss = softplus(-self.net.discriminator(self._change(made), labels)).mean()
            generator.zero_grad()
            self.manual_backward(loss)
            generator.step()

        self.average.update_parameters(self.net.generator)
        self._step_rates("step")
        self.add_to_means(len(labels), loss=doubt + loss, generator=loss, discriminator=doubt)
        return (doubt + loss).detach()

    def score(self, batch: tuple[Tensor, Tensor], stage: str) -> None:
        """The losses tell nothing of the images: the Fréchet distance stands for them."""
        self.score_samples(batch[0], stage)
        distance: Any = self.metrics[stage]
        self.log(f"{stage}/loss", distance["frechet"], batch_size=len(batch[0]), prog_bar=True)

    def on_train_epoch_end(self) -> None:
        super().on_train_epoch_end()
        self._step_rates("epoch")

    def configure_callbacks(self) -> list[Any]:
        """Refuse what Lightning cannot do for two optimizers, before it starts."""
        if self.trainer.gradient_clip_val:
            raise RunError("two optimizers are not clipped: remove trainer.gradient_clip_val")
        if self.trainer.accumulate_grad_batches > 1:
            raise RunError(
                "two optimizers do not accumulate: remove trainer.accumulate_grad_batches, "
                "and write data.batch_size=128"
            )
        return []

    def configure_optimizers(self) -> Any:
        makes = (self.optimizer, self.discriminator_optimizer)
        parts = (self.net.generator, self.net.discriminator)
        answers = [
            build_optimizer(self, make, self.scheduler, part)
            for make, part in zip(makes, parts, strict=True)
        ]
        if self.scheduler:
            for answer in answers:
                del answer["lr_scheduler"]["monitor"]  # it is for automatic optimization
                answer["lr_scheduler"]["interval"] = self.scheduler["interval"]
        return answers

    def _change(self, images: Tensor) -> Tensor:
        """(B, C, H, W) → (B, C, H, W)."""
        return self.augment(images) if self.augment else images

    def _step_rates(self, interval: str) -> None:
        for config in self.trainer.lr_scheduler_configs:
            if config.interval != interval:
                continue
            if isinstance(config.scheduler, ReduceLROnPlateau):
                assert self.scheduler
                config.scheduler.step(self.trainer.callback_metrics[self.scheduler["monitor"]])
            else:
                config.scheduler.step()
