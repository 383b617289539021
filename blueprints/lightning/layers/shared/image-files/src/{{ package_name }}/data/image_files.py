"""Image files, whatever their format and depth."""

from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageOps
from torch import Tensor

from ..runs import RunError

SUFFIXES = {".bmp", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp"}
WHITE = {"F": 1, "I": 65535, "I;16": 65535, "I;16B": 65535}  # of other modes: 255, in each channel
TURNED = 5  # from this orientation of EXIF on, width and height change places


def find_images(root: Path) -> list[Path]:
    """An image file, or those below a folder, sorted; names with a dot first are left out."""
    if root.is_file():
        return [root]
    files = [path for path in root.rglob("*") if path.suffix.lower() in SUFFIXES]
    files = [path for path in files if "/." not in f"/{path.relative_to(root).as_posix()}"]
    if not files:
        problem = "has no image files" if root.is_dir() else "does not exist"
        raise RunError(f"{root.absolute()} {problem}; name another folder")
    return sorted(files)


def read_image(path: str | Path, channels: int, image_size: int) -> Tensor:
    """An image file → (C, H, W) with values from 0 to 1, whatever its depth; upright."""
    try:
        with Image.open(path) as file:
            image = ImageOps.exif_transpose(file)
    except (OSError, SyntaxError, ValueError) as error:
        raise RunError(f"{path} cannot be read ({error}); replace it, or move it away") from error
    white = WHITE.get(image.mode)
    if white is None:
        pixels = image.convert("L" if channels == 1 else "RGB")
    else:  # `convert` would clip it
        values = np.asarray(image, dtype=np.float32) / white
        if not 0 <= values.min() <= values.max() <= 1:
            raise RunError(f"{path} has values beyond 0 to {white}; scale them, and save it again")
        pixels = Image.fromarray(values * 255)
    values = np.array(pixels.resize((image_size, image_size)), dtype=np.float32) / 255
    planes = torch.from_numpy(values).view(image_size, image_size, -1).permute(2, 0, 1)
    return planes.clamp(0, 1).expand(channels, -1, -1)


def read_size(path: Path) -> tuple[int, int]:
    """Width and height of an image file, upright."""
    with Image.open(path) as file:
        turned = file.getexif().get(0x0112, 1) >= TURNED
        width, height = file.size
    return (height, width) if turned else (width, height)
