"""Learning curves: whether a method had settled, and what the test set showed on the way."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import LogLocator, NullLocator, StrMethodFormatter

from tailmark.report.figures.style import MUTED, Look, Picture, canvas, styled, svg_of
from tailmark.report.records import Curve
from tailmark.report.results import Place, Results, best_first, distinct
from tailmark.report.words import plural

MOST_POINTS = 50


def curves(results: Results, place: Place, runs: list[Curve], look: dict[str, Look]) -> Picture:
    """Training loss and test balanced accuracy by epoch, mean over seeds; the legend has the best on top."""
    name = f"{place.suite}-curves"
    drawn = {run.method for run in runs}
    methods = [m for m in best_first(results, place, distinct(results, place)) if m in drawn]
    with styled():
        figure, (loss, score) = canvas(2, 2, 3.1)
        for method in methods:
            mine = [run for run in runs if run.method == method]
            _draw(loss, [(run.epoch, run.train_loss) for run in mine], look[method], method)
            _draw(score, [(run.eval_epoch, 100 * run.balanced_accuracy) for run in mine], look[method], None)
        loss.set(title="Training loss", xlabel="Epoch", ylabel="", yscale="log")
        _plain_ticks(loss)
        score.set(title="Balanced accuracy on test, %", xlabel="Epoch", ylabel="")
        figure.legend(loc="outside right center", frameon=False, fontsize=9.5, labelcolor=MUTED)
        svg = svg_of(figure, name)
    return Picture(
        name,
        f"Learning curves, {place.split}",
        "Means over seeds. Losses of different methods have different scales; compare their shapes. The test curve "
        "is watched and never chosen on: every number is from the last epoch.",
        f"Training loss and test balanced accuracy by epoch for {plural(len(methods), 'method')} on {place.split}.",
        place.suite,
        svg,
    )


def _draw(axis: Axes, series: list[tuple[np.ndarray, np.ndarray]], look: Look, label: str | None) -> None:
    length = min(len(x) for x, _ in series)
    thin = np.unique(np.linspace(0, length - 1, min(length, MOST_POINTS)).round().astype(int))
    mean = np.mean([y[:length] for _, y in series], axis=0)
    axis.plot(
        series[0][0][thin],
        mean[thin],
        color=look.colour,
        linestyle="--" if look.dashed else "-",
        linewidth=1.7,
        alpha=0.9,
        label=label,
    )


def _plain_ticks(axis: Axes) -> None:
    """'0.02', '0.05', '0.1' on a short log scale, '0.01', '0.1' on a long one."""
    low, high = axis.get_ylim()
    steps = (1.0, 2.0, 5.0) if high < 200 * low else (1.0,)
    axis.yaxis.set_major_locator(LogLocator(subs=steps))
    axis.yaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
    axis.yaxis.set_minor_locator(NullLocator())
