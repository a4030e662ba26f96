"""Accuracy and macro F1 as the test mix shifts: a column of panels a split, a line a method."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes

from tailmark.report.figures import missed
from tailmark.report.figures.ratio import apart
from tailmark.report.figures.style import FAINT, INK, MUTED, Look, Picture, canvas, styled, svg_of
from tailmark.report.results import Place, Results, distinct
from tailmark.report.words import metric, plural

SHOWN = ("accuracy", "macro_f1")
FEW = 7  # methods that all can have a colour
CAST = (
    *("mame", "ensemble", "mmd", "sade", "concatenation"),
    *(f"{name}(loss=balanced-softmax)" for name in ("concatenation", "late-fusion")),
    "concatenation(loss=logit-adjustment)",  # at tau = 1 the same runs
)
"""Whom the eye should find among many."""

Lines = dict[str, tuple[list[int], list[float]]]  # method -> mixes by number, percent


def mixes(results: Results, suite: str, places: list[Place], look: dict[str, Look]) -> Picture | None:
    """None with one test mix."""
    if len(results.mixes(places[0])) < 2:
        return None
    met = dict.fromkeys(method for place in places for method in distinct(results, place))
    methods = [method for method in met if method != "majority"]
    named = highlighted(methods)
    name = f"{suite}-mixes"
    with styled():
        height = max(2.6, 0.5 + 0.17 * len(methods))
        figure, axes = canvas(len(SHOWN) * len(places), len(places), height)
        for number, axis in enumerate(axes):
            shown, place = SHOWN[number // len(places)], places[number % len(places)]
            lines = _lines(results, place, shown, methods)
            _panel(axis, lines, named, look)
            labels = [mix.mix.replace("-", "\n") for mix in results.mixes(place)]
            axis.set_xticks(range(len(labels)), labels, fontsize=9)
            axis.set_title(f"{metric(shown).short}, {place.split}")
            if place == places[-1]:
                _names(axis, lines, named, look)
        figure.supylabel(f"Percent, {missed.LABEL}", fontsize=10, color=MUTED)
        svg = svg_of(figure, name)
    hardest = results.mixes(places[0])[-1]
    best = max(methods, key=lambda method: np.nan_to_num(results.mean(hardest, SHOWN[1], method)))
    seeds = max(len(results.values(place, SHOWN[0])) for place in places)
    return Picture(
        name,
        "As the test mix shifts",
        "Every training is tested on all mixes, from one as skewed as the training set (left) to the reverse (right). "
        f"Lines are means over {plural(seeds, 'seed')}"
        + (", those in grey belong to the names in grey." if len(named) < len(methods) else "."),
        f"Accuracy and macro F1 of {plural(len(methods), 'method')} on {plural(len(labels), 'test mix', 'test mixes')} "
        f"and {plural(len(places), 'split')}. On {hardest.split}, {hardest.mix} the highest macro F1 is that of "
        f"{best}, {100 * results.mean(hardest, SHOWN[1], best):.1f} %.",
        suite,
        svg,
    )


def highlighted(methods: list[str]) -> list[str]:
    """All where they are few, else those that the report asks about."""
    return methods if len(methods) <= FEW else [m for m in methods if m in CAST or m.startswith("sade(view=")]


def _lines(results: Results, place: Place, shown: str, methods: list[str]) -> Lines:
    found: Lines = {}
    for method in methods:
        means = [results.mean(mix, shown, method) for mix in results.mixes(place)]
        at = [number for number, mean in enumerate(means) if not np.isnan(mean)]
        if at:
            found[method] = at, [100 * means[number] for number in at]
    return found


def _panel(axis: Axes, lines: Lines, named: list[str], look: dict[str, Look]) -> None:
    for method, (at, values) in lines.items():
        strong = method in named
        axis.plot(
            at,
            values,
            color=look[method].colour if strong else MUTED,
            alpha=1 if strong else 0.45,
            linestyle="--" if look[method].dashed else "-",
            linewidth=2 if strong else 1.2,
            marker=look[method].marker if strong else "",
            markersize=4.5,
            zorder=3 if strong else 2,
        )
    missed.scale(axis, [value for _, values in lines.values() for value in values])


def _names(axis: Axes, lines: Lines, named: list[str], look: dict[str, Look]) -> None:
    """At the line ends, pushed apart on the log scale until they can be read."""
    low, high = (float(missed.to_log(end)) for end in axis.get_ylim())
    order = sorted(lines, key=lambda method: lines[method][1][-1])
    ends = [float(missed.to_log(lines[method][1][-1])) for method in order]
    heights = apart([(end - low) / (high - low) for end in ends], 0.062)
    for method, height in zip(order, heights, strict=True):
        strong = method in named
        axis.annotate(
            method,
            (lines[method][0][-1], lines[method][1][-1]),
            xytext=(1.07, height),
            textcoords="axes fraction",
            va="center",
            color=INK if strong else MUTED,
            fontsize=9 if strong else 8,
            arrowprops={
                "arrowstyle": "-",
                "color": look[method].colour if strong else FAINT,
                "linewidth": 0.8,
                "shrinkB": 3,
                "relpos": (0, 0.5),
            },
        )
