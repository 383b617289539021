"""How models that make images are judged, tested and asked for samples."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import cycle, islice
from pathlib import Path
from typing import Any

import torch
from omegaconf import DictConfig
from torch import Tensor, nn
from torch.optim import Optimizer
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn
from torchmetrics.classification import MulticlassAccuracy, MulticlassConfusionMatrix

from ..pictures import save_grid
from ..runs import RunError
from ..tables import write_table
from .frechet import Frechet, measure_distance
from .judge import Judge
from .training import Training

BATCH = 250  # samples that are made at once
SHOWN = 10  # classes, and samples of each, in a picture
KNOWN = 5000  # training images that samples are compared with


class Generative(Training):
    """Judge what a network makes of noise and labels; a subclass trains it, and has `sample`.

    Args:
        net: What is trained.
        generator: The part of it that makes images, whose mean weights are used for samples.
        noise: The shape of the noise that a sample is made of.
        optimizer: Makes the optimizer from groups of parameters.
        judge: Tells classes, and gives the features in which samples and images are compared.
        num_classes: K.
        samples: How many a validation and a test make.
        decay: Of the mean weights, in each step.
        scheduler: How the rate goes; a choice of `configs/model/scheduler`.
        augment: Changes images (B, C, H, W) in training at random.
        compile: Compile the network when training starts.
    """

    def __init__(
        self,
        net: nn.Module,
        generator: nn.Module,
        noise: Sequence[int],
        optimizer: Callable[[Any], Optimizer],
        judge: Judge,
        num_classes: int,
        samples: int,
        decay: float,
        scheduler: Mapping[str, Any] | None = None,
        augment: nn.Module | None = None,
        compile: bool = False,
    ) -> None:
        kinds = max(num_classes, 2)  # the metrics' least
        metrics = {"frechet": Frechet(), "agreement": MulticlassAccuracy(kinds, average="micro")}
        super().__init__(net, optimizer, scheduler, compile, metrics)
        self.save_hyperparameters("num_classes", "samples", "decay", "compile")
        self.noise, self.num_classes, self.samples = list(noise), num_classes, samples
        self.judge, self.augment = judge, augment
        mean = get_ema_multi_avg_fn(decay)  # type: ignore[no-untyped-call]
        self.average = AveragedModel(generator, multi_avg_fn=mean)
        self.average.requires_grad_(False)
        self.confusion = MulticlassConfusionMatrix(kinds)
        self.shares: Tensor
        self.register_buffer("shares", torch.full((num_classes,), 1 / num_classes))

    def sample(self, noise: Tensor, labels: Tensor) -> Tensor:
        """Noise (B, …) and labels (B,) → images (B, C, H, W) with values from 0 to 1."""
        raise NotImplementedError

    def on_fit_start(self) -> None:
        """Train the judge, and count the classes; a resumed run has both."""
        if not self.judge.is_trained:
            train = self.trainer.datamodule.train  # type: ignore[attr-defined]
            self.judge.fit(train)
            state = self.trainer.strategy.broadcast(self.judge.state_dict())
            self.judge.load_state_dict(state)  # rank 0's, bit by bit
            counts = torch.tensor(train.dataset.labels)[train.indices].bincount()
            self.shares[: len(counts)] = counts / counts.sum()

    def score_samples(self, images: Tensor, stage: str) -> None:
        """Compare images (B, C, H, W) of a stage, in the end all, with samples in its classes."""
        metrics: Any = self.metrics[stage]
        if not metrics["frechet"].made:  # in an epoch's first batch
            for labels, samples in self._make_share():
                judged = self.judge(samples).argmax(-1)
                metrics["frechet"].update(self.judge.features(samples), is_real=False)
                metrics["agreement"].update(judged, labels)
                if stage == "test":
                    self.confusion.update(judged, labels)
        metrics["frechet"].update(self.judge.features(images), is_real=True)
        self.log_dict(dict(metrics.items()), batch_size=len(images), prog_bar=True)

    def _make_share(self) -> Iterator[tuple[Tensor, Tensor]]:
        """Labels and samples of this process, of the same ones in each epoch."""
        noise = self.draw_noise(self.samples, seed=0)
        ends = self.shares.cpu().cumsum(0)
        places = (torch.arange(self.samples) + 0.5) / self.samples
        labels = torch.searchsorted(ends, places).clamp(max=self.num_classes - 1)
        trainer = self.trainer
        own = torch.arange(trainer.global_rank, self.samples, trainer.world_size)
        for part in torch.split(own, BATCH):
            chosen = labels[part].to(self.device)
            yield chosen, self.sample(noise[part].to(self.device), chosen)

    def draw_noise(self, count: int, seed: int) -> Tensor:
        """(count, …), the same on each machine."""
        return torch.randn(count, *self.noise, generator=torch.Generator().manual_seed(seed))

    def gather_test(self) -> list[list[int]]:
        """(K, K): the classes that samples were made for, and what the judge took them for."""
        counts = self.confusion.compute()
        self.confusion.reset()
        present = (counts.sum(0) > 0).sum().float()
        self.log("test/classes", present, sync_dist=self.trainer.world_size > 1)
        return counts.tolist()

    def write_test(self, folder: Path, results: Any, about: Mapping[str, Any]) -> None:
        """Write pictures of samples and of training images like them, and what the judge found."""
        data: Any = self.trainer.datamodule  # type: ignore[attr-defined]
        names = self._names(about)
        classes = torch.arange(min(self.num_classes, SHOWN), device=self.device)
        labels = classes.repeat(SHOWN)
        noise = self.draw_noise(len(labels), seed=1).to(self.device)
        samples = self.sample(noise, labels)
        known, seen = self._collect(data.train), self._collect(data.test)
        save_grid(folder / "samples.png", samples, len(classes))
        shown = samples[: len(classes)]
        order = _distances(shown, known).argsort(1)[:, :5]
        rows = torch.cat([shown.unsqueeze(1), known[order]], dim=1)
        save_grid(folder / "nearest.png", rows.flatten(0, 1), rows.shape[1])
        head = ["class", "samples", "taken for it", "agreement"]
        write_table(folder / "classes.csv", head, _tabulate(names, results))
        head = ["images", "to test images (Fréchet)", "to the nearest training image"]
        write_table(folder / "distances.csv", head, self._compare(samples, known, seen))

    def _compare(self, samples: Tensor, known: Tensor, seen: Tensor) -> Iterable[Sequence[object]]:
        """How far samples, test images and noise are from others, in features and in pixels."""
        noise = torch.rand(seen.shape, generator=torch.Generator().manual_seed(0)).to(seen)
        real = self.judge.features(seen)
        found = self.trainer.callback_metrics["test/frechet"]
        for name, images, distance in (
            ("samples", samples, found),
            ("test images", seen, None),
            ("training images", known, measure_distance(self.judge.features(known), real)),
            ("noise", noise, measure_distance(self.judge.features(noise), real)),
        ):
            nearest = "" if images is known else f"{_distances(images, known).amin(1).mean():.3f}"
            yield name, "" if distance is None else f"{distance:.3f}", nearest

    def _collect(self, items: Any) -> Tensor:
        """(N, C, H, W): the first images of a part of the data."""
        return torch.stack([image for image, *_ in islice(items, KNOWN)]).to(self.device)

    def list_items(self, cfg: DictConfig) -> list[tuple[Tensor, int]]:
        """Noise and label of each sample that `predict` is asked for."""
        if cfg.files:
            raise RunError("samples are made of noise: leave files= out, and write count=100")
        if cfg.label is not None and not 0 <= cfg.label < self.num_classes:
            raise RunError(f"label={cfg.label} is none of 0 to {self.num_classes - 1}")
        every = [cfg.label] if cfg.label is not None else range(self.num_classes)
        labels = islice(cycle(every), cfg.count)
        return list(zip(self.draw_noise(cfg.count, cfg.seed), labels, strict=True))

    def predict_step(self, batch: tuple[Tensor, Tensor]) -> tuple[Tensor, Tensor, Tensor]:
        """Noise (B, …) and labels (B,) → images (B, C, H, W), labels and scores (B, K)."""
        noise, labels = batch
        samples = self.sample(noise, labels)
        return samples, labels, self.judge(samples)

    def to_rows(
        self, outputs: tuple[Tensor, Tensor, Tensor], about: Mapping[str, Any]
    ) -> list[dict[str, Any]]:
        """What `predict_step` gave → the columns of each sample's row, and its image."""
        names = self._names(about)
        images, labels, scores = outputs
        columns = (labels.tolist(), scores.argmax(-1).tolist(), images)
        return [
            {"class": names[label], "judged": names[judged], "image": image}
            for label, judged, image in zip(*columns, strict=True)
        ]

    def write_predictions(self, rows: list[dict[str, Any]], path: Path) -> None:
        """Write a picture of each sample, one of all, and a table, into a folder."""
        path.mkdir(parents=True, exist_ok=True)
        images = [row.pop("image") for row in rows]
        for row, image in zip(rows, images, strict=True):
            row["file"] = f"{row['item']:05}.png"
            save_grid(path / row["file"], image[None], enlarge=1)
        save_grid(path / "grid.png", torch.stack(images), SHOWN)
        write_table(path / "samples.csv", list(rows[0]), (list(row.values()) for row in rows))

    def _names(self, about: Mapping[str, Any]) -> list[str]:
        return about.get("classes") or [str(label) for label in range(self.num_classes)]


def _distances(images: Tensor, others: Tensor) -> Tensor:
    """(N, …), (M, …) → (N, M): the roots of the sums of squared differences of pixels."""
    return torch.cdist(images.flatten(1), others.flatten(1))


def _tabulate(names: Sequence[str], counts: Sequence[Sequence[int]]) -> Iterator[Sequence[object]]:
    """For each class the samples that were made for it, and how the judge took them."""
    for k, name in enumerate(names):
        asked, taken = sum(counts[k]), sum(row[k] for row in counts)
        yield name, asked, taken, f"{counts[k][k] / asked:.4f}" if asked else ""
