"""How much a model depends on its first view, and how much ARL would have it, over the training."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from tailmark.report.balance.kept import Watched
from tailmark.report.balance.truth import best_weight, variance_ratio
from tailmark.report.figures.style import INK, MUTED, Look, Picture, canvas, styled, svg_of
from tailmark.report.records import Records
from tailmark.report.results import Place
from tailmark.report.words import plural

if TYPE_CHECKING:
    from tailmark.params import Suite

CAST = ("concatenation", "arl-bias-only", "arl-released", "arl", "ogm-ge", "mmpareto")
"""The plain fusion, ARL part by part, and two rivals."""

ROOM = 1.6  # times that an axis goes beyond what it must show
LEAST = 1e-3  # a share is drawn as at least this


def shares(suite: Suite, records: Records, place: Place, look: dict[str, Look]) -> Picture | None:
    """A panel a method; None where no run was watched, or there are not two views to set against each other."""
    shown = {method: runs for method in CAST if (runs := _runs(records, place, method))}
    if not shown or len(suite.views) != 2:
        return None
    truth, name = variance_ratio(suite.dataset), f"{place.suite}-shares"
    with styled():
        figure, axes = canvas(len(shown), 3, 2.15, margin=0.9, share=True)
        for axis, (method, runs) in zip(axes, shown.items(), strict=True):
            _panel(axis, runs, look[method].colour, truth)
            axis.set_title(method, color=INK)
        _scale(axes, shown, truth)
        for axis in axes[-3:]:  # nothing stands below these
            axis.tick_params(labelbottom=True)
        figure.supxlabel("Step", fontsize=10, color=MUTED)
        figure.supylabel(f"{suite.views[0]} / {suite.views[1]}, log scale", fontsize=10, color=MUTED)
        _legend(axes[0], truth)
        svg = svg_of(figure, name)
    return Picture(
        name,
        f"Dependence on the views, and what ARL would have it be, {place.split}",
        _caption(suite, shown, truth),
        _alt(suite, shown),
        place.suite,
        svg,
    )


def _runs(records: Records, place: Place, method: str) -> list[Watched]:
    found = records.watched_of(place.suite, place.split)
    return [
        one
        for one in found
        if one.method == method and one.was_watched and one.protocol == place.protocol and len(one.views) == 2
    ]


def ratios(runs: Sequence[Watched], what: str) -> pd.DataFrame:
    """By step: log of the ratio of the first view's share to the second's, mean and SD over the seeds."""
    series = []
    for one in runs:
        found = one.shares(what).clip(LEAST, 1)
        series.append(pd.Series(np.log(found[:, 0] / found[:, 1]), one.steps).groupby(level=0).last())
    together = (
        pd.concat(series, axis=1).sort_index().interpolate(method="index").dropna()
    )  # not all were looked at as often
    return pd.DataFrame({"mean": together.mean(axis=1), "sd": together.std(axis=1).fillna(0.0)})


def _panel(axis: Axes, runs: Sequence[Watched], colour: str, truth: float | None) -> None:
    axis.axhline(1, color=MUTED, linewidth=0.9)
    if truth is not None and truth != 1:
        axis.axhline(truth, color=INK, linewidth=1.2, linestyle=(0, (1, 1.6)))
    for what, style in (("dependence", "-"), ("certainty", (0, (4, 1.6)))):
        band = ratios(runs, what)
        axis.plot(band.index, np.exp(band["mean"]), color=colour, linestyle=style, linewidth=2)
        low, high = np.exp(band["mean"] - band["sd"]), np.exp(band["mean"] + band["sd"])
        axis.fill_between(band.index, low, high, color=colour, alpha=0.13, linewidth=0)


def _scale(axes: Sequence[Axes], shown: Mapping[str, Sequence[Watched]], truth: float | None) -> None:
    """'0.5', '1', '2', '10' on a log scale; panels share it. Means are always seen, a wide band is cut."""
    means = [ratios(runs, what)["mean"] for runs in shown.values() for what in ("dependence", "certainty")]
    low, high = (float(np.exp(end([end(mean) for mean in means]))) for end in (min, max))
    low, high = min(low, truth or 1) / ROOM, max(high, truth or 1) * ROOM
    first = axes[0]
    first.set_yscale("log")
    first.set_ylim(low, high)
    steps = (1.0, 2.0, 5.0) if high < 60 * low else (1.0,)
    first.yaxis.set_major_locator(LogLocator(subs=steps))
    first.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    first.yaxis.set_minor_formatter(NullFormatter())
    for axis in axes:
        axis.minorticks_off()


def _legend(axis: Axes, truth: float | None) -> None:
    handles = [
        Line2D([], [], color=INK, linewidth=2, label="dependence"),
        Line2D([], [], color=INK, linewidth=2, linestyle=(0, (4, 1.6)), label="certainty: what ARL aims at"),
    ]
    if truth is not None and truth != 1:
        dots = (0, (1, 1.6))
        label = f"true ratio of the inverse variances, {truth:g}"
        handles.append(Line2D([], [], color=INK, linewidth=1.2, linestyle=dots, label=label))
    figure = axis.get_figure()
    assert figure is not None
    figure.legend(
        handles=handles, loc="outside upper center", ncols=3, frameon=False, fontsize=9.5, labelcolor=MUTED
    )


def _caption(suite: Suite, shown: dict[str, list[Watched]], truth: float | None) -> str:
    from tailmark.methods.arl import CLAMP  # noqa: PLC0415 - what trains imports torch

    n = max(map(len, shown.values()))
    first, second = suite.views
    said = (
        f"Ratio of {first} to {second}: solid the dependence, the size of what each view says by itself; dashed the "
        "certainty, the inverse of its entropy, by which ARL judges its variance. ARL's condition holds where the two "
        f"lines meet. Geometric means over {plural(n, 'seed')}, bands are one SD; on the training samples. To ARL the "
        f"dashed ratio counts as between {CLAMP / 2:g} and {2 / CLAMP:.2g} at the most, for it clamps it."
    )
    if truth is None:
        return said
    weight = best_weight(suite.dataset)
    known = f" The true ratio of the inverse variances is {truth:g}"
    if weight is not None and 0 < weight < 1:
        return f"{said}{known}, and so is that of the best weights."
    weights = f"{weight:.4g} and {1 - (weight or 0):.4g}"
    return f"{said}{known}; but the best weights are {weights}, which no ratio of shares is."


def _alt(suite: Suite, shown: dict[str, list[Watched]]) -> str:
    told = [
        f"{method} {np.exp(ratios(runs, 'dependence')['mean'].iloc[-1]):.2f} and "
        f"{np.exp(ratios(runs, 'certainty')['mean'].iloc[-1]):.2f}"
        for method, runs in shown.items()
    ]
    first, second = suite.views
    return (
        f"Dependence and certainty of {first} over {second}, at the end of the training: {'; '.join(told)}."
    )
