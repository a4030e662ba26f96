"""Every quality number of one generated class.

Numbers that are a rate or a median are taken over at most `MOST` samples, drawn without replacement: at 2,000
a rate is within about two points of that of all (two standard errors). The spread is taken over all samples.
A nearest one is sought among all references, because its distance depends on how many there are.
"""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import dataclass

import numpy as np

from tailmark.errors import TailmarkError
from tailmark.quality.distances import Floats, Ints, Samples, apart, distance_to_nearest
from tailmark.quality.judged import Judge, coverage, share_in
from tailmark.quality.manifolds import precision_recall
from tailmark.quality.spread import collapsed, spreads

MOST = 2000


@dataclass(frozen=True)
class Real:
    """The real samples to compare with: all in the same space and of the same shape."""

    minority: Samples  # what the generator was trained on, of this class
    held_out: Samples  # of this class, seen by nobody
    majority: Samples  # the training samples that exemplars come from
    pool: Samples | None = None  # further training samples of this class that no generator saw


def of_class(
    generated: Samples,
    exemplars: Samples | None,
    real: Real,
    judge: Judge,
    classes: Collection[int],
    rng: np.random.Generator,
) -> dict[str, float]:
    """The quality numbers; one is NaN where what it needs is not there.

    Row i of `generated` was made from row i of `exemplars`; None where a method has none. `classes` are the
    judge's classes that belong to this class.
    """
    _check(generated, exemplars, real)
    # Real samples are drawn first, so that every method at the same seed meets the same ones.
    held_out = real.held_out[_drawn(len(real.held_out), rng)]
    pool = real.pool[_drawn(len(real.pool), rng)] if real.pool is not None else None
    rows = _drawn(len(generated), rng)
    sample = generated[rows]

    predicted = judge.predicted(sample)
    by_feature, total = spreads(generated, real.minority)
    return {
        "spread": by_feature,
        "total_spread": total,
        **_manifolds(sample, held_out, pool, judge),
        "judged": share_in(classes, predicted),
        "coverage": coverage(classes, predicted, judge.predicted(held_out)),
        "nearest": _nearness(distance_to_nearest(sample, real.minority), held_out, real.minority),
        "nearest_exemplar": math.nan
        if exemplars is None
        else _nearness(apart(sample, exemplars[rows]), held_out, real.majority),
        "collapsed": collapsed(total),
    }


def _manifolds(sample: Samples, held_out: Samples, pool: Samples | None, judge: Judge) -> dict[str, float]:
    """Precision and recall, and those of real samples as their ceiling: of as many, where there are so many."""
    size = min(len(sample), len(held_out))
    features, true = judge.features(sample[:size]), judge.features(held_out[:size])
    made = precision_recall(features, true)
    ceiling = math.nan, math.nan
    if pool is not None and len(pool):
        further = judge.features(pool[:size])
        ceiling = precision_recall(further, true[: len(further)])
    names = ("precision", "recall", "precision_real", "recall_real")
    return dict(zip(names, (*made, *ceiling), strict=True))


def _nearness(distances: Floats, held_out: Samples, references: Samples) -> float:
    """The median distance, in units of that of held-out real samples to the nearest of the references."""
    unit = np.median(distance_to_nearest(held_out, references)) if len(references) else 0.0
    return float(np.median(distances) / unit) if unit > 0 else math.nan


def _drawn(n: int, rng: np.random.Generator) -> Ints:
    """In random order even where all are taken, because real samples come sorted by class."""
    return rng.permutation(n)[:MOST]


def _check(generated: Samples, exemplars: Samples | None, real: Real) -> None:
    needed = {"generated": generated, "minority": real.minority, "held-out": real.held_out}
    others = {"majority": real.majority, "exemplar": exemplars, "pool": real.pool}
    for name, samples in needed.items():
        if not len(samples):
            raise TailmarkError(f"Expected at least one {name} sample; got none. Nothing can be compared.")
    for name, given in {**needed, **others}.items():
        if given is not None and given.shape[1:] != generated.shape[1:]:
            raise TailmarkError(
                f"Expected {name} samples of the shape of the generated, {generated.shape[1:]}; "
                f"got {given.shape[1:]}. Compare them in one space."
            )
    if exemplars is not None and len(exemplars) != len(generated):
        raise TailmarkError(
            f"Expected an exemplar for each of {len(generated)} generated samples; got {len(exemplars)}."
        )
    if not np.isfinite(generated).all():
        raise TailmarkError("Expected finite generated samples; got NaN or infinity. The generator diverged.")
