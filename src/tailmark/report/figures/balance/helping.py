"""Each method that balances views less the plain fusion: a panel a suite, a point an imbalance ratio of the classes."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from tailmark.report.balance.match import Match, short
from tailmark.report.figures.style import HUES, INK, MUTED, Picture, canvas, name_rows, styled, svg_of
from tailmark.report.words import HEADLINE, plural

COLOURS = (MUTED, HUES[0], HUES[3], HUES[4], HUES[2])  # from equal classes to the longest tail
SHAPES = ("o", "s", "D", "^", "v")
NAME = "balancing"


def helping(found: Sequence[Match]) -> Picture | None:
    """Of the usual loss and join; None where nobody met a plain fusion."""
    shown = [m for m in found if m.metric == HEADLINE and m.group.usual and m.plainly and m.ratio is not None]
    if not shown:
        return None
    suites = list(dict.fromkeys(match.group.place.suite for match in shown))
    ratios = sorted({match.ratio for match in shown if match.ratio is not None})
    methods = list(dict.fromkeys(short(match.group, label) for match in shown for label in match.plainly))
    with styled():
        figure, axes = canvas(len(suites), 3, 0.5 + 0.33 * len(methods), margin=0.9)
        for axis, suite in zip(axes, suites, strict=True):
            _panel(axis, [m for m in shown if m.group.place.suite == suite], methods, ratios)
            axis.set_title(suite, color=INK)
        name_rows(axes, methods)
        figure.supxlabel("Less plain concatenation, points of balanced accuracy", fontsize=10, color=MUTED)
        _legend(axes[0], ratios)
        svg = svg_of(figure, NAME)
    n = max(duel.difference.n for match in shown for duel in match.plainly.values())
    return Picture(
        NAME,
        "Each method less the plain fusion",
        "Right of the line the method is better. Points are means of paired differences, bars their 95 % intervals, "
        f"n = {n} seeds at the most; pale: not told apart from 0 (Holm over the methods of a split), or one seed.",
        _alt(shown),
        "",
        svg,
    )


def _panel(axis: Axes, matches: Sequence[Match], methods: Sequence[str], ratios: Sequence[float]) -> None:
    axis.axvline(0, color=INK, linewidth=1)
    for match in matches:
        assert match.ratio is not None
        number = ratios.index(match.ratio)
        for label, duel in match.plainly.items():
            row = methods.index(short(match.group, label)) + 0.24 * (number - (len(ratios) - 1) / 2)
            colour, shape = COLOURS[number % len(COLOURS)], SHAPES[number % len(SHAPES)]
            strong, of = (1.0 if duel.different else 0.4), duel.difference
            if of.n > 1:
                axis.hlines(row, 100 * of.low, 100 * of.high, color=colour, linewidth=1.6, alpha=strong)
            axis.plot(100 * of.mean, row, shape, color=colour, markersize=4.5, alpha=strong)
    axis.grid(axis="x")


def _legend(axis: Axes, ratios: Sequence[float]) -> None:
    handles = [
        Line2D(
            [],
            [],
            color=COLOURS[number % len(COLOURS)],
            marker=SHAPES[number % len(SHAPES)],
            linewidth=1.6,
            markersize=4.5,
            label=f"ratio {ratio:.3g}",
        )
        for number, ratio in enumerate(ratios)
    ]
    figure = axis.get_figure()
    assert figure is not None
    figure.legend(
        handles=handles,
        loc="outside upper center",
        ncols=len(handles),
        frameon=False,
        fontsize=9.5,
        labelcolor=MUTED,
    )


def _alt(shown: Sequence[Match]) -> str:
    met = [duel for match in shown for duel in match.plainly.values()]
    better = sum(duel.different and duel.difference.mean > 0 for duel in met)
    worse = sum(duel.different and duel.difference.mean < 0 for duel in met)
    return (
        f"Differences of balance methods to plain concatenation on {plural(len(shown), 'split')}: of "
        f"{plural(len(met), 'difference')} {better} are shown above 0 and {worse} below."
    )
