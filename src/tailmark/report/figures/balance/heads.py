"""What a model of several views says, and what each of its views says by itself, beside models of one view."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from tailmark.readings import MARK
from tailmark.report.balance.groups import SINGLE
from tailmark.report.figures.style import HUES, INK, MUTED, Look, Picture, canvas, name_rows, styled, svg_of
from tailmark.report.results import Place, Results
from tailmark.report.words import HEADLINE, plural

if TYPE_CHECKING:
    from tailmark.params import Suite

VIEWS = (HUES[0], HUES[1], HUES[2])
SHAPES = ("o", "s", "^")
MOST = 3  # panels in a row


def heads(suite: Suite, readings: Results, places: Sequence[Place], look: dict[str, Look]) -> Picture | None:
    """A panel a split, a row a method; None where nobody was read view by view."""
    views = suite.views[: len(VIEWS)]
    methods = list(dict.fromkeys(m for place in places for m in _read_by_view(readings, place, views)))
    if not methods:
        return None
    name = f"{places[0].suite}-heads"
    with styled():
        figure, axes = canvas(len(places), MOST, 0.45 + 0.26 * len(methods), margin=0.9)
        for axis, place in zip(axes, places, strict=True):
            _panel(axis, readings, place, methods, views)
        name_rows(axes, methods)
        figure.supxlabel("Balanced accuracy, %", fontsize=10, color=MUTED)
        _legend(axes[0], views)
        svg = svg_of(figure, name)
    n = max(of.n for place in places for m in methods if (of := readings.summary(place, HEADLINE, m)))
    return Picture(
        name,
        "What all views say, and each view by itself",
        "Bars: the method as it answers; points: the same network when it is given one view alone. Dashed: models that "
        f"were trained on one view alone, with the plain cross-entropy. Means over {plural(n, 'seed')}, thin lines are "
        "one SD. A point far left of its dashed line is a view that was learned less well than it can be.",
        _alt(readings, places, methods, views),
        places[0].suite,
        svg,
    )


def _read_by_view(readings: Results, place: Place, views: Sequence[str]) -> list[str]:
    here = readings.methods(place)
    return [m for m in here if all(f"{m}{MARK}{view}" in here for view in views)]


def _panel(axis: Axes, readings: Results, place: Place, methods: Sequence[str], views: Sequence[str]) -> None:
    for view, colour in zip(views, VIEWS, strict=False):
        if of := readings.summary(place, HEADLINE, f"{SINGLE}(view={view})"):
            axis.axvline(100 * of.mean, color=colour, linewidth=1.3, linestyle=(0, (4, 2)), zorder=1)
    for row, method in enumerate(methods):
        if fused := readings.summary(place, HEADLINE, method):
            axis.plot(100 * fused.mean, row, "|", color=INK, markersize=11, markeredgewidth=2.4, zorder=4)
            _spread(axis, fused.mean, fused.sd, fused.n, row, INK)
        for number, (view, colour, shape) in enumerate(zip(views, VIEWS, SHAPES, strict=False)):
            height = row + 0.16 * (number - (len(views) - 1) / 2)
            if alone := readings.summary(place, HEADLINE, f"{method}{MARK}{view}"):
                axis.plot(100 * alone.mean, height, shape, color=colour, markersize=5, zorder=3)
                _spread(axis, alone.mean, alone.sd, alone.n, height, colour)
    axis.set_title(place.split, color=INK)
    axis.grid(axis="x")


def _spread(axis: Axes, mean: float, sd: float, n: int, height: float, colour: str) -> None:
    if n > 1:
        ends = 100 * max(mean - sd, 0.0), 100 * min(mean + sd, 1.0)
        axis.hlines(height, *ends, color=colour, linewidth=1.1, alpha=0.7)


def _legend(axis: Axes, views: Sequence[str]) -> None:
    bar = Line2D(
        [], [], color=INK, marker="|", linestyle="", markersize=11, markeredgewidth=2.4, label="all views"
    )
    points = [
        Line2D([], [], color=colour, marker=shape, linestyle="", markersize=5, label=f"{view} by itself")
        for view, colour, shape in zip(views, VIEWS, SHAPES, strict=False)
    ]
    lines = [
        Line2D([], [], color=colour, linewidth=1.3, linestyle=(0, (4, 2)), label=f"a model of {view} alone")
        for view, colour in zip(views, VIEWS, strict=False)
    ]
    figure = axis.get_figure()
    assert figure is not None
    handles = [bar, *points, *lines]
    figure.legend(
        handles=handles,
        loc="outside upper center",
        ncols=min(len(handles), 5),
        frameon=False,
        fontsize=9.5,
        labelcolor=MUTED,
        handletextpad=0.5,
        columnspacing=1.4,
    )


def _alt(readings: Results, places: Sequence[Place], methods: Sequence[str], views: Sequence[str]) -> str:
    last = places[-1]
    here = [m for m in methods if readings.summary(last, HEADLINE, m)]
    best = max(here, key=lambda m: readings.mean(last, HEADLINE, m))
    alone = "; ".join(
        f"its {view} by itself {100 * readings.mean(last, HEADLINE, f'{best}{MARK}{view}'):.1f} %"
        for view in views
    )
    return (
        f"Balanced accuracy of {plural(len(methods), 'method')} and of their views on {plural(len(places), 'split')}. "
        f"On {last.split} the highest is {best}, {100 * readings.mean(last, HEADLINE, best):.1f} %; {alone}."
    )
