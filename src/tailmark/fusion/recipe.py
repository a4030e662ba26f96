"""What several views add to the recipe of a classifier: how a suite says it, resolved."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

from tailmark.fusion.design import Resampler
from tailmark.nets.views import Encoders

Policy = Literal["none", "flips", "crops", "resized"]


@dataclass(frozen=True)
class Search:
    """The learning rate, and one setting of the method if it has one, are chosen on held-out training samples."""

    setting: str  # empty: the learning rate alone
    trials: tuple[tuple[float, float], ...]  # what the suite's rate is multiplied by, and the setting's value
    held: float  # of each class's training samples
    steps: int | None  # that each trial takes; None: as many as the training


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
    watch_views: bool = False  # what each view says by itself is kept, over the training and of the test set
    search: Search | None = None

    def numbers(self) -> dict[str, Any]:
        """What decides the result; a setting that is neutral is left out."""
        neutral = {"watch_views": False, "search": None}
        told = {**asdict(self), "encoders": self.encoders.numbers()}
        return {name: value for name, value in told.items() if neutral.get(name, ...) != value}
