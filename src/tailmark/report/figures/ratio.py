"""The metric against the imbalance ratio: which methods hold when the tail grows longer."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes

from tailmark.report.figures.style import INK, Look, Picture, canvas, styled, svg_of
from tailmark.report.results import Place, Results, distinct
from tailmark.report.words import HEADLINE, plural


def ratio(results: Results, suite: str, ratios: dict[Place, float], look: dict[str, Look]) -> Picture:
    """One line a method, named at its end; bars are one SD over seeds."""
    places = sorted(ratios, key=lambda place: ratios[place])
    methods = [method for method in distinct(results, places[-1]) if method != "majority"]
    name = f"{suite}-ratio"
    with styled():
        figure, (axis,) = canvas(1, 1, max(3.4, 0.6 + 0.24 * len(methods)))
        beside = {
            m: _beside(ratios[places[-1]] / ratios[places[0]], i, len(methods)) for i, m in enumerate(methods)
        }
        for method in methods:
            _line(axis, results, method, [(beside[method] * ratios[p], p) for p in places], look[method])
        axis.set_xscale("log")
        axis.set_xticks([ratios[p] for p in places], [f"{ratios[p]:g}" for p in places])
        axis.minorticks_off()
        axis.set(xlabel="Imbalance ratio (log scale)", ylabel="Balanced accuracy, %")
        last = places[-1]
        ends = {m: (beside[m] * ratios[last], 100 * results.mean(last, HEADLINE, m)) for m in methods}
        _names(axis, ends, look)
        svg = svg_of(figure, name)
    worst = min(methods, key=lambda m: _change(results, places, m))
    return Picture(
        name,
        "As the imbalance grows",
        "Steep lines are methods that the tail defeats. Bars are one SD over seeds.",
        f"Balanced accuracy of {plural(len(methods), 'method')} at {plural(len(places), 'imbalance ratio')}. "
        f"{worst} loses most, {-_change(results, places, worst):.1f} points.",
        suite,
        svg,
    )


def _beside(span: float, number: int, of: int) -> float:
    """A factor that moves a method's points a little to the side, so that bars do not hide each other."""
    return float(span ** (0.006 * (number - of / 2)))


def _change(results: Results, places: list[Place], method: str) -> float:
    ends = [100 * results.mean(place, HEADLINE, method) for place in (places[0], places[-1])]
    return float(np.nan_to_num(ends[1] - ends[0]))


def _line(axis: Axes, results: Results, method: str, at: list[tuple[float, Place]], look: Look) -> None:
    points = [(x, summary) for x, place in at if (summary := results.summary(place, HEADLINE, method))]
    axis.errorbar(
        [x for x, _ in points],
        [100 * summary.mean for _, summary in points],
        yerr=[100 * summary.sd if summary.n > 1 else 0 for _, summary in points],
        color=look.colour,
        marker=look.marker,
        linestyle="--" if look.dashed else "-",
        linewidth=1.8,
        markersize=5,
        elinewidth=1,
        capsize=0,
        alpha=0.9,
    )


def _names(axis: Axes, ends: dict[str, tuple[float, float]], look: dict[str, Look]) -> None:
    """Names beside the line ends, pushed apart until they can be read."""
    low, high = axis.get_ylim()
    order = sorted(ends, key=lambda method: ends[method][1])
    heights = apart([ends[method][1] for method in order], (high - low) * 0.055)
    for method, height in zip(order, heights, strict=True):
        axis.annotate(
            method,
            ends[method],
            xytext=(1.06, height),
            textcoords=("axes fraction", "data"),
            va="center",
            color=INK,
            fontsize=10,
            arrowprops={"arrowstyle": "-", "color": look[method].colour, "linewidth": 0.8, "shrinkB": 4},
        )


def apart(values: list[float], gap: float) -> list[float]:
    """Ascending values moved as little as needed to stand a gap apart: pooled neighbours share their shift."""
    pools: list[tuple[float, int]] = []  # (mean of value less its place in line, members)
    for place, value in enumerate(values):
        mean, size = value - place * gap, 1
        while pools and pools[-1][0] >= mean:
            other, members = pools.pop()
            mean, size = (mean * size + other * members) / (size + members), size + members
        pools.append((mean, size))
    flat = [mean for mean, size in pools for _ in range(size)]
    return [base + place * gap for place, base in enumerate(flat)]
