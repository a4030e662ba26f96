"""Small multiples over splits: as more labels are given, and as the pool is skewed in another way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes

from tailmark.report.figures.style import MUTED, Look, Picture, canvas, legend_below, styled, svg_of
from tailmark.report.results import Place, Results
from tailmark.report.words import HEADLINE, plural

if TYPE_CHECKING:
    from tailmark.params import SemiSplit, Suite

POOLS = ("same", "uniform", "reversed")


@dataclass(frozen=True)
class Panel:
    """Splits that differ in one thing alone."""

    title: str
    at: dict[str, Place]  # what they differ in -> where


@dataclass(frozen=True)
class Sort:
    """What the splits of a figure differ in."""

    name: str  # fit for a file name
    title: str
    label: str  # of the axis
    said: str  # of one place on it


FRACTIONS = Sort("fractions", "As more labels are given", "Labelled, %", "with {} % labelled")
PROFILES = Sort("profiles", "As the pool is skewed in another way", "Pool", "with the pool {}")


def multiples(
    suite: Suite, results: Results, places: Sequence[Place], methods: Sequence[str], look: dict[str, Look]
) -> list[Picture]:
    """One figure each where there is more than one fraction, or more than one profile of the pool."""
    splits = {split.id: split for split in suite.splits if split.kind == "semi"}
    known = [(splits[place.split], place) for place in places if place.split in splits]
    drawn = (
        _picture(FRACTIONS, results, by_fraction(known), methods, look),
        _picture(PROFILES, results, by_pool(known), methods, look),
    )
    return [picture for picture in drawn if picture]


def by_fraction(known: Sequence[tuple[SemiSplit, Place]]) -> list[Panel]:
    """A panel an imbalance ratio and profile of the pool."""
    groups: dict[str, list[tuple[float, Place]]] = {}
    for split, place in known:
        pool = "" if split.pool == "same" else f", {split.pool} pool"
        groups.setdefault(f"Ratio {split.ratio:g}{pool}", []).append((split.labelled, place))
    sorted_groups = {title: sorted(found, key=lambda one: one[0]) for title, found in groups.items()}
    return [
        Panel(title, {f"{100 * share:g}": place for share, place in found})
        for title, found in sorted_groups.items()
        if len(found) > 1
    ]


def by_pool(known: Sequence[tuple[SemiSplit, Place]]) -> list[Panel]:
    """A panel an imbalance ratio and labelled fraction."""
    groups: dict[str, dict[str, Place]] = {}
    for split, place in known:
        groups.setdefault(f"Ratio {split.ratio:g}, {100 * split.labelled:g} % labelled", {})[split.pool] = (
            place
        )
    return [
        Panel(title, {pool: found[pool] for pool in POOLS if pool in found})
        for title, found in groups.items()
        if len(found) > 1
    ]


def _picture(
    sort: Sort, results: Results, panels: Sequence[Panel], methods: Sequence[str], look: dict[str, Look]
) -> Picture | None:
    if not panels:
        return None
    suite = next(iter(panels[0].at.values())).suite
    name = f"{suite}-{sort.name}"
    with styled():
        figure, axes = canvas(len(panels), 3, 2.8, margin=1.0)
        for axis, panel in zip(axes, panels, strict=True):
            _draw(axis, results, panel, methods, look)
            axis.set_title(panel.title)
            axis.set_xlabel(sort.label)
        figure.supylabel("Balanced accuracy, %", fontsize=10, color=MUTED)
        legend_below(figure, axes[0], columns=4)
        svg = svg_of(figure, name)
    first = panels[0]
    last_at, last = list(first.at.items())[-1]
    best = max(methods, key=lambda method: np.nan_to_num(results.mean(last, HEADLINE, method)))
    return Picture(
        name,
        sort.title,
        "Means over seeds, bars are one SD; methods stand a little beside each other so that bars can be seen.",
        f"Balanced accuracy of {plural(len(methods), 'method')} in {plural(len(panels), 'panel')}. {first.title}, "
        f"{sort.said.format(last_at)}: the highest is {best}, {100 * results.mean(last, HEADLINE, best):.1f} %.",
        suite,
        svg,
    )


def _draw(axis: Axes, results: Results, panel: Panel, methods: Sequence[str], look: dict[str, Look]) -> None:
    for number, method in enumerate(methods):
        found = [results.summary(place, HEADLINE, method) for place in panel.at.values()]
        known = [(at + 0.03 * (number - len(methods) / 2), of) for at, of in enumerate(found) if of]
        axis.errorbar(
            [at for at, _ in known],
            [100 * of.mean for _, of in known],
            yerr=[100 * of.sd if of.n > 1 else 0 for _, of in known],
            color=look[method].colour,
            marker=look[method].marker,
            linestyle="--" if look[method].dashed else "-",
            linewidth=1.7,
            markersize=4.5,
            elinewidth=1,
            label=method,
        )
    axis.set_xticks(range(len(panel.at)), list(panel.at))
