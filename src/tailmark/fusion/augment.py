"""Stochastic views of images: the host draws, tensors follow.

`draws` takes every random number from a named stream; `augmented` is a fixed function of tensors. So a CPU and a GPU
make the same views, a CUDA graph can hold the function, and images may come in pieces of any size.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import grid_sample, pad

from tailmark.fusion import colour

Policy = Literal["none", "flips", "crops"]

REACH = 2  # pixels by which a crop may be shifted
_DEGREES = 10.0
_BLURRED, _BLUR = 0.2, (0.1, 2.0)  # how probable, and the range of its sigma in pixels


def width(policy: Policy, channels: int, blur: bool) -> int:
    """Numbers that decide one view of one image."""
    if policy == "crops":
        return 2 + (colour.COLUMNS if channels == 3 else 2) + blur
    return 2 if policy == "flips" else 0


def draws(
    stream: np.random.Generator, n: int, policy: Policy, channels: int, blur: bool
) -> NDArray[np.float32]:
    """What happens to n images, a row each. Only crops can blur: it is for views that test a model.

    flips: mirrored left to right (0 or 1), upside down. crops: shifts down and right in pixels; the colours' map of
    a three-channel image, or else cosine and sine of a rotation; the blur's sigma, 0 for none.
    """
    if policy == "crops":
        return _crops(stream, n, channels, blur).astype(np.float32)
    return (stream.random((n, width(policy, channels, blur))) < 0.5).astype(np.float32)


def _crops(stream: np.random.Generator, n: int, channels: int, blur: bool) -> NDArray[np.float64]:
    # Every image takes as many chances, so n draws and then m are n + m, and a blur leaves the rest as it was.
    chances = stream.random((n, 4 + colour.CHANCES))
    columns = [np.floor((2 * REACH + 1) * chances[:, :2]) - REACH]
    if channels == 3:
        columns.append(colour.jitter(chances[:, 4:]))
    else:
        angle = np.deg2rad(_DEGREES) * (2 * chances[:, 4:5] - 1)
        columns += [np.cos(angle), np.sin(angle)]
    if blur:
        low, high = _BLUR
        columns.append(np.where(chances[:, 2:3] < _BLURRED, low + (high - low) * chances[:, 3:4], 0.0))
    return np.hstack(columns)


def augmented(images: Tensor, draws: Tensor, policy: Policy, blur: bool) -> Tensor:
    """The views (B, H, W, C) of images in [0, 1] that their draws (B, width) choose."""
    if policy == "none":
        return images
    if policy == "flips":
        return _flipped(images, draws)
    if images.shape[-1] == 3:
        views = _recoloured(_shifted(images, draws[:, :2]), draws[:, 2 : 2 + colour.COLUMNS])
    else:
        views = _turned(images, draws[:, :4])
    return _blurred(views, draws[:, -1]) if blur else views


def _flipped(images: Tensor, draws: Tensor) -> Tensor:
    mirrored, upside_down = (draws > 0.5)[:, :, None, None, None].unbind(1)
    images = torch.where(mirrored, images.flip(2), images)
    return torch.where(upside_down, images.flip(1), images)


def _shifted(images: Tensor, shift: Tensor) -> Tensor:
    """Each image's window into its black frame."""
    samples, height, across, _ = images.shape
    framed = pad(images, (0, 0, REACH, REACH, REACH, REACH))
    windows = framed.unfold(1, height, 1).unfold(2, across, 1).permute(0, 1, 2, 4, 5, 3)
    down, right = (shift.long() + REACH).unbind(1)
    return windows[torch.arange(samples, device=images.device), down, right]


def _turned(images: Tensor, draws: Tensor) -> Tensor:
    """Each image's window, rotated about the centre: one interpolation, black outside."""
    _, height, across, _ = images.shape
    side = 1 << (max(height, across) - 1).bit_length()  # of a power of two, all is exact if the angle is 0
    canvas = pad(images, (0, 0, 0, side - across, 0, side - height))
    down, right = (draws[:, :2, None, None] * (2 / side)).unbind(1)
    cos, sin = draws[:, 2:, None, None].unbind(1)
    rows, columns = _centred(height, side, images.device)[:, None], _centred(across, side, images.device)
    x = torch.addcmul(cos * columns, sin, rows, value=-1) + (right + (across / side - 1))
    y = torch.addcmul(sin * columns, cos, rows) + (down + (height / side - 1))
    grid = torch.stack((x, y), dim=-1)
    turned = grid_sample(canvas.permute(0, 3, 1, 2), grid, padding_mode="zeros", align_corners=False)
    return turned.permute(0, 2, 3, 1)


def _centred(pixels: int, side: int, device: torch.device) -> Tensor:
    """Places of a row's pixels from its middle, where 2 is the side of the canvas."""
    return torch.arange(1 - pixels, pixels, 2, device=device) / side


def _recoloured(images: Tensor, maps: Tensor) -> Tensor:
    colours = images.flatten(1, 2)
    linear, weights = maps[:, :9].unflatten(1, (3, 3)), maps[:, 9:]
    grey = (colours.mean(1) * weights).sum(1)[:, None, None].expand(-1, 1, 3)
    return torch.baddbmm(grey, colours, linear.mT).clamp(0, 1).view_as(images)


def _blurred(images: Tensor, sigma: Tensor) -> Tensor:
    """A Gaussian across, then down; at the border its weights are of the pixels that are there."""
    across = _smoothed(images.transpose(1, 2), sigma).transpose(1, 2)
    return _smoothed(across, sigma)


def _smoothed(images: Tensor, sigma: Tensor) -> Tensor:
    """Along the first axis of each image, by one matrix product; sigma 0 gives the identity."""
    place = torch.arange(images.shape[1], device=images.device)
    squares = (place[:, None] - place).square()
    weights = torch.exp(squares * (-0.5 / sigma.square().clamp(min=1e-6))[:, None, None])
    return torch.bmm(weights / weights.sum(2, keepdim=True), images.flatten(2)).view_as(images)
