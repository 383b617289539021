"""Pictures of images, for people to look at."""

from pathlib import Path

import torch
from PIL import Image
from torch import Tensor

GAP = 1  # pixels between two images, before they are enlarged
GREY = 0.5


def save_grid(path: Path, images: Tensor, columns: int = 10, enlarge: int = 4) -> None:
    """Write images side by side into one file.

    Args:
        path: The file; its name says the format, as `samples.png`.
        images: (N, C, H, W) with values from 0 to 1; grey if C is 1, else RGB.
        columns: How many stand in a row.
        enlarge: Pixels of the picture for each of an image, in each direction.
    """
    count, _, height, width = images.shape
    rows = -(-count // columns)
    size = (3, rows * (height + GAP) - GAP, min(count, columns) * (width + GAP) - GAP)
    canvas = torch.full(size, GREY)
    for number, image in enumerate(images.detach().cpu().float().clamp(0, 1)):
        top, left = (
            at * (side + GAP)
            for at, side in zip(divmod(number, columns), (height, width), strict=True)
        )
        canvas[:, top : top + height, left : left + width] = image
    pixels = (255 * canvas).round().byte().permute(1, 2, 0).numpy()
    picture = Image.fromarray(pixels)
    picture.resize(
        (enlarge * picture.width, enlarge * picture.height), Image.Resampling.NEAREST
    ).save(path)
