"""The pseudo-labels at the end, class by class: which classes are found, and which are believed wrongly."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes

from tailmark.report.figures.style import (
    FAINT,
    HUES,
    MUTED,
    Picture,
    canvas,
    legend_below,
    styled,
    svg_of,
)
from tailmark.report.records import Records
from tailmark.report.results import Place, Results
from tailmark.report.words import plural

RECALL, PRECISION = HUES[0], HUES[1]


def pool_end(results: Results, place: Place, methods: Sequence[str], records: Records) -> Picture | None:
    """A panel a method over the classes from head to tail; None where the pool was not looked at."""
    pools = [one.pool_counts for one in records.kept_of(place.suite, place.split) if one.has_pool]
    drawn = [m for m in methods if results.summary(place, "pool/balanced_accuracy", m)]
    if not pools or not drawn:
        return None
    classes = np.argsort(-np.asarray(records.train_counts[place.suite, place.split]), kind="stable")
    name = f"{place.suite}-pool-classes"
    with styled():
        figure, axes = canvas(len(drawn), 3, 1.9, margin=0.9, share=True)
        for axis, method in zip(axes, drawn, strict=True):
            _sizes(axis, np.asarray(pools[0])[classes])
            recall = _curve(results, place, method, [f"pool/recall/{k}" for k in classes])
            precision = _curve(results, place, method, [f"pool/precision/{k}" for k in classes])
            _line(axis, recall, RECALL, "recall")
            _line(axis, precision, PRECISION, "precision")
            axis.set_title(method.replace("(", "\n(", 1), fontsize=10)
            axis.set_xticks([0, len(classes) - 1], ["head", "tail"])
        axes[0].set_ylim(-3, 103)
        for axis in axes[-3:]:
            axis.tick_params(labelbottom=True)
        figure.supylabel("Percent", fontsize=10, color=MUTED)
        legend_below(figure, axes[0], columns=3)
        svg = svg_of(figure, name)
    seeds = len(results.values(place, "pool/balanced_accuracy"))
    rarest = {m: results.mean(place, f"pool/recall/{classes[-1]}", m) for m in drawn}
    best = max(drawn, key=lambda m: np.nan_to_num(rarest[m], nan=-1.0))
    return Picture(
        name,
        f"The pseudo-labels at the end, class by class, {place.split}",
        "Classes from most to fewest training samples. Recall: of the samples of the class, the share that is given "
        "it. Precision: of the samples that are given the class, the share that is of it; left out where no run "
        f"gives the class. Means over {plural(seeds, 'seed')}; the pale steps are the class sizes of the pool.",
        f"Recall and precision of the pseudo-labels of {plural(len(drawn), 'method')}. In the rarest class the highest "
        f"recall is that of {best}, {100 * np.nan_to_num(rarest[best]):.1f} %.",
        place.suite,
        svg,
    )


def _curve(results: Results, place: Place, method: str, metrics: Sequence[str]) -> np.ndarray:
    """Mean and SD in percent, a row each; NaN for a class that has no value, where the line breaks."""
    found = [results.summary(place, name, method) for name in metrics]
    rows = [(s.mean, s.sd if s.n > 1 else 0.0) if s else (np.nan, np.nan) for s in found]
    return 100 * np.array(rows).T


def _line(axis: Axes, curve: np.ndarray, colour: str, label: str) -> None:
    mean, sd = curve
    at = np.arange(len(mean))
    axis.plot(at, mean, color=colour, marker="o", markersize=3, linewidth=1.8, label=label)
    low, high = np.clip((mean - sd, mean + sd), 0, 100)
    axis.fill_between(at, low, high, color=colour, alpha=0.15, linewidth=0)


def _sizes(axis: Axes, counts: np.ndarray) -> None:
    """From nothing to the top of the panel: the shape of the pool is seen, its size is not."""
    axis.bar(
        np.arange(len(counts)),
        0.96 * counts / max(counts.max(), 1),
        1.0,
        color=FAINT,
        alpha=0.35,
        linewidth=0,
        zorder=0,
        transform=axis.get_xaxis_transform(),
    )
