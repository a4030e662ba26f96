"""How much MGVAE depends on lambda, the weight that holds fine-tuning to what was pre-trained."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from matplotlib.axes import Axes

from tailmark import methods, published, statistics
from tailmark.report.figures.style import HUES, MUTED, Picture, canvas, styled, svg_of
from tailmark.report.results import Place, Results
from tailmark.report.scale import Shape, kind
from tailmark.report.words import metric, plural

if TYPE_CHECKING:
    from tailmark.params import Suite

METHOD, PRINTED = "mgvae", "mgvae/9"
SHOWN = ("balanced_accuracy", "gmean")


@dataclass(frozen=True)
class Point:
    """One lambda on one split."""

    weight: float
    summary: statistics.Summary


def lambdas(suite: Suite, results: Results, places: list[Place], shape: Shape | None) -> Picture | None:
    """Two panels, one line a split, print hollow; None with fewer than two lambdas."""
    family = sweep(suite, results, places, shape)
    if len(family) < 2:
        return None
    name = f"{places[0].suite}-lambda"
    printed = _printed(suite, places, shape)
    weights = sorted({*family, *(weight for *_, weight, _ in printed)})
    with styled():
        figure, axes = canvas(2, 2, 3.2)
        for axis, shown in zip(axes, SHOWN, strict=True):
            for number, place in enumerate(places):
                beside = 0.05 * (number - (len(places) - 1) / 2)
                colour = HUES[number % len(HUES)]
                _line(
                    axis, list(_points(results, place, shown, family)), weights, beside, colour, place.split
                )
                _hollow(axis, [p for p in printed if p[:2] == (place.split, shown)], weights, beside, colour)
            axis.set(title=f"{metric(shown).short}, %", xlabel="lambda, log scale")
            _ticks(axis, weights)
        figure.legend(
            *axes[0].get_legend_handles_labels(),
            loc="outside right center",
            frameon=False,
            fontsize=9.5,
            labelcolor=MUTED,
        )
        svg = svg_of(figure, name)
    others = "Filled: ours, with 95 % intervals" + ("; hollow: printed in Table 9." if printed else ".")
    return Picture(
        name,
        "How much lambda matters to MGVAE",
        f"{others} At 0, left of the break, nothing holds fine-tuning to what was pre-trained. "
        f"Rows: {', '.join(family[weight] for weight in sorted(family))}.",
        f"Balanced accuracy and G-mean of mgvae at {plural(len(family), 'value')} of lambda on "
        f"{plural(len(places), 'split')}.",
        places[0].suite,
        svg,
    )


def sweep(suite: Suite, results: Results, places: list[Place], shape: Shape | None) -> dict[float, str]:
    """lambda -> label, of the labels that were run and differ in nothing else; the largest such family."""
    families: dict[object, dict[float, str]] = {}
    run = {method for place in places for method in results.methods(place)}
    for spec in suite.methods:
        if spec.name == METHOD and spec.label in run:
            made = methods.make(spec.name, spec.settings, places[0].protocol, kind(shape))
            families.setdefault(replace(made, ewc=0.0), {})[made.ewc] = spec.label
    return max(families.values(), key=len, default={})


def _points(results: Results, place: Place, shown: str, family: dict[float, str]) -> Iterator[Point]:
    for weight in sorted(family):
        summary = results.summary(place, shown, family[weight])
        if summary is not None:
            yield Point(weight, summary)


def _printed(suite: Suite, places: list[Place], shape: Shape | None) -> list[tuple[str, str, float, float]]:
    """(split, metric, lambda, percent) of Table 9, where the suite answers it with the data of the table."""
    table = published.table(PRINTED)
    if PRINTED not in suite.tables or suite.dataset != table.dataset:
        return []
    splits = {place.split for place in places}
    return [
        (c.split, c.metric, methods.make(c.method, c.settings, places[0].protocol, kind(shape)).ewc, c.mean)
        for c in table.cells
        if c.method == METHOD and c.split in splits and c.metric in SHOWN
    ]


def at(weight: float, weights: list[float]) -> float:
    """Decades; 0 stands one decade and a half left of the least."""
    if weight > 0:
        return math.log10(weight)
    return min((math.log10(other) for other in weights if other > 0), default=1.5) - 1.5


def _line(
    axis: Axes, points: list[Point], weights: list[float], beside: float, colour: str, split: str
) -> None:
    for point in points:
        s = point.summary
        error = 100 * (s.high - s.mean) if s.n > 1 else 0.0
        axis.errorbar(
            at(point.weight, weights) + beside,
            100 * s.mean,
            yerr=error,
            color=colour,
            marker="o",
            markersize=5,
        )
    positive = [p for p in points if p.weight > 0]  # nothing is known across the break
    axis.plot(
        [at(p.weight, weights) + beside for p in positive],
        [100 * p.summary.mean for p in positive],
        color=colour,
        linewidth=1.8,
        label=split,
    )


def _hollow(
    axis: Axes, printed: list[tuple[str, str, float, float]], weights: list[float], beside: float, colour: str
) -> None:
    axis.plot(
        [at(weight, weights) + beside for *_, weight, _ in printed],
        [mean for *_, mean in printed],
        "o",
        color=colour,
        markerfacecolor="none",
        markersize=9,
        markeredgewidth=1.4,
    )


def short(weight: float) -> str:
    """'500', '5e4', as the paper prints it."""
    return (
        f"{weight:g}"
        if weight < 1000
        else f"{weight:.1e}".replace(".0e", "e").replace("e+0", "e").replace("e+", "e")
    )


def _ticks(axis: Axes, weights: list[float]) -> None:
    axis.set_xticks([at(weight, weights) for weight in weights], [short(weight) for weight in weights])
    if 0.0 in weights and len(weights) > 1:
        axis.text(
            at(0.0, weights) + 0.75,
            0.0,
            "//",
            transform=axis.get_xaxis_transform(),
            ha="center",
            va="center",
            color=MUTED,
        )
