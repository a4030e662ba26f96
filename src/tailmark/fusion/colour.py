"""Colour jitter as one affine map of each image's colours, made on the host.

Brightness scales a colour, contrast moves it from the image's mean grey, saturation from its own grey, and hue turns it
around the axis of greys. In this order they compose to `linear @ colour + mean_weights @ mean_colour`, the second
the same for each channel: a tensor needs one matrix product, not a dozen passes. Two liberties follow: values are
limited to [0, 1] once, at the end, and the hue turns in the plane of the YIQ colours, not on the hexagon of HSV.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

COLUMNS = 12  # nine of the linear map, row by row, and three weights of the image's mean colour
CHANCES = 6  # uniform numbers that one image takes

_YIQ = np.array([[0.299, 0.587, 0.114], [0.596, -0.274, -0.322], [0.211, -0.523, 0.312]])
_LUMA = _YIQ[0]  # how bright each channel looks
_GREY = np.tile(_LUMA, (3, 1))
_JITTER, _GREYED = 0.8, 0.2  # how probable they are
_STRENGTH = np.array([0.4, 0.4, 0.4, 0.1])  # of brightness, contrast, saturation; of hue, in turns

Array = NDArray[np.float64]


def jitter(chances: Array) -> Array:
    """The maps (n, 12) that uniform numbers (n, 6) choose."""
    change = np.where(chances[:, :1] < _JITTER, _STRENGTH * (2 * chances[:, 1:5] - 1), 0.0)
    brightness, contrast, saturation = 1 + change[:, :3].T
    saturation = np.where(chances[:, 5] < _GREYED, 0.0, saturation)  # what has no saturation is grey
    return affine(brightness, contrast, saturation, change[:, 3])


def affine(brightness: Array, contrast: Array, saturation: Array, hue: Array) -> Array:
    """The map of each image: factors that are 1 without a change, and a hue in turns."""
    saturation = saturation[:, None, None]
    coloured = saturation * np.eye(3) + (1 - saturation) * _GREY
    linear = (brightness * contrast)[:, None, None] * (_turned(hue) @ coloured)
    mean = (brightness * (1 - contrast))[:, None] * _LUMA  # hue and saturation leave a grey as it is
    return np.hstack([linear.reshape(-1, 9), mean])


def _turned(hue: Array) -> Array:
    """Rotations of the two chroma axes, in RGB."""
    cos, sin = np.cos(2 * np.pi * hue), np.sin(2 * np.pi * hue)
    rotation = np.zeros((len(hue), 3, 3))
    rotation[:, 0, 0] = 1
    rotation[:, 1, 1] = rotation[:, 2, 2] = cos
    rotation[:, 1, 2], rotation[:, 2, 1] = -sin, sin
    return np.linalg.inv(_YIQ) @ rotation @ _YIQ
