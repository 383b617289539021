"""Split any dataset, and hand it out in batches."""

import math
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
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


class Order(DistributedSampler[Any]):
    """Training items in an order by seed and epoch alone, less the batches that are done.

    Args:
        data: Whose items, in whose batches; its trainer knows where a resumed run is.
    """

    def __init__(self, data: "DataModule") -> None:
        super().__init__(cast(Any, data.train), *data.processes(), seed=data.seed)
        self.data = data

    def __iter__(self) -> Iterator[Any]:
        trainer = self.data.trainer
        done = trainer.fit_loop.epoch_loop.batch_progress.current.ready if trainer else 0
        return islice(super().__iter__(), done * self.data.batch_size, None)


class Loader(DataLoader[Any]):
    """Make batches when the first is asked for; by then a resumed run knows where it is."""

    def __iter__(self) -> Any:
        yield from super().__iter__()

    def state_dict(self) -> dict[str, Any]:
        """Nothing: the trainer counts the batches. Lightning takes a loader that has this as one
        that can go on within an epoch."""
        return {}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        pass


class DataModule(LightningDataModule):
    """Training, validation and test items of one dataset.

    A dataset that has `split(shares, seed)` splits itself, one with `labels` is split class by
    class, and any other at random. One that has `fit(indices)` takes its statistics from those
    items, which are for training.

    Args:
        dataset: The items. Checkpoints hold its `classes`, and a dictionary `about` if it has one.
        shares: Shares of validation and test items; the rest is for training.
        seed: Decides the order of the training items.
        batch_size: Items in a batch, in each process.
        num_workers: Processes that read items.
        pin_memory: Copy batches to a GPU without waiting.
        split_seed: Decides the split; the seed if None.
        collate: Makes a batch of a list of items; torch's own if None.
        sizes: For the model's config; a null becomes the dataset's attribute of that name.
    """

    def __init__(
        self,
        dataset: Any,
        shares: tuple[float, float],
        seed: int,
        batch_size: int,
        num_workers: int = 0,
        pin_memory: bool = False,
        split_seed: int | None = None,
        collate: Callable[[list[Any]], Any] | None = None,
        **sizes: int | None,
    ) -> None:
        super().__init__()
        self.seed, self.batch_size, self.num_workers = seed, batch_size, num_workers
        self.collate, self.pin_memory = collate, pin_memory
        parts = split(dataset, shares, seed if split_seed is None else split_seed)
        if not parts[0]:
            raise RunError(f"no items are left for training, of {len(dataset)}")
        if hasattr(dataset, "fit"):
            dataset.fit(parts[0])
        self.sizes = {name: getattr(dataset, name, size) for name, size in sizes.items()}
        for name, size in sizes.items():
            if size not in (None, found := self.sizes[name]):
                raise RunError(f"data.{name}={size}, but the data have {found}; write {name}: null")
        self.about = {"classes": getattr(dataset, "classes", []), **self.sizes}
        self.about |= getattr(dataset, "about", {})
        self.train, self.val, self.test = (Subset(dataset, part) for part in parts)

    def train_dataloader(self) -> DataLoader[Any]:
        return self._loader(self.train, sampler=Order(self))

    def val_dataloader(self) -> DataLoader[Any]:
        return self._share(self.val)

    def test_dataloader(self) -> DataLoader[Any]:
        return self._share(self.test)

    def _share(self, items: Subset[Any]) -> DataLoader[Any]:
        """Each item once: Lightning's own sampler repeats some, so that all shares are equal."""
        count, rank = self.processes()
        least, most = len(items) // count, math.ceil(len(items) / count)
        size = self.batch_size
        while least and math.ceil(least / size) < math.ceil(most / size):
            size += 1  # as many batches in each process, or some would wait for the others
        share = Subset(items, range(rank, len(items), count))
        order = DistributedSampler[Any](share, 1, 0, shuffle=False)
        return self._loader(share, batch_size=size, sampler=order)

    def processes(self) -> tuple[int, int]:
        """How many there are, and which this is."""
        return (self.trainer.world_size, self.trainer.global_rank) if self.trainer else (1, 0)

    def _loader(self, items: Dataset[Any], **options: Any) -> DataLoader[Any]:
        return Loader(
            items,
            num_workers=self.num_workers,
            pin_memory=self.pin_memory,
            collate_fn=self.collate,
            persistent_workers=self.num_workers > 0,
            generator=torch.Generator().manual_seed(self.seed),  # none of the model's draws
            **{"batch_size": self.batch_size} | options,
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
