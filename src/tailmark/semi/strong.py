"""The strong perturbation of a sample: the host draws, tensors follow.

`draws` takes every random number from a named stream; `perturbed` is a fixed function of tensors, which a CUDA graph
can hold. An image is turned, resized, sheared, moved, lit and contrasted, each with chance one half, and loses a
square. So it is as strong as RandAugment followed by a cut-out, but one interpolation and one scaling do it, not a
chain of operations that differs from image to image. A table loses some of its columns, and noise is added to its
other numbers; for tables nothing is published.
"""

from __future__ import annotations

from statistics import NormalDist

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import grid_sample

from tailmark.nets.views import ViewShape

CHANCE = 0.5  # of each change to an image
DEGREES, RESIZED, SHEAR, MOVED = 30.0, 1.25, 0.3, 1 / 8  # at most; moved: as a share of the side
LIGHT = 0.5  # by how much brightness and contrast differ from 1 at most
CUT = 0.5  # the side of the square that is cut out, at most, as a share of the shorter side
LOST, NOISE = 0.2, 0.1  # share of a table's columns; standard deviation of what is added to the others

_COLUMNS = 12  # of an image: six of the affine map, gain and share of the mean, the square's four edges
_NEAR = NormalDist().inv_cdf((1 + LOST) / 2)  # a normal number is nearer to zero with chance LOST

Array = NDArray[np.float64]


def width(shape: ViewShape) -> int:
    """Numbers that decide what happens to one sample's view."""
    return 2 * shape.shape[0] if shape.kind == "table" else _COLUMNS


def draws(stream: np.random.Generator, n: int, shape: ViewShape) -> NDArray[np.float32]:
    """What happens to n samples, a row each; n draws and then m are n + m."""
    drawn = _of_tables(stream, n, shape) if shape.kind == "table" else _of_images(stream, n, shape)
    return drawn.astype(np.float32)


def perturbed(values: Tensor, draws: Tensor, shape: ViewShape) -> Tensor:
    """Images (B, H, W, C) in [0, 1] or standardised tables (B, D), as their draws (B, width) choose."""
    if shape.kind == "table":
        kept, added = draws.chunk(2, dim=1)
        return torch.where(kept > 0.5, values + added, 0.0)
    lit = _lit(_placed(values, draws[:, :6]), draws[:, 6:8])
    return torch.where(_cut(values, draws[:, 8:]), 0.0, lit)


# Tables.


def _of_tables(stream: np.random.Generator, n: int, shape: ViewShape) -> Array:
    """Whether each column stays (1 or 0), then what is added to it: nothing to the code of a category.

    What is lost is 0: the mean of a standardised number, and the code of a missing category.
    """
    columns = shape.shape[0]
    normal = stream.standard_normal((n, 2 * columns))
    number = np.array(shape.levels or (0,) * columns) == 0
    return np.hstack([np.abs(normal[:, :columns]) > _NEAR, NOISE * number * normal[:, columns:]])


# Images.


def _of_images(stream: np.random.Generator, n: int, shape: ViewShape) -> Array:
    chances = stream.random((n, 17))
    happens = (chances[:, :6] < CHANCE)[
        :, [0, 1, 2, 2, 3, 3, 4, 5]
    ]  # sheared and moved both ways or not at all
    turn, size, shear_x, shear_y, right, down, light, contrast = np.where(
        happens, 2 * chances[:, 6:14] - 1, 0.0
    ).T
    height, across = shape.shape[:2]
    linear = _linear(np.deg2rad(DEGREES) * turn, RESIZED**size, SHEAR * shear_x, SHEAR * shear_y)
    linear *= np.array([[1.0, height / across], [across / height, 1.0]])  # the grid's unit is half a side
    move = 2 * MOVED * np.stack([right, down], axis=1)
    gain, contrast = 1 + LIGHT * light, 1 + LIGHT * contrast
    lights = np.stack([gain * contrast, gain * (1 - contrast)], axis=1)
    return np.hstack(
        [np.dstack([linear, move]).reshape(n, 6), lights, _edges(chances[:, 14:], height, across)]
    )


def _linear(angle: Array, size: Array, shear_x: Array, shear_y: Array) -> Array:
    """From a place in the new image to its place in the old one (n, 2, 2), in pixels from the middle."""
    cos, sin, one = np.cos(angle), np.sin(angle), np.ones_like(angle)
    rotation = np.stack([cos, -sin, sin, cos], axis=1).reshape(-1, 2, 2)
    shear = np.stack([one, shear_x, shear_y, one], axis=1).reshape(-1, 2, 2)
    return rotation @ shear / size[:, None, None]


def _edges(chances: Array, height: int, across: int) -> Array:
    """Top, bottom, left and right of a square whose middle is anywhere in the image."""
    half = CUT * min(height, across) * chances[:, 0] / 2
    middle_row, middle_column = height * chances[:, 1], across * chances[:, 2]
    return np.stack(
        [middle_row - half, middle_row + half, middle_column - half, middle_column + half], axis=1
    )


def _placed(images: Tensor, maps: Tensor) -> Tensor:
    """Each image under its affine map: one interpolation, black outside."""
    samples, height, across, _ = images.shape
    rows, columns = _centred(height, images), _centred(across, images)
    x, y = columns.expand(height, across), rows[:, None].expand(height, across)
    places = torch.stack((x, y, torch.ones_like(x)), dim=-1).view(1, height * across, 3)
    grid = places.matmul(maps.view(samples, 2, 3).mT).view(samples, height, across, 2)
    placed = grid_sample(images.permute(0, 3, 1, 2), grid, padding_mode="zeros", align_corners=False)
    return placed.permute(0, 2, 3, 1)


def _centred(pixels: int, like: Tensor) -> Tensor:
    """Places of a row's pixels from its middle, where 2 is the side."""
    return torch.arange(1 - pixels, pixels, 2, device=like.device) / pixels


def _lit(images: Tensor, lights: Tensor) -> Tensor:
    """Brighter or darker, nearer to the image's mean or farther from it."""
    gain, share = lights[:, :, None, None, None].unbind(1)
    mean = images.mean((1, 2, 3), keepdim=True)
    return torch.addcmul(share * mean, images, gain).clamp(0, 1)


def _cut(images: Tensor, edges: Tensor) -> Tensor:
    """Whether a pixel's middle lies in the square (B, H, W, 1)."""
    _, height, across, _ = images.shape
    top, bottom, left, right = edges[:, :, None].unbind(1)
    row = torch.arange(height, device=images.device) + 0.5
    column = torch.arange(across, device=images.device) + 0.5
    rows, columns = (row > top) & (row < bottom), (column > left) & (column < right)
    return (rows[:, :, None] & columns[:, None, :])[..., None]
