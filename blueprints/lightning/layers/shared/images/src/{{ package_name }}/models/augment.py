"""Random changes of training images, made on whole batches where the model is."""

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
        """(B, C, H, W) → (B, C, H, W)."""
        count = len(images)
        change = torch.eye(2, 3, device=images.device).repeat(count, 1, 1)
        change[:, :, 2] = 2 * self.shift * (2 * torch.rand(count, 2, device=images.device) - 1)
        if self.mirror:
            change[:, 0, 0] -= 2 * torch.randint(2, (count,), device=images.device)
        grid = affine_grid(change, list(images.shape), align_corners=False).to(images.dtype)
        return grid_sample(images, grid, padding_mode="border", align_corners=False)
