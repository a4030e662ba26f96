"""What a suite with few labels adds to the recipe of a classifier, resolved."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from tailmark.nets.views import Encoders

if TYPE_CHECKING:  # which imports torch
    from tailmark.fusion.augment import Policy


@dataclass(frozen=True)
class Search:
    """One setting of the method is chosen on labelled samples that are held out of its training."""

    setting: str
    candidates: tuple[float, ...]  # the published one first: it wins a tie
    held: float  # of each class's labelled samples
    steps: int  # that each candidate may take


@dataclass(frozen=True)
class SemiRecipe:
    """The backbone, the batches, and what is done to the samples."""

    views: tuple[str, ...]
    encoders: Encoders
    steps: int
    pool_batch: int
    average: float  # of the running mean of the weights, which answers
    augment: Policy = "none"  # of images: a weak perturbation
    missing: float = 0.0  # share of the samples that lack one view, in training and test
    search: Search | None = None

    def numbers(self) -> dict[str, Any]:
        """What decides the result."""
        return {**asdict(self), "encoders": self.encoders.numbers()}
