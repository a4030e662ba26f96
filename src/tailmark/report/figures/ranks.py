"""The critical difference diagram: mean ranks over datasets, and which of them the data cannot part."""

from __future__ import annotations

import math

from matplotlib.axes import Axes

from tailmark import statistics
from tailmark.report.figures.style import INK, MUTED, Look, Picture, canvas, styled, svg_of
from tailmark.report.words import plural


def ranks(result: statistics.FriedmanResult, look: dict[str, Look]) -> Picture:
    """Methods hang from an axis of mean ranks, best on the left; bars join what Nemenyi's test does not part."""
    order = sorted(result.ranks, key=lambda method: (result.ranks[method], method))
    bars = cliques([result.ranks[method] for method in order], result.critical_difference)
    half = math.ceil(len(order) / 2)
    with styled():
        figure, (axis,) = canvas(1, 1, 0.9 + 0.3 * half + 0.12 * len(bars))
        figure.set_layout_engine("none")  # the names stand outside of the axis on purpose
        axis.set_position((0.0, 0.0, 1.0, 1.0))
        _scale(axis, len(order))
        for row, method in enumerate(order):
            _hang(axis, method, result.ranks[method], row, len(order), look, depth=0.35 * len(bars))
        for level, (first, last) in enumerate(bars):
            ends = [result.ranks[order[first]] - 0.06, result.ranks[order[last]] + 0.06]
            axis.plot(ends, [-0.5 - 0.35 * level] * 2, color=INK, linewidth=3.2, solid_capstyle="round")
        _ruler(axis, result.critical_difference, len(order))
        axis.set_ylim(-1.6 - 0.35 * len(bars) - half, 3.0)
        svg = svg_of(figure, "ranks")
    return Picture(
        "ranks",
        "Mean ranks over datasets",
        f"Friedman: chi-squared {result.statistic:.1f}, p = {result.p:.3g}, {plural(result.n, 'dataset')}. Bars join "
        "methods that Nemenyi's test (5 %) does not part. With few datasets the critical difference is wide: a bar "
        "over everything says that the data cannot rank, not that the methods are equal.",
        f"Critical difference diagram. Best mean rank: {order[0]}, {result.ranks[order[0]]:.2f}; worst: "
        f"{order[-1]}, {result.ranks[order[-1]]:.2f}; critical difference {result.critical_difference:.2f}.",
        "",
        svg,
    )


def cliques(ranks: list[float], critical: float) -> list[tuple[int, int]]:
    """The maximal runs of ascending ranks that span less than the critical difference."""
    runs: list[tuple[int, int]] = []
    for first, rank in enumerate(ranks):
        last = max(i for i, other in enumerate(ranks) if other - rank < critical)
        if last > first and (not runs or last > runs[-1][1]):
            runs.append((first, last))
    return runs


def _scale(axis: Axes, n: int) -> None:
    axis.set_xlim(1 - 0.32 * n, n + 0.32 * n)
    axis.axis("off")
    axis.plot([1, n], [0, 0], color=MUTED, linewidth=1.2)
    for rank in range(1, n + 1):
        axis.plot([rank, rank], [0, 0.18], color=MUTED, linewidth=1.2)
        axis.text(rank, 0.32, str(rank), ha="center", va="bottom", color=MUTED, fontsize=9.5)


def _hang(  # noqa: PLR0913 - what is drawn, where, and how
    axis: Axes, method: str, rank: float, row: int, n: int, look: dict[str, Look], *, depth: float
) -> None:
    """The better half is named on the left, the worse half on the right."""
    left = row < math.ceil(n / 2)
    height = -1.0 - depth - (row if left else n - 1 - row)
    end = 1 - 0.04 * n if left else n + 0.04 * n
    axis.plot([rank, rank, end], [0, height, height], color=look[method].colour, linewidth=1.3)
    axis.plot(rank, 0, "o", color=look[method].colour, markersize=5)
    label = f"{rank:.2f}  {method}" if not left else f"{method}  {rank:.2f}"
    axis.text(
        end - 0.012 * n if left else end + 0.012 * n,
        height,
        label,
        ha="right" if left else "left",
        va="center",
        color=INK,
        fontsize=10,
    )


def _ruler(axis: Axes, critical: float, n: int) -> None:
    """How long the critical difference is on this axis."""
    length = min(critical, n - 1)
    beyond = "" if critical <= n - 1 else " (longer than the axis)"
    axis.plot([1, 1 + length], [1.75, 1.75], color=INK, linewidth=1.4, marker="|", markersize=8)
    axis.text(
        1 + length / 2, 1.9, f"CD {critical:.2f}{beyond}", ha="center", va="bottom", color=INK, fontsize=9.5
    )
