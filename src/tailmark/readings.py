"""One trained run, read in several ways: as it answers, with other weights of its experts, and each expert alone, or as
another part of the same network answers.

A reading is named after its method: `mame@expert-1`. All readings of a run share its key, for nothing is trained anew.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from tailmark.fusion.aggregation import combined, oracle
from tailmark.runs import RunFile

MARK = "@"
KEPT = "reading/"  # begins the name of a part that is an answer

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Reading:
    """Logits for the samples of one mix, under a name, with the weights that made them."""

    name: str  # empty: the method as it answers
    logits: Floats
    extra: Mapping[str, float] = field(default_factory=dict)


def readings(run: RunFile, scores: Floats, mix: str, at: NDArray[np.int64]) -> Iterator[Reading]:
    """One is the method's own answer; `at` are the positions of the mix among the run's samples."""
    experts = run.parts.get("experts")
    if experts is None or experts.shape[1] == 1:
        yield Reading("", scores[at])
        yield from _kept(run, at)
        return
    logits = experts[at].astype(np.float64)
    count = logits.shape[1]
    equal = np.full(count, 1 / count)
    if (fitted := run.parts.get(f"weights/{mix}")) is None:
        yield Reading("", combined(logits, equal))
    else:
        weights = fitted.astype(np.float64)
        yield Reading("", combined(logits, weights), weights_of(weights.tolist()))
        yield Reading("equal", combined(logits, equal))
        best = oracle(logits, run.test_targets[at]).weights
        yield Reading("oracle", combined(logits, best), weights_of(best))
    for number in range(count):
        yield Reading(f"expert-{number + 1}", logits[:, number])


def _kept(run: RunFile, at: NDArray[np.int64]) -> Iterator[Reading]:
    """Further answers of one network, such as that of a generative model beside its classifier."""
    for part, logits in run.parts.items():
        if part.startswith(KEPT):
            yield Reading(part.removeprefix(KEPT), logits[at].astype(np.float64))


def weights_of(weights: Sequence[float]) -> dict[str, float]:
    """As metrics."""
    return {f"weight/{number}": weight for number, weight in enumerate(weights, start=1)}


def confidences(run: RunFile, views: Sequence[str], classes: int) -> dict[str, float]:
    """What an assessment module thinks of each view, by class, as it is and when a view is noise."""
    if "confidence" not in run.parts:
        return {}
    said, truth = run.parts["confidence"].astype(np.float64), run.parts["true_class"].astype(np.float64)
    found: dict[str, float] = {}
    for number, view in enumerate(views):
        mine, right = said[:, number], truth[:, number]
        found |= {
            f"confidence/{view}/low": mine.min(),
            f"confidence/{view}/high": mine.max(),
            f"confidence/{view}/error": ((mine - right) ** 2).mean(),
            f"confidence/{view}/constant": right.var(),
        }
        found |= _by_class(f"confidence/{view}", "", mine, run.test_targets, classes)
        for other in views:
            noisy = run.parts[f"confidence_without/{other}"][:, number].astype(np.float64)
            found |= _by_class(f"confidence/{view}", f"/noise in {other}", noisy, run.test_targets, classes)
    return {name: float(value) for name, value in found.items()}


def _by_class(
    prefix: str, suffix: str, values: Floats, targets: NDArray[np.int64], classes: int
) -> dict[str, float]:
    of_class = (values[targets == label] for label in range(classes))
    return {f"{prefix}/{label}{suffix}": float(some.mean()) for label, some in enumerate(of_class)}
