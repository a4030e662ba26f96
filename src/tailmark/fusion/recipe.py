"""What several views add to the recipe of a classifier: how a suite says it, resolved."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

from tailmark.fusion.design import Resampler
from tailmark.nets.views import Encoders

Policy = Literal["none", "flips", "crops", "resized"]


@dataclass(frozen=True)
class FusionRecipe:
    """The encoders, and what is done to the samples."""

    views: tuple[str, ...]
    encoders: Encoders
    steps: int | None = None  # instead of epochs: as many for a short tail as for a long one
    augment: Policy = "none"  # of images, in training
    degraded: float = 0.0  # share of the samples one view of which is replaced by noise, in training and test
    resampler: Resampler = "none"
    adapts: bool = False  # weights are fitted to each test mix, without labels; otherwise on training labels

    def numbers(self) -> dict[str, Any]:
        """What decides the result."""
        return {**asdict(self), "encoders": self.encoders.numbers()}
