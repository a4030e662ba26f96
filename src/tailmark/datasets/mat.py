"""Reads the `.mat` files of SVHN: pictures in `X`, whose samples come last, and in `y` 10 for the digit zero."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tailmark.datasets.declaration import Parsed

ZERO = 10


def read_digits(path: Path) -> Parsed:
    from scipy.io import loadmat  # noqa: PLC0415 - describing a dataset needs no SciPy

    found = loadmat(path, variable_names=["X", "y"])
    pictures, digits = (_numbers(found, name) for name in ("X", "y"))
    if pictures.dtype != np.uint8 or pictures.ndim != 4 or pictures.shape[3] != digits.size:
        raise ValueError(
            f"expected X as bytes of the shape (height, width, 3, {digits.size}), got {pictures.dtype} of the shape "
            f"{pictures.shape}"
        )
    if not np.isin(digits, np.arange(1, ZERO + 1)).all():
        raise ValueError(f"expected y from 1 to {ZERO}, got {digits.min()} to {digits.max()}")
    images = np.ascontiguousarray(pictures.transpose(3, 0, 1, 2))
    return Parsed({"image": images}, (digits.ravel() % ZERO).astype(np.int16))


def _numbers(found: dict[str, Any], name: str) -> NDArray[np.generic]:
    """An array of plain numbers; MATLAB's cells and structures would become Python objects."""
    if name not in found:
        raise ValueError(f"expected a variable {name}, found none")
    array: NDArray[np.generic] = np.asarray(found[name])
    if array.dtype.kind not in "uif":
        raise ValueError(f"expected {name} to hold numbers, got {array.dtype}")
    return array
