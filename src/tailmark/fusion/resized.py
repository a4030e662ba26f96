"""Random resized crops of coloured images, mirrored half of the time: the host draws, tensors follow.

As in `tailmark.fusion.augment`, `draws` takes every random number and `augmented` is a fixed function of tensors.
Places and sizes are shares of the image, so that draws know nothing of its pixels. Images that are not of three
channels, a spectrogram for one, are left as they are: their axes mean something.
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import grid_sample

COLUMNS = 5  # top, left, height and width of the crop; mirrored left to right (0 or 1)

_SCALE = (0.08, 1.0)  # the crop's area, even over its range
_RATIO = (3 / 4, 4 / 3)  # its width to its height, the image counted as a square; even in the logarithm
_TRIES = 10  # for a crop that lies within the image; after them, all of it


def width(channels: int) -> int:
    """Numbers that decide one view of one image."""
    return COLUMNS if channels == 3 else 0


def draws(stream: np.random.Generator, n: int, channels: int) -> NDArray[np.float32]:
    """What happens to n images, a row each."""
    if not width(channels):
        return np.empty((n, 0), np.float32)
    # Every image takes as many chances, so n draws and then m are n + m.
    chances = stream.random((n, 2 * _TRIES + 3))
    height, across = _sizes(chances[:, :_TRIES], chances[:, _TRIES : 2 * _TRIES])
    top, left, mirrored = chances[:, 2 * _TRIES :].T
    columns = [top * (1 - height), left * (1 - across), height, across, mirrored < 0.5]
    return np.stack(columns, axis=1).astype(np.float32)


def _sizes(areas: NDArray[np.float64], ratios: NDArray[np.float64]) -> tuple[NDArray[np.float64], ...]:
    """Of each image the first crop that fits."""
    area = _SCALE[0] + (_SCALE[1] - _SCALE[0]) * areas
    low, high = np.log(_RATIO)
    ratio = np.exp(low + (high - low) * ratios)
    height, across = np.sqrt(area / ratio), np.sqrt(area * ratio)
    fits = (height <= 1) & (across <= 1)
    first = np.arange(len(fits)), fits.argmax(axis=1)
    found = fits.any(axis=1)
    return np.where(found, height[first], 1.0), np.where(found, across[first], 1.0)


def augmented(images: Tensor, draws: Tensor) -> Tensor:
    """The views (B, H, W, C) of images in [0, 1] that their draws (B, width) choose: bilinear, at the old size."""
    if images.shape[-1] != 3:
        return images
    top, left, height, across, mirrored = draws.unbind(1)
    across, left = (
        torch.where(mirrored > 0.5, -across, across),
        torch.where(mirrored > 0.5, left + across, left),
    )
    y = _places(images.shape[1], top, height)[:, :, None].expand(-1, -1, images.shape[2])
    x = _places(images.shape[2], left, across)[:, None, :].expand(-1, images.shape[1], -1)
    grid = torch.stack((x, y), dim=-1)
    crops = grid_sample(images.permute(0, 3, 1, 2), grid, padding_mode="border", align_corners=False)
    return crops.permute(0, 2, 3, 1).contiguous()


def _places(pixels: int, start: Tensor, length: Tensor) -> Tensor:
    """Where each pixel of a view lies in its image (B, pixels), whose edges are -1 and 1."""
    middles = (torch.arange(pixels, device=start.device) + 0.5) / pixels
    return 2 * (start[:, None] + length[:, None] * middles) - 1
