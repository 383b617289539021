"""Split any dataset, and hand it out in batches."""

from collections.abc import Callable, Iterator, Sequence, Sized
from typing import Any, NamedTuple, cast

import numpy as np
import torch
from pytorch_lightning import LightningDataModule
from torch.utils.data import DataLoader, Dataset, DistributedSampler, Subset

from ..runs import RunError


class Parts(NamedTuple):
    """The indices of each part's items."""

    train: list[int]
    val: list[int]
    test: list[int]


class Share(DistributedSampler[Any]):
    """Each item once, in one of the processes."""

    def __iter__(self) -> Iterator[Any]:
        return iter(range(self.rank, len(cast(Sized, self.dataset)), self.num_replicas))

    def __len__(self) -> int:
        return len(range(self.rank, len(cast(Sized, self.dataset)), self.num_replicas))


class DataModule(LightningDataModule):
    """Training, validation and test items of one dataset.

    A dataset that has `split(shares, seed)` splits itself, one with `labels` is split class by
    class, and any other at random.

    Args:
        dataset: The items. Its `classes`, and a dictionary `about`, go into checkpoints.
        shares: Shares of validation and test items; the rest is for training.
        seed: Decides the order of the training items.
        batch_size: Items in a batch, in each process.
        num_workers: Processes that read items.
        split_seed: Decides the split; the seed if None.
        collate: Makes a batch of a list of items; torch's own if None.
        sizes: What the model's config reads. The dataset's attributes of these names go before
            a null, and refuse any other value.
    """

    def __init__(
        self,
        dataset: Dataset[Any],
        shares: tuple[float, float],
        seed: int,
        batch_size: int,
        num_workers: int = 0,
        split_seed: int | None = None,
        collate: Callable[[list[Any]], Any] | None = None,
        **sizes: int | None,
    ) -> None:
        super().__init__()
        self.seed, self.batch_size, self.num_workers = seed, batch_size, num_workers
        self.collate = collate
        self.sizes = {name: _size(dataset, name, size) for name, size in sizes.items()}
        names = {"classes": dataset.classes} if hasattr(dataset, "classes") else {}
        self.about: dict[str, Any] = self.sizes | names | getattr(dataset, "about", {})
        parts = split(dataset, shares, seed if split_seed is None else split_seed)
        self.train, self.val, self.test = (Subset(dataset, part) for part in parts)

    def train_dataloader(self) -> DataLoader[Any]:
        # Orders each epoch by (seed, epoch) alone, so that a resumed run sees the same batches.
        order = DistributedSampler[Any](self.train, *self._processes(), seed=self.seed)
        return self._loader(self.train, sampler=order)

    def val_dataloader(self) -> DataLoader[Any]:
        return self._loader(self.val)

    def test_dataloader(self) -> DataLoader[Any]:
        # Not Lightning's own sampler, which repeats items until all processes have as many.
        return self._loader(self.test, sampler=Share(self.test, *self._processes()))

    def _processes(self) -> tuple[int, int]:
        """How many there are, and which this is."""
        return (self.trainer.world_size, self.trainer.global_rank) if self.trainer else (1, 0)

    def _loader(self, items: Dataset[Any], **options: Any) -> DataLoader[Any]:
        return DataLoader(
            items,
            batch_size=self.batch_size,
            num_workers=self.num_workers,
            collate_fn=self.collate,
            persistent_workers=self.num_workers > 0,
            generator=torch.Generator().manual_seed(self.seed),  # none of the model's draws
            **options,
        )


ImageData = DataModule  # its former name, which the configs of earlier runs hold


def split(dataset: Any, shares: tuple[float, float], seed: int) -> Parts:
    """Indices for training, validation and test: the dataset's own, or each class in its shares."""
    if hasattr(dataset, "split"):
        return dataset.split(shares, seed)
    return stratify(getattr(dataset, "labels", [0] * len(dataset)), shares, seed)


def stratify(labels: Sequence[int], shares: tuple[float, float], seed: int) -> Parts:
    """Indices for training, validation and test: disjoint, complete, each class in its shares."""
    generator = torch.Generator().manual_seed(seed)
    ends = np.unique(labels, return_counts=True)[1].cumsum()
    train, val, test = Parts([], [], [])
    for members in np.split(np.argsort(labels, kind="stable"), ends[:-1]):
        indices = members[torch.randperm(len(members), generator=generator).numpy()].tolist()
        first, second = (round(share * len(members)) for share in shares)
        val += indices[:first]
        test += indices[first : first + second]
        train += indices[first + second :]
    return Parts(sorted(train), sorted(val), sorted(test))


def item_names(items: Any) -> list[str]:
    """The files or other `names` of a dataset's items, or of a part's; else their numbers."""
    if isinstance(items, Subset):
        names = item_names(items.dataset)
        return [names[index] for index in items.indices]
    return getattr(items, "names", None) or [str(index) for index in range(len(items))]


def _size(dataset: Dataset[Any], name: str, size: int | None) -> int:
    found = getattr(dataset, name, size)
    if found is None:
        raise RunError(f"the dataset has no {name}; write data.{name}=NUMBER")
    if size not in (None, found):
        raise RunError(f"data.{name}={size}, but the dataset's is {found}; write data.{name}=null")
    return found
