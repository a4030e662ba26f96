"""Seeds as points: how far the methods are apart, and how far a seed moves them."""

from __future__ import annotations

import seaborn as sns
from matplotlib.axes import Axes

from tailmark.report.figures.style import INK, MUTED, Look, Picture, canvas, name_rows, styled, svg_of
from tailmark.report.results import Place, Results, best_first, distinct
from tailmark.report.words import HEADLINE, is_reference, plural


def spread(results: Results, suite: str, places: list[Place], look: dict[str, Look]) -> Picture:
    """One panel a split, one line a method, best on top in the last split.

    The floor is left out: it would stretch the axis and squeeze what is to be compared.
    """
    last = places[-1]
    methods = best_first(results, last, [m for m in distinct(results, last) if m != "majority"])
    name = f"{suite}-seeds"
    with styled():
        figure, axes = canvas(len(places), 3, 0.4 + 0.27 * len(methods))
        for axis, place in zip(axes, places, strict=True):
            _panel(axis, results, place, methods, look)
        name_rows(axes, methods)
        figure.supxlabel("Balanced accuracy, %", fontsize=10, color=MUTED)
        svg = svg_of(figure, name)
    best = next(method for method in methods if not is_reference(method))
    return Picture(
        name,
        "Seeds as points",
        "Each point is one seed; the tick is the mean, the bar its 95 % interval. Overlapping bars are a reason "
        "to look at the paired test, not an answer.",
        f"Balanced accuracy of {plural(len(methods), 'method')} on {plural(len(places), 'split')}, one point a "
        f"seed. On {last.split} the highest mean is {best}, {100 * results.mean(last, HEADLINE, best):.1f} %.",
        suite,
        svg,
    )


def _panel(axis: Axes, results: Results, place: Place, methods: list[str], look: dict[str, Look]) -> None:
    frame = (100 * results.values(place)).melt(var_name="method", value_name="value").dropna()
    sns.stripplot(
        frame,
        x="value",
        y="method",
        hue="method",
        order=methods,
        hue_order=methods,
        palette=[look[method].colour for method in methods],
        ax=axis,
        jitter=False,
        size=5,
        alpha=0.55,
        linewidth=0,
        legend=False,
        native_scale=False,
    )
    for height, method in enumerate(methods):
        summary = results.summary(place, HEADLINE, method)
        if summary is None:
            continue
        if summary.n > 1:
            ends = 100 * max(summary.low, 0.0), 100 * min(summary.high, 1.0)  # a t interval knows no limits
            axis.hlines(height, *ends, color=look[method].colour, linewidth=2)
        axis.plot(
            100 * summary.mean, height, "|", color=look[method].colour, markersize=13, markeredgewidth=2.2
        )
    axis.set_title(place.split, color=INK)
    axis.set(xlabel="", ylabel="")
    axis.grid(axis="x")
