"""Image files: an item is an image (C, H, W) with values from 0 to 1, and its label."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from torch import Tensor
from torch.utils.data import Dataset

from ..pictures import save_grid
from ..runs import RunError
from ..tables import write_table
from .datamodule import Parts, stratify, take_fold
from .image_files import find_images, read_image

PARTS = {"train", "training", "val", "valid", "validation", "dev", "test", "testing"}
Item = tuple[Tensor, int]


class LabelledImages(Dataset[Item]):
    """Images that have a label each, and the classes' names, by label."""

    labels: list[int]
    classes: list[str]

    @property
    def num_classes(self) -> int:
        return len(self.classes)

    @classmethod
    def from_files(cls, root: str, about: Mapping[str, Any]) -> "ImageFiles":
        """A file, or a folder's, for a model that knows its data by what is `about` them.

        An image has a label if its folder has the name of a class, else -1.
        """
        found = {path: path.parent.name for path in find_images(Path(root))}
        return ImageFiles(found, about.get("classes", ()), about["channels"], about["image_size"])

    @staticmethod
    def draw(folder: Path, images: Tensor, true: list[str], predicted: list[str]) -> None:
        """Show images (N, C, H, W), in `worst.png`, with their classes in `worst.csv`."""
        save_grid(folder / "worst.png", images, enlarge=max(1, 48 // images.shape[-1]))
        write_table(folder / "worst.csv", ["true", "predicted"], zip(true, predicted, strict=True))


class ImageFiles(LabelledImages):
    """Image files, read when they are needed.

    Args:
        found: The files and the names of their classes.
        classes: The names that have a label: 0, 1, …; others have -1.
        channels: 1 makes the images grey, 3 makes them RGB.
        image_size: Height and width that every image is resized to.
    """

    def __init__(
        self, found: Mapping[Path, str], classes: Iterable[str], channels: int, image_size: int
    ) -> None:
        self.classes, self.channels, self.image_size = list(classes), channels, image_size
        self.names = [str(path) for path in found]
        labels = {name: label for label, name in enumerate(self.classes)}
        self.labels = [labels.get(name, -1) for name in found.values()]

    def __len__(self) -> int:
        return len(self.names)

    def __getitem__(self, index: int) -> Item:
        image = read_image(self.names[index], self.channels, self.image_size)
        return image, self.labels[index]


class ImageFolder(ImageFiles):
    """Image files in one folder per class, as `cat/1.png`; or in parts, as `train/cat/1.png`.

    Args:
        root: Holds these folders.
        parts: The names of the parts' folders: training, validation, test. The items of one that
            is missing are taken from training.
    """

    def __init__(
        self, root: str, channels: int, image_size: int, parts: Sequence[str] = ("",)
    ) -> None:
        train, *others = (Path(root, part) for part in parts)
        found = [find_classes(train), *(find_classes(f) if f.is_dir() else {} for f in others)]
        classes = sorted(set(found[0].values()))
        if "train" in classes and PARTS.issuperset(classes):
            folders = ", ".join(classes)
            raise RunError(f"{train} holds {folders}, and not classes; write data=folder_splits")
        every = {path: name for part in found for path, name in part.items()}
        super().__init__(every, classes, channels, image_size)
        if -1 in self.labels:
            raise RunError(f"{train} has no class of {self.names[self.labels.index(-1)]}")
        self.sizes = [*map(len, found), 0, 0][:3]

    def split(self, shares: tuple[float, float], seed: int) -> Parts:
        every = iter(range(len(self)))
        train, val, test = (list(islice(every, size)) for size in self.sizes)
        missing = (0 if val else shares[0], 0 if test else shares[1])
        taken = stratify([self.labels[index] for index in train], missing, seed)
        return Parts(taken.train, val or taken.val, test or taken.test)

    def split_folds(self, shares: tuple[float, float], seed: int, folds: int, fold: int) -> Parts:
        if any(self.sizes[1:]):
            raise RunError("the images have parts of their own; for folds, write data=folder")
        return take_fold(self.labels, shares, seed, folds, fold)


def find_classes(root: Path) -> dict[Path, str]:
    """The image files below a folder's folders, and these folders' names."""
    names = {path: path.relative_to(root).parts[:-1] for path in find_images(root)}
    return {path: folders[0] for path, folders in names.items() if folders}
