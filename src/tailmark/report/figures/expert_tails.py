"""Recall along the tail of each expert alone: whether three experts are skilled at three kinds of class."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes

from tailmark.report.experts import alone, fitted
from tailmark.report.figures import missed
from tailmark.report.figures.style import (
    EXPERTS,
    INK,
    MUTED,
    Picture,
    canvas,
    legend_below,
    styled,
    svg_of,
)
from tailmark.report.results import Place, Results
from tailmark.report.words import plural


def expert_tails(
    readings: Results, suite: str, place: Place, train_counts: tuple[int, ...]
) -> Picture | None:
    """One panel a method whose experts are weighed; None where there is none."""
    methods = fitted(readings, place)
    if not methods:
        return None
    classes = np.argsort(-np.asarray(train_counts), kind="stable")
    name = f"{suite}-experts"
    with styled():
        figure, axes = canvas(len(methods), 4, 2.6, margin=0.8)
        for axis, method in zip(axes, methods, strict=True):
            for number, expert in enumerate(alone(readings, place, method), start=1):
                _line(axis, readings, place, expert, classes, str(number))
            _line(axis, readings, place, method, classes, "")
            axis.set_title(method.replace("(", "\n(", 1), fontsize=10)
            axis.set_xticks([0, len(classes) - 1], ["head", "tail"])
        for axis in axes:
            missed.scale(axis, [float(y) for line in axis.get_lines() for y in np.ravel(line.get_ydata())])
        figure.supylabel(f"Recall, %, {missed.LABEL}", fontsize=10, color=MUTED)
        legend_below(figure, axes[0], columns=4)
        svg = svg_of(figure, name)
    seeds = len(readings.values(place, f"recall/{classes[0]}"))
    return Picture(
        name,
        f"What each expert is skilled at, {place.split}, {place.mix}",
        "Classes from most to fewest training samples; means over "
        f"{plural(seeds, 'seed')}. Expert 1 is trained for the tail as it is, 2 for equal classes, 3 for the tail "
        "reversed. Each panel has a scale of its own.",
        f"Recall by class for each expert of {plural(len(methods), 'method')} on {place.split}. "
        f"{_rarest(readings, place, methods[0], int(classes[-1]))}",
        suite,
        svg,
    )


def _line(axis: Axes, readings: Results, place: Place, of: str, classes: np.ndarray, named: str) -> None:
    """An expert in its colour, the method that weighs them in ink."""
    mean = [100 * readings.mean(place, f"recall/{k}", of) for k in classes]
    if named:
        axis.plot(mean, color=EXPERTS[int(named) - 1], linewidth=2, label=f"expert {named} alone")
    else:
        axis.plot(mean, color=INK, linestyle="--", linewidth=1.5, label="as the method answers")


def _rarest(readings: Results, place: Place, method: str, rarest: int) -> str:
    """'In the rarest class the experts of mame reach 86.0, 94.0 and 97.0 %.'"""
    found = [
        f"{100 * readings.mean(place, f'recall/{rarest}', m):.1f}" for m in alone(readings, place, method)
    ]
    return f"In the rarest class the experts of {method} reach {', '.join(found[:-1])} and {found[-1]} %."
