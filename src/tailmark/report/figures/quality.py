"""Precision against recall: does a generator make real-looking samples, and all kinds of them?"""

from __future__ import annotations

import math

import numpy as np
from matplotlib.axes import Axes

from tailmark.report.figures.style import INK, MUTED, Look, Picture, canvas, styled, svg_of
from tailmark.report.generated import makers
from tailmark.report.results import Place, Results
from tailmark.report.words import plural


def quality(results: Results, suite: str, places: list[Place], look: dict[str, Look]) -> Picture | None:
    """One panel a split, one point a method, the ceiling as a star; None without generators."""
    here = [place for place in places if makers(results, place)]
    if not here:
        return None
    methods = list(dict.fromkeys(method for place in here for method in makers(results, place)))
    name = f"{suite}-quality"
    columns = 2 if max(map(len, methods)) > 24 else 4
    with styled():
        figure, axes = canvas(len(here), 2, 3.3, margin=0.4 + 0.22 * (len(methods) // columns + 1))
        for number, (axis, place) in enumerate(zip(axes, here, strict=True)):
            for method in makers(results, place):
                _point(axis, results, place, method, look[method])
            axis.plot(*_ceiling(results, place), "*", color=INK, markersize=13, zorder=3)
            axis.set(xlim=(-0.03, 1.03), ylim=(-0.03, 1.03), title=place.split, xlabel="Recall: all kinds")
            axis.set_ylabel("Precision: real-looking" if number % 2 == 0 else "")
            axis.grid(visible=True, axis="both")
        for method in methods:
            mark = look[method]
            figure.axes[0].plot([], [], mark.marker, color=mark.colour, markersize=7, label=method)
        figure.axes[0].plot([], [], "*", color=INK, markersize=11, label="real samples")
        figure.legend(loc="outside lower left", frameon=False, fontsize=9.5, labelcolor=MUTED, ncols=columns)
        svg = svg_of(figure, name)
    last = here[-1]
    best = max(makers(results, last), key=lambda m: np.nan_to_num(results.mean(last, "generated/recall", m)))
    return Picture(
        name,
        "Quality at a glance",
        "Up: samples lie where real ones lie. Right: real ones lie where samples lie. The star is what held-back real "
        "samples reach in their place; bars are one SD over seeds.",
        f"Precision against recall of the samples of {plural(len(methods), 'method')}. On {last.split} the highest "
        f"recall is that of {best}, {results.mean(last, 'generated/recall', best):.2f}.",
        suite,
        svg,
    )


def _point(axis: Axes, results: Results, place: Place, method: str, look: Look) -> None:
    x, y = (results.summary(place, f"generated/{name}", method) for name in ("recall", "precision"))
    if x is None or y is None:
        return
    bars = [0.0 if math.isnan(of.sd) else of.sd for of in (x, y)]
    axis.errorbar(
        x.mean,
        y.mean,
        xerr=bars[0],
        yerr=bars[1],
        color=look.colour,
        marker=look.marker,
        markersize=7,
        elinewidth=1,
        alpha=0.9,
    )


def _ceiling(results: Results, place: Place) -> tuple[float, float]:
    """All methods meet the same real samples; where one made too few of them it met fewer, so the mean is taken."""
    x, y = (
        results.values(place, f"generated/{name}_real").to_numpy().ravel() for name in ("recall", "precision")
    )
    return tuple(float(np.nanmean(v)) if np.isfinite(v).any() else math.nan for v in (x, y))  # type: ignore[return-value]
