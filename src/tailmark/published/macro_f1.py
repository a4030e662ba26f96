"""Accuracy and macro F1 of the same predictions bound each other.

Both are printed as means over the same runs. They are impossible where no runs have them, however these differ, and
uneven where only runs have them of which some are much worse than others. The kindest rounding of both is used: the
lowest macro F1 is set against the lower end of what rounds to the printed accuracy, the highest against its upper end.
Where print is one run, runs that differ are no way out: then the bounds of one set of predictions decide.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from tailmark.published.bounds import macro_f1_bounds
from tailmark.published.envelope import mean_macro_f1_bounds
from tailmark.published.findings import NOISE, Breach, Finding, on_one_row
from tailmark.published.printed import PrintedCell

Counts = tuple[int, ...]
Bounds = Callable[[Counts, float], tuple[float, float]]


@dataclass(frozen=True)
class Span:
    """The macro F1 that an accuracy leaves, in points, and how a printed one stands to it."""

    low: float
    high: float
    gap: float  # at face value
    excess: float  # after the kindest rounding


def contradiction(row: Mapping[str, PrintedCell], counts: Counts) -> Finding | None:
    """A row whose macro F1 no runs of its accuracy have, or no single run."""
    accuracy, f1 = row.get("accuracy"), row.get("macro_f1")
    if accuracy is None or f1 is None or not counts:
        return None
    if accuracy.runs == 1:
        return _of_one_run((accuracy, f1), counts)
    pair, of_runs = (accuracy, f1), span(accuracy, f1, counts, mean_macro_f1_bounds)
    at = f"{accuracy.column} {accuracy.text} and {f1.column} {f1.text}"
    runs, sums = _shown(f1, of_runs), f"{f1.column} {f1.text}, but"
    why = f"{at}: runs of that accuracy have a macro F1 of {runs} on these test counts."
    wrong = Breach(
        pair, of_runs.gap, of_runs.excess, why, f"{sums} {runs} at {accuracy.column} {accuracy.text}"
    )
    of_one = span(accuracy, f1, counts, macro_f1_bounds)
    if wrong.kind is not None or of_one.excess <= NOISE:
        return wrong.finding()
    one = _shown(f1, of_one)
    why = (
        f"{at}: one run of that accuracy has a macro F1 of {one} on these test counts. A mean over runs of which some "
        f"are much worse than others can be {runs}, so the pair is strained, not impossible."
    )
    sums = f"{sums} {one} in one run at {accuracy.column} {accuracy.text}, {runs} over runs that differ"
    return on_one_row("uneven", Breach(pair, of_one.gap, of_one.excess, why, sums))


def _of_one_run(pair: tuple[PrintedCell, PrintedCell], counts: Counts) -> Finding | None:
    accuracy, f1 = pair
    of_one = span(accuracy, f1, counts, macro_f1_bounds)
    at, possible = f"{accuracy.column} {accuracy.text}", _shown(f1, of_one)
    why = f"{at} and {f1.column} {f1.text}: one run of that accuracy has a macro F1 of {possible} on these test counts."
    sums = f"{f1.column} {f1.text}, but {possible} at {at}, in one run"
    return Breach(pair, of_one.gap, of_one.excess, why, sums).finding()


def span(accuracy: PrintedCell, f1: PrintedCell, counts: Counts, bounds: Bounds) -> Span:
    """What these bounds leave at a printed accuracy; both grow with it, so its ends give theirs."""

    def at(percent: float) -> tuple[float, float]:
        low, high = bounds(counts, min(1.0, max(0.0, percent / 100)))
        return 100 * low, 100 * high

    (low, _), (_, high), (least, most) = at(accuracy.low), at(accuracy.high), at(accuracy.mean)
    return Span(low, high, max(least - f1.mean, f1.mean - most), max(low - f1.high, f1.low - high))


def _shown(f1: PrintedCell, of: Span) -> str:
    return f"{f1.shown(of.low)} to {f1.shown(of.high)}"
