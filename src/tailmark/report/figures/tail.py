"""Recall along the tail: what a method gives the rare classes, and what that costs the common ones."""

from __future__ import annotations

import math

import numpy as np
import seaborn as sns
from matplotlib.axes import Axes

from tailmark.report.figures import missed
from tailmark.report.figures.style import (
    BASELINE,
    FAINT,
    INK,
    MUTED,
    Look,
    Picture,
    canvas,
    name_rows,
    styled,
    svg_of,
)
from tailmark.report.results import Place, Results, best_first, distinct, rivals
from tailmark.report.words import plural

PLAIN = {"erm": "ERM", "concatenation": "concatenation"}
"""What all others are read against."""

LONG_NAME = 24  # characters that a panel is wide
NEARLY_ALL = 97.0  # percent; where most recalls are higher, a plain scale shows lines on its upper edge


def tail(
    results: Results, suite: str, place: Place, look: dict[str, Look], train_counts: tuple[int, ...]
) -> Picture:
    """Small multiples: one panel a method over the classes from head to tail, with ERM behind."""
    classes = np.argsort(-np.asarray(train_counts), kind="stable")
    methods = rivals(results, place)
    plain = next((method for method in PLAIN if method in methods), "")
    means = [100 * results.mean(place, f"recall/{k}", method) for k in classes for method in methods]
    crowded = bool(np.median(means) > NEARLY_ALL)
    name = f"{suite}-tail"
    with styled():
        figure, axes = canvas(len(methods), 4, 1.65, share=True)
        for axis, method in zip(axes, methods, strict=True):
            _sizes(axis, np.asarray(train_counts)[classes])
            _line(axis, _recalls(results, place, method, classes), look[method].colour, crowded)
            if plain and method != plain:
                _reference(axis, results, place, plain, classes)
            long = len(method) > LONG_NAME
            axis.set_title(method.replace("(", "\n(", 1) if long else method, color=INK)
            axis.set(xlabel="", ylabel="")
            axis.set_xticks([0, len(classes) - 1], ["head", "tail"])
        if crowded:
            missed.scale(axes[0], means, gap=0.2)
        else:
            axes[0].set_ylim(_floor(means), 103)
        for axis in axes[-4:]:  # nothing stands below these
            axis.tick_params(labelbottom=True)
        figure.supylabel(f"Recall, %, {missed.LABEL}" if crowded else "Recall, %", fontsize=10, color=MUTED)
        svg = svg_of(figure, name)
    rarest = f"recall/{classes[-1]}"
    best = max(methods, key=lambda method: results.mean(place, rarest, method))
    return Picture(
        name,
        f"Recall along the tail, {place.split}",
        f"Classes from most to fewest training samples; {'' if crowded else 'the band is one SD over seeds, '}"
        f"{f'the grey line is {PLAIN[plain]}, ' if plain else ''}the pale steps are class sizes on a log scale.",
        f"Recall by class for {plural(len(methods), 'method')} on {place.split}. In the rarest class the highest "
        f"recall is that of {best}, {100 * results.mean(place, rarest, best):.1f} %.",
        suite,
        svg,
    )


def _recalls(results: Results, place: Place, method: str, classes: np.ndarray) -> np.ndarray:
    """Seeds by classes, in percent."""
    return np.column_stack([100 * results.values(place, f"recall/{k}")[method].dropna() for k in classes])


def _line(axis: Axes, recalls: np.ndarray, colour: str, crowded: bool) -> None:
    """A band of one SD, but for a scale on which an SD down is far longer than an SD up."""
    sns.lineplot(
        x=np.tile(np.arange(recalls.shape[1]), len(recalls)),
        y=recalls.ravel(),
        errorbar="sd" if len(recalls) > 1 and not crowded else None,
        color=colour,
        linewidth=2,
        err_kws={"alpha": 0.22, "linewidth": 0},
        ax=axis,
    )


def _reference(axis: Axes, results: Results, place: Place, plain: str, classes: np.ndarray) -> None:
    axis.plot(
        _recalls(results, place, plain, classes).mean(axis=0), color=BASELINE, linewidth=1.1, zorder=1.5
    )


def _floor(means: list[float]) -> float:
    """The axis starts a little under the lowest recall, at a round number."""
    return max(0.0, 10 * math.floor((min(means) - 5) / 10))


def _sizes(axis: Axes, counts: np.ndarray) -> None:
    """Class sizes as steps over nearly the panel's height: the tail is seen, not measured."""
    height = 0.96 * np.log1p(counts) / np.log1p(counts.max())
    share = axis.get_xaxis_transform()
    at = np.arange(len(counts))
    axis.bar(at, height, 1.0, color=FAINT, alpha=0.35, linewidth=0, zorder=0, transform=share)


def trade(results: Results, suite: str, places: list[Place], look: dict[str, Look], rare: int) -> Picture:
    """Two classes: from the recall of the rare class to that of the common one, a line a method."""
    last = places[-1]
    methods = best_first(results, last, distinct(results, last))
    name = f"{suite}-tail"
    with styled():
        figure, axes = canvas(len(places), 3, 0.4 + 0.27 * len(methods))
        for axis, place in zip(axes, places, strict=True):
            _dumbbells(axis, results, place, methods, look, rare)
        name_rows(axes, methods)
        figure.supxlabel(
            "Recall, %: filled is the minority class, hollow the majority class", fontsize=10, color=MUTED
        )
        svg = svg_of(figure, name)
    rarest = f"recall/{rare}"
    best = max(rivals(results, last), key=lambda m: results.mean(last, rarest, m))
    return Picture(
        name,
        "What the minority gains and the majority pays",
        "A short line is an even-handed method; a filled point at 0 is a class that is never found.",
        f"Recall of the minority and the majority class for {plural(len(methods), 'method')}. On {last.split} the "
        f"highest minority recall is that of {best}, {100 * results.mean(last, rarest, best):.1f} %.",
        suite,
        svg,
    )


def _dumbbells(
    axis: Axes, results: Results, place: Place, methods: list[str], look: dict[str, Look], rare: int
) -> None:
    for height, method in enumerate(methods):
        low = 100 * results.mean(place, f"recall/{rare}", method)
        high = 100 * results.mean(place, f"recall/{1 - rare}", method)
        if math.isnan(low) or math.isnan(high):
            continue
        colour = look[method].colour
        axis.plot([low, high], [height, height], color=colour, linewidth=2.2, alpha=0.5, zorder=1)
        axis.plot(low, height, "o", color=colour, markersize=6.5)
        axis.plot(
            high, height, "o", color=colour, markersize=6.5, markerfacecolor="none", markeredgewidth=1.6
        )
    axis.set_title(place.split, color=INK)
    axis.set_xlim(-3, 103)
    axis.grid(axis="x")
