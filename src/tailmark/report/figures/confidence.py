"""What confidence the module gives each view, from common to rare classes, and when a view is noise."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes

from tailmark.report.figures.style import HUES, MUTED, Picture, canvas, legend_below, styled, svg_of
from tailmark.report.results import Place, Results
from tailmark.report.words import listed, plural

CLEAN, OWN, OTHER = HUES[0], HUES[3], HUES[2]
UNSEEN = 0.005  # a difference that no line shows
FARTHEST = (-1.0, 2.0)  # g estimates a probability; beyond, noise would flatten all else


def confidence(
    results: Results, suite: str, place: Place, views: tuple[str, ...], train_counts: tuple[int, ...]
) -> Picture | None:
    """A row of panels a method with a module, a column a view; None where no method has one."""
    methods = [m for m in results.methods(place) if results.summary(place, f"confidence/{views[0]}/0", m)]
    if not methods:
        return None
    classes = np.argsort(-np.asarray(train_counts), kind="stable")
    name = f"{suite}-confidence"
    with styled():
        figure, axes = canvas(len(methods) * len(views), len(views), 1.9, margin=0.9, share=True)
        for number, axis in enumerate(axes):
            method, view = methods[number // len(views)], views[number % len(views)]
            clean = _curve(results, place, method, _metrics(view, "", classes))
            _line(axis, clean, CLEAN, "-", "as it is")
            for other in views:
                curve = _curve(results, place, method, _metrics(view, other, classes))
                if other == view:
                    _line(axis, curve, OWN, "--", "this view is noise")
                elif not np.allclose(curve, clean, atol=UNSEEN):
                    _line(axis, curve, OTHER, ":", "another view is noise")
            axis.set_title(f"{method}: {view}")
            axis.set_xticks([0, len(classes) - 1], ["head", "tail"])
        for axis in axes[-len(views) :]:
            axis.tick_params(labelbottom=True)
        low, high = axes[0].get_ylim()
        cut = low < FARTHEST[0] or high > FARTHEST[1]
        axes[0].set_ylim(max(low, FARTHEST[0]), min(high, FARTHEST[1]))
        figure.supylabel("Mean confidence g", fontsize=10, color=MUTED)
        legend_below(figure, axes[0], columns=3)
        svg = svg_of(figure, name)
    return Picture(
        name,
        f"How far the module trusts each view, {place.split}",
        f"Classes from most to fewest training samples; means over {plural(_seeds(results, place, views), 'seed')}, "
        f"bands are one SD. Where noise in another view has no line it changes nothing: g sees its own view alone. "
        f"{f'The axes end at {FARTHEST[0]:g} and {FARTHEST[1]:g}; some lines do not. ' if cut else ''}"
        f"{' '.join(_worth(results, place, m, views) for m in methods)}",
        f"Confidence by class in {listed(list(views))} for {plural(len(methods), 'method')} on {place.split}, on clean "
        "samples and when a view is noise.",
        suite,
        svg,
    )


def _metrics(view: str, other: str, classes: np.ndarray) -> list[str]:
    return [f"confidence/{view}/{k}" + (f"/noise in {other}" if other else "") for k in classes]


def _curve(results: Results, place: Place, method: str, metrics: list[str]) -> np.ndarray:
    """Rank of the class, mean and SD of the confidence: a row each."""
    found = [results.summary(place, metric, method) for metric in metrics]
    return np.array([(rank, s.mean, s.sd if s.n > 1 else 0.0) for rank, s in enumerate(found) if s]).T


def _line(axis: Axes, curve: np.ndarray, colour: str, style: str, label: str) -> None:
    at, mean, sd = curve
    axis.plot(at, mean, color=colour, linestyle=style, linewidth=2, label=label)
    axis.fill_between(at, mean - sd, mean + sd, color=colour, alpha=0.15, linewidth=0)


def _seeds(results: Results, place: Place, views: tuple[str, ...]) -> int:
    return len(results.values(place, f"confidence/{views[0]}/0"))


def _worth(results: Results, place: Place, method: str, views: tuple[str, ...]) -> str:
    """Whether g is nearer to the true-class probability than a constant is, and how far it leaves [0, 1]."""

    def of(view: str, what: str) -> float:
        return results.mean(place, f"confidence/{view}/{what}", method)

    told = [
        f"{view} {of(view, 'error'):.3f}, {'worse' if of(view, 'error') > of(view, 'constant') else 'better'} than the "
        f"{of(view, 'constant'):.3f} of a constant, from {of(view, 'low'):.1f} to {of(view, 'high'):.1f}"
        for view in views
    ]
    return f"Squared error and range of g in {method}: {'; '.join(told)}."
