"""MGVAE with a decoder whose variance is learned, otherwise as published: a fair chance where its scaling fails.

The published squared error is a Gaussian of fixed variance 1/2: a direction of the data that varies less is not worth
coding, and on features scaled to [0, 1] the generator can shrink to one point. One learned scalar removes that.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from tailmark.methods.mgvae import Mgvae


@dataclass(frozen=True)
class MgvaeLearnedVariance(Mgvae):
    """MGVAE under one other default."""

    likelihood: Literal["sse", "bernoulli", "gaussian"] = "gaussian"

    protocols: ClassVar[tuple[str, ...]] = ("corrected", "paper")  # not in the authors' code


method = MgvaeLearnedVariance
