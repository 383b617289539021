"""Split any dataset that has `labels`, and hand it out in batches."""

from collections.abc import Iterator, Sequence, Sized
from typing import Any, cast

import torch
from pytorch_lightning import LightningDataModule
from torch.utils.data import DataLoader, Dataset, DistributedSampler, Subset

from .datasets import Item, LabelledDataset, UnlabelledImages


class Share(DistributedSampler[Item]):
    """Each item once, in one of the processes."""

    def __iter__(self) -> Iterator[Any]:
        return iter(range(self.rank, len(cast(Sized, self.dataset)), self.num_replicas))

    def __len__(self) -> int:
        return len(range(self.rank, len(cast(Sized, self.dataset)), self.num_replicas))


class ImageData(LightningDataModule):
    """Training, validation and test items of one dataset, each class in the same shares.

    Args:
        dataset: The labelled items.
        channels: C of the images.
        image_size: H and W of the images.
        num_classes: How many labels there are.
        shares: Shares of validation and test items; the rest is for training.
        seed: Decides the split and the order of the training items.
        batch_size: Items in a batch, in each process.
        num_workers: Processes that read items.
        images: A folder of images to predict instead of the test items.
    """

    def __init__(
        self,
        dataset: LabelledDataset,
        channels: int,
        image_size: int,
        num_classes: int,
        shares: tuple[float, float],
        seed: int,
        batch_size: int,
        num_workers: int = 0,
        images: str | None = None,
    ) -> None:
        super().__init__()
        if max(dataset.labels) >= num_classes:
            raise ValueError(f"num_classes={num_classes}, but a label is {max(dataset.labels)}")
        self.seed = seed
        self.batch_size, self.num_workers = batch_size, num_workers
        train, val, test = split(dataset.labels, shares, seed)
        self.train, self.val, self.test = (Subset(dataset, part) for part in (train, val, test))
        self.predict: Dataset[Item] = self.test
        self.predict_names = [str(index) for index in test]
        if images:
            self.predict = found = UnlabelledImages(images, channels, image_size)
            self.predict_names = [str(path) for path in found.paths]

    def train_dataloader(self) -> DataLoader[Item]:
        # Orders each epoch by (seed, epoch) alone, so that a resumed run sees the same batches.
        order = DistributedSampler[Item](self.train, *self._processes(), seed=self.seed)
        return self._loader(self.train, sampler=order)

    def val_dataloader(self) -> DataLoader[Item]:
        return self._loader(self.val)

    def test_dataloader(self) -> DataLoader[Item]:
        # Not Lightning's own sampler, which repeats items until all processes have as many.
        return self._loader(self.test, sampler=Share(self.test, *self._processes()))

    def predict_dataloader(self) -> DataLoader[Item]:
        return self._loader(self.predict)

    def _processes(self) -> tuple[int, int]:
        """How many there are, and which this is."""
        return (self.trainer.world_size, self.trainer.global_rank) if self.trainer else (1, 0)

    def _loader(self, items: Dataset[Item], **options: Any) -> DataLoader[Item]:
        return DataLoader(
            items,
            batch_size=self.batch_size,
            num_workers=self.num_workers,
            persistent_workers=self.num_workers > 0,
            generator=torch.Generator().manual_seed(self.seed),  # none of the model's draws
            **options,
        )


def split(
    labels: Sequence[int], shares: tuple[float, float], seed: int
) -> tuple[list[int], list[int], list[int]]:
    """Indices for training, validation and test: disjoint, complete, each class in its shares."""
    generator = torch.Generator().manual_seed(seed)
    train: list[int] = []
    val: list[int] = []
    test: list[int] = []
    for label in sorted(set(labels)):
        members = torch.tensor([index for index, other in enumerate(labels) if other == label])
        members = members[torch.randperm(len(members), generator=generator)]
        first, second = (round(share * len(members)) for share in shares)
        val += members[:first].tolist()
        test += members[first : first + second].tolist()
        train += members[first + second :].tolist()
    return sorted(train), sorted(val), sorted(test)
