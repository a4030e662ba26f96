"""A part of a network is drawn under a name of its own: two networks with the same seed begin with the same parts."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch

from tailmark import streams


@contextmanager
def seeded(seed: int, name: str) -> Iterator[None]:
    """torch's global generator as the named stream, for as long as a part is made."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(streams.integer(seed, name))
        yield
