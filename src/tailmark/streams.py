"""Named streams of random numbers: every draw of a run comes from its one seed.

A stream is named for what it decides (`split`, `init`, `order`, `noise`), so that two methods with the same
seed see the same split, the same initial encoder and the same batch order: they are compared in pairs.
"""

from __future__ import annotations

from hashlib import sha256

import numpy as np


def _entropy(seed: int, name: str) -> list[int]:
    digest = sha256(name.encode()).digest()
    return [seed, *np.frombuffer(digest, dtype="<u4").tolist()]


def stream(seed: int, name: str) -> np.random.Generator:
    """The generator of one named stream; PCG64 gives the same bits on every platform."""
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence(_entropy(seed, name))))


def integer(seed: int, name: str) -> int:
    """A seed for a library that wants a whole number (torch's initialisers, imbalanced-learn)."""
    return int(stream(seed, name).integers(2**31 - 1))
