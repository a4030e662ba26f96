"""The pool over the training: does the histogram of the pseudo-labels drift from the truth, are rare classes found?"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from tailmark.report.figures.style import Look, Picture, canvas, legend_below, styled, svg_of
from tailmark.report.records import Records
from tailmark.report.results import Place
from tailmark.report.semi.kept import Floats, Kept
from tailmark.report.words import plural

Band = pd.DataFrame  # by step: mean and sd over the seeds


def pool_curves(
    places: Sequence[Place], methods: Sequence[str], records: Records, look: dict[str, Look]
) -> Picture | None:
    """A row of two panels a place; None where no run file has the pool."""
    shown = {place: found for place in places if (found := _runs(records, place, methods))}
    if not shown:
        return None
    name = f"{places[0].suite}-pool-curves"
    with styled():
        figure, axes = canvas(2 * len(shown), 2, 2.3, margin=0.8)
        for row, (place, runs) in enumerate(shown.items()):
            rare = _rarest_third(records.train_counts[place.suite, place.split])
            off, recall = axes[2 * row : 2 * row + 2]
            _panel(off, runs, lambda one: one.divergence, look)
            _panel(recall, runs, lambda one, of=rare: 100 * one.recall_of(of), look)  # type: ignore[misc]
            off.set_title(f"Histogram off the truth, nats\n{place.split}")
            off.set_ylim(bottom=0)
            recall.set_title(f"Recall of the rarest third, %\n{place.split}")
        for axis in axes[-2:]:
            axis.set_xlabel("Step")
        legend_below(figure, axes[0], columns=3)
        svg = svg_of(figure, name)
    seeds = max(len(of_method) for runs in shown.values() for of_method in runs.values())
    return Picture(
        name,
        "The pseudo-labels of the pool, over the training",
        f"Left: KL divergence of the shares of the pseudo-labels from the true shares; bias that propagates makes it "
        f"grow. Right: recall of the third of the classes with fewest training samples. Means over "
        f"{plural(seeds, 'seed')}, bands are one SD.",
        _alt(shown),
        places[0].suite,
        svg,
    )


def _runs(records: Records, place: Place, methods: Sequence[str]) -> dict[str, list[Kept]]:
    kept = [one for one in records.kept_of(place.suite, place.split) if one.has_pool]
    found = {method: [one for one in kept if one.method == method] for method in methods}
    return {method: runs for method, runs in found.items() if runs}


def _rarest_third(counts: Sequence[int]) -> np.ndarray:
    """As for the recalls on the test set: what does not divide goes to the head."""
    return np.array_split(np.argsort(-np.asarray(counts), kind="stable"), 3)[-1]


def _panel(
    axis: Axes, runs: dict[str, list[Kept]], values: Callable[[Kept], Floats], look: dict[str, Look]
) -> None:
    for method, mine in runs.items():
        band = _band([pd.Series(values(one), one.steps) for one in mine])
        style = "--" if look[method].dashed else "-"
        axis.plot(
            band.index, band["mean"], color=look[method].colour, linestyle=style, linewidth=1.9, label=method
        )
        low, high = band["mean"] - band["sd"], band["mean"] + band["sd"]
        axis.fill_between(band.index, low, high, color=look[method].colour, alpha=0.15, linewidth=0)


def _band(seeds: Sequence[pd.Series]) -> Band:
    """One seed has no SD: its band has no width."""
    together = pd.concat(seeds, axis=1)
    return pd.DataFrame({"mean": together.mean(axis=1), "sd": together.std(axis=1).fillna(0.0)})


def _alt(shown: dict[Place, dict[str, list[Kept]]]) -> str:
    place, runs = next(iter(shown.items()))
    ends = {method: float(np.mean([one.divergence[-1] for one in mine])) for method, mine in runs.items()}
    nearest = min(ends, key=lambda method: ends[method])
    return (
        f"How far the pseudo-labels of {plural(len(runs), 'method')} are off the truth on {plural(len(shown), 'split')}"
        f". On {place.split} the nearest in the end is {nearest}, {ends[nearest]:.3f} nats."
    )
