"""What a run with few labels kept beside its predictions: the pool, the setting chosen, the cost, and what it made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tailmark.semi import pool

Array = NDArray[np.generic]
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

ABOUT = ("pool/", "tuning/", "cost/", "made/")
"""How the names of such parts of a run file begin."""


@dataclass(frozen=True)
class Kept:
    """Of one run."""

    suite: str
    split: str
    protocol: str
    method: str
    seed: int
    device: str
    tuned: str  # the setting that was chosen; empty where none was
    parts: Mapping[str, Array]

    @property
    def has_pool(self) -> bool:
        """Whether the pool was looked at; who learns from all labels has none."""
        return "pool/confusion" in self.parts

    @property
    def steps(self) -> Ints:
        """When the pool was looked at."""
        return self.parts["pool/steps"].astype(np.int64)

    @property
    def confusion(self) -> Ints:
        """Then: true classes by pseudo-labels."""
        return self.parts["pool/confusion"].astype(np.int64)

    @property
    def pool_counts(self) -> tuple[int, ...]:
        """Samples of each class in the pool."""
        return tuple(self.confusion[-1].sum(axis=1).tolist())

    @property
    def divergence(self) -> Floats:
        """How far the histogram of the pseudo-labels is from the truth, over the training."""
        return pool.divergence(self.confusion)

    def recall_of(self, classes: Ints) -> Floats:
        """Mean recall of some classes among the pseudo-labels, over the training."""
        known = np.ma.masked_invalid(pool.recall(self.confusion)[:, classes])
        return np.asarray(known.mean(axis=1).filled(np.nan))

    def number(self, part: str) -> float | None:
        """A part that is one number; None where it was not measured."""
        value = self.parts.get(part)
        return None if value is None else float(value)


def of_run(
    place: tuple[str, str, str, str, int], record: Mapping[str, Any], parts: Mapping[str, Array]
) -> Kept:
    """What is kept of one run under one label."""
    device = str(record["environment"]["device"])
    return Kept(*place, device, str(record.get("settings", {}).get("tuned") or ""), parts)


def about(parts: Mapping[str, Array]) -> dict[str, Array]:
    """The parts of a run file that are kept; of other suites none."""
    return {name: values for name, values in parts.items() if name.startswith(ABOUT)}
