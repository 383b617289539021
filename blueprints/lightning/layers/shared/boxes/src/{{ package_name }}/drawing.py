"""Boxes on images, for people to look at."""

from collections.abc import Sequence

import numpy as np
import torch
from PIL import Image, ImageDraw
from torch import Tensor

COLOURS = ("#ff595e", "#ffca3a", "#8ac926", "#4cc9f0", "#c77dff", "#ff924c")
ENLARGE = 4  # pixels of a picture for each of an image, in each direction


def draw_boxes(image: Tensor, boxes: Tensor, names: Sequence[str]) -> Tensor:
    """An image (C, H, W), enlarged, with boxes (N, 6) and the names of their classes (3, H, W)."""
    pixels = (255 * image.clamp(0, 1)).round().byte().expand(3, -1, -1).permute(1, 2, 0)
    picture = Image.fromarray(pixels.numpy())
    size = (ENLARGE * picture.width, ENLARGE * picture.height)
    picture = picture.resize(size, Image.Resampling.NEAREST)
    draw = ImageDraw.Draw(picture)
    for *corners, label, _ in boxes[boxes[:, 4] >= 0].tolist():
        left, top, right, bottom = (ENLARGE * place for place in corners)
        colour = COLOURS[int(label) % len(COLOURS)]
        draw.rectangle((left, top, max(left, right - 1), max(top, bottom - 1)), outline=colour)
        draw.text((left + 3, top + 1), names[int(label)], fill=colour)
    return torch.from_numpy(np.array(picture)).permute(2, 0, 1) / 255
