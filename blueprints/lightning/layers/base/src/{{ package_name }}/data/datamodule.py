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
    items, which are for training. Items that share a value of `groups` stay in one part.

    Args:
        dataset: The items. Checkpoints hold its `classes`, and a dictionary `about` if it has one.
        shares: Shares of validation and test items; the rest is for training.
        seed: Decides the order of the training items.
        batch_size: Items in a batch, in each process.
        num_workers: Processes that read items.
        pin_memory: Copy batches to a GPU without waiting.
        split_seed: Decides the split; the seed if None.
        collate: Makes a batch of a list of items; torch's own if None.
        folds: In how many folds each item is tested once; None: one split by the shares.
        fold: Which of them is the test part, from 0; validation takes its share of the others.
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
        folds: int | None = None,
        fold: int | None = None,
        **sizes: int | None,
    ) -> None:
        super().__init__()
        self.seed, self.batch_size, self.num_workers = seed, batch_size, num_workers
        self.collate, self.pin_memory = collate, pin_memory
        parts = split(dataset, shares, seed if split_seed is None else split_seed, folds, fold)
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


def split(
    dataset: Any,
    shares: tuple[float, float],
    seed: int,
    folds: int | None = None,
    fold: int | None = None,
) -> Parts:
    """Indices for training, validation and test: the dataset's own, or each class in its shares."""
    own = "split_folds" if folds else "split"
    if hasattr(dataset, own):
        given = (folds, fold) if folds else ()
        return getattr(dataset, own)(shares, seed, *given)
    if hasattr(dataset, "split"):
        name = type(dataset).__name__
        raise RunError(f"{name} splits itself, and into no folds; leave out cv= and data.folds=")
    labels = getattr(dataset, "labels", [0] * len(dataset))
    groups: dict[Any, list[int]] = {}
    for index, group in enumerate(getattr(dataset, "groups", range(len(dataset)))):
        groups.setdefault(group, []).append(index)
    members = list(groups.values())
    kinds = [labels[indices[0]] for indices in members]
    parts = take_fold(kinds, shares, seed, folds, fold) if folds else stratify(kinds, shares, seed)
    return Parts(*(sorted(i for group in part for i in members[group]) for part in parts))


def take_fold(
    labels: Sequence[Any], shares: tuple[float, float], seed: int, folds: int, fold: int | None
) -> Parts:
    """Indices whose test part is one of so many folds; each class has its share in each."""
    if not 2 <= folds <= len(labels):
        raise RunError(f"data.folds={folds} is not a number from 2 to {len(labels)}")
    if fold not in range(folds):
        raise RunError(f"data.fold={fold} is not a number from 0 to {folds - 1}")
    order = torch.randperm(len(labels), generator=torch.Generator().manual_seed(seed)).numpy()
    order = order[np.argsort(np.asarray(labels)[order], kind="stable")]  # class by class
    test = sorted(order[fold::folds].tolist())
    rest = sorted(set(range(len(labels))).difference(test))
    train, val, _ = stratify([labels[index] for index in rest], (shares[0], 0), seed)
    return Parts([rest[index] for index in train], [rest[index] for index in val], test)


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
