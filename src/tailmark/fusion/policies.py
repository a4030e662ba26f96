"""Every augmentation policy behind one set of functions: those of `augment`, and resized crops."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from tailmark.fusion import augment, resized
from tailmark.fusion.recipe import Policy


def width(policy: Policy, channels: int, blur: bool) -> int:
    """Numbers that decide one view of one image."""
    return resized.width(channels) if policy == "resized" else augment.width(policy, channels, blur)


def draws(
    stream: np.random.Generator, n: int, policy: Policy, channels: int, blur: bool
) -> NDArray[np.float32]:
    """What happens to n images, a row each. Only crops can blur."""
    if policy == "resized":
        return resized.draws(stream, n, channels)
    return augment.draws(stream, n, policy, channels, blur)


def augmented(images: Tensor, draws: Tensor, policy: Policy, blur: bool) -> Tensor:
    """The views (B, H, W, C) of images in [0, 1] that their draws (B, width) choose."""
    if policy == "resized":
        return resized.augmented(images, draws)
    return augment.augmented(images, draws, policy, blur)
