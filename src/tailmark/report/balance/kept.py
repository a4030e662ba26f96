"""What a run of several views kept beside its predictions: what each view said, and what was chosen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.generic]
Floats = NDArray[np.float64]

ABOUT = ("watch/", "search/")
"""How the names of such parts of a run file begin."""


@dataclass(frozen=True)
class Watched:
    """Of one run."""

    suite: str
    split: str
    protocol: str
    method: str
    seed: int
    views: tuple[str, ...]
    tuned: str  # the setting that was chosen beside the learning rate; empty where none was
    parts: Mapping[str, Array]

    @property
    def was_watched(self) -> bool:
        """Whether it is a model of several views that was looked at."""
        return "watch/steps" in self.parts

    @property
    def was_searched(self) -> bool:
        """Whether its learning rate was chosen."""
        return "search/chosen" in self.parts

    @property
    def steps(self) -> Floats:
        """When it was looked at."""
        return self.parts["watch/steps"].astype(np.float64)

    def shares(self, what: str) -> Floats:
        """Then: the `dependence` on each view, or its `certainty`, as shares (T, M)."""
        return self.parts[f"watch/{what}"].astype(np.float64)

    @property
    def trials(self) -> Floats:
        """What was tried: what the learning rate is multiplied by, and the setting's value, (T, 2)."""
        return self.parts["search/trials"].astype(np.float64)

    @property
    def chosen(self) -> tuple[float, float]:
        """The trial that did best."""
        rate, value = self.parts["search/chosen"].astype(np.float64)
        return float(rate), float(value)

    @property
    def at_an_end(self) -> bool:
        """Whether the learning rate is the lowest or the highest that was tried."""
        return self.chosen[0] in self.rates

    @property
    def rates(self) -> tuple[float, float]:
        """The lowest and the highest learning rate that was tried, as what the suite's is multiplied by."""
        rates = self.trials[:, 0]
        return float(rates.min()), float(rates.max())


def of_run(
    place: tuple[str, str, str, str, int], record: Mapping[str, Any], parts: Mapping[str, Array]
) -> Watched:
    """What is kept of one run under one label."""
    settings = record.get("settings", {})
    experts = (settings.get("design") or {}).get("experts") or [{}]
    return Watched(*place, tuple(experts[0].get("views", ())), str(settings.get("tuned") or ""), parts)


def about(parts: Mapping[str, Array]) -> dict[str, Array]:
    """The parts of a run file that are kept; of other suites none."""
    return {name: values for name, values in parts.items() if name.startswith(ABOUT)}
