"""The random numbers that a method asks for, drawn on the host."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tailmark.semi.step import Draw


def numbers(wish: Draw, stream: np.random.Generator, *times: int) -> NDArray[np.float32]:
    """As many times as asked for, one after the other."""
    size = (*times, *wish.shape)
    if wish.kind == "normal":
        return stream.standard_normal(size, dtype=np.float32)
    if wish.kind == "uniform":
        return stream.random(size, dtype=np.float32)
    return stream.chisquare(wish.freedom, size).astype(np.float32)
