"""Random changes of training images, and of what is where in them."""

import torch
from torch import Tensor, nn
from torch.nn.functional import affine_grid, grid_sample


class Light(nn.Module):
    """Shift each image, and mirror one of two.

    Args:
        shift: The largest shift, as a share of height and width.
        mirror: Whether left and right may change places.
    """

    def __init__(self, shift: float, mirror: bool) -> None:
        super().__init__()
        self.shift, self.mirror = shift, mirror

    def forward(self, images: Tensor) -> Tensor:
        """(B, C, H, W) → a change of each (B, 2, 3), for `move`: from new to old places.

        Places go from -1, the left or upper end, to 1.
        """
        count = len(images)
        changes = torch.eye(2, 3, device=images.device).repeat(count, 1, 1)
        changes[:, :, 2] = 2 * self.shift * (2 * torch.rand(count, 2, device=images.device) - 1)
        if self.mirror:
            changes[:, 0, 0] -= 2 * torch.randint(2, (count,), device=images.device)
        return changes


def move(planes: Tensor, changes: Tensor, mode: str = "bilinear") -> Tensor:
    """Planes (B, C, H, W) by their changes (B, 2, 3); what comes in is as the edge is."""
    grid = affine_grid(changes, list(planes.shape), align_corners=False).to(planes.dtype)
    return grid_sample(planes, grid, mode, padding_mode="border", align_corners=False)
