"""What a network must know of each view: an image of some size, or a table of numbers and categories."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal


@dataclass(frozen=True)
class ViewShape:
    """One view of a sample."""

    name: str
    kind: Literal["image", "table"]
    shape: tuple[int, ...]  # height, width, channels; or the number of columns
    levels: tuple[int, ...] = ()  # of each column: how many categories, 0 for a number; empty: all numbers
    missing: bool = False  # whether a table's numbers can be missing: then each has an indicator of it


@dataclass(frozen=True)
class Encoders:
    """The sizes of the encoders, the same for every method of a suite."""

    channels: tuple[int, ...] = (32, 64)  # of the convolutions, each followed by a halving of the image
    kernel: int = 5
    shrink: int = 1  # squares of so many pixels are averaged before the first convolution
    hidden: int = 128  # features of an image
    columns: int = 64  # features of a table
    embedding: int = 8  # of a category
    init: Literal["default", "paper"] = "default"  # paper: weights from N(0, 0.001^2), biases zero
    network: Literal["small", "resnet18"] = "small"  # of images; resnet18 knows `shrink` of the numbers above

    def numbers(self) -> dict[str, Any]:
        """What decides the result; a network that all had before there was a choice is left out."""
        return {name: value for name, value in asdict(self).items() if (name, value) != ("network", "small")}
