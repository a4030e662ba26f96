"""Imbalance of the views by imbalance of the classes: which method is best, and is that more than the plain fusion?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap, Normalize
from matplotlib.patches import Rectangle

from tailmark import statistics
from tailmark.report.balance.groups import groups, places, ratio
from tailmark.report.balance.truth import best_accuracy, noise
from tailmark.report.figures.style import HUES, INK, Picture, canvas, styled, svg_of
from tailmark.report.records import Records
from tailmark.report.results import Place, Results
from tailmark.report.words import HEADLINE, plural

if TYPE_CHECKING:
    from tailmark.params import Params

PALE = LinearSegmentedColormap.from_list("advantage", ["#f4f6f9", HUES[2]])
DARK = 0.8  # share of the colour scale above which text is white
ON_PALE = "#1c2126"  # text upon the pale end, which is pale in the dark too
LEAST_SCALE = 5.0  # points at which the colour is full, at least


@dataclass(frozen=True)
class Field:
    """One cell of the map."""

    place: Place
    best: str
    mean: float
    n: int
    tied: int  # others that are not shown to differ from it
    others: int
    advantage: float | None  # over the plain fusion; None where that is the best, or was not run
    shown: bool  # to be more than chance
    plain: str


def imbalances(params: Params, results: Results, records: Records) -> Picture | None:
    """A row a suite, a column a ratio; None where fewer than two cells have a plain fusion and a rival."""
    found = fields(params, results, records)
    if len(found) < 2:
        return None
    rows = list(dict.fromkeys(suite for suite, _ in found))
    columns = sorted({at for _, at in found})
    top = max(LEAST_SCALE, *(100 * (field.advantage or 0) for field in found.values()))
    with styled():
        figure, (axis,) = canvas(1, 1, 0.55 + 0.78 * len(rows), margin=0.3)
        _draw(axis, found, rows, columns, Normalize(0, top))
        axis.set_yticks(range(len(rows)), [_named(params, suite) for suite in rows])
        axis.set_xticks(range(len(columns)), [f"{at:.3g}" for at in columns])
        axis.set_xlabel("Imbalance ratio of the classes")
        svg = svg_of(figure, "imbalances")
    return Picture(
        "imbalances",
        "Which method is best, as views and classes grow uneven",
        _caption(params, rows, found),
        _alt(found),
        "",
        svg,
    )


def fields(params: Params, results: Results, records: Records) -> dict[tuple[str, float], Field]:
    """(suite, ratio) -> what is best there; where two splits have one ratio, of the first."""
    found: dict[tuple[str, float], Field] = {}
    for place in places(params, results):
        at, field = ratio(params, records, place), _field(params, results, place)
        if at is not None and field is not None:
            found.setdefault((place.suite, at), field)
    return found


def _field(params: Params, results: Results, place: Place) -> Field | None:
    """Of the methods with the usual loss and join, models of one view among them."""
    usual = next((group for group in groups(params.suites[place.suite], results, place) if group.usual), None)
    if usual is None or not usual.plain:
        return None
    labels = [label for label in (*usual.singles, usual.late, usual.plain, *usual.labels) if label]
    values = results.values(place)[labels]
    compared = statistics.compare_to_best(values)
    best = next(iter(compared.values())).best
    plain, others = compared[usual.plain], [one for label, one in compared.items() if label != best]
    of = results.summaries[place, HEADLINE, best]
    return Field(
        place=place,
        best=best,
        mean=of.mean,
        n=of.n,
        tied=sum(one.p >= statistics.LEVEL for one in others),  # not counted where there is no test
        others=len(others),
        advantage=None if best == usual.plain else -plain.difference,
        shown=plain.different,
        plain=usual.plain,
    )


def _named(params: Params, suite: str) -> str:
    of = noise(params.suites[suite].dataset)
    if of is None:
        return suite
    told = f"noise 1 : {of.second / of.first:.3g}"
    return f"{suite}\n{told}, r = {of.correlation:g}" if of.correlation else f"{suite}\n{told}"


def _draw(
    axis: Axes,
    found: Mapping[tuple[str, float], Field],
    rows: Sequence[str],
    columns: Sequence[float],
    scale: Normalize,
) -> None:
    for (suite, at), field in found.items():
        row, column = rows.index(suite), columns.index(at)
        strength = float(scale(100 * (field.advantage or 0)))
        colour = PALE(strength)
        axis.add_patch(Rectangle((column - 0.49, row - 0.47), 0.98, 0.94, facecolor=colour, linewidth=0))
        ink = "white" if strength > DARK else ON_PALE
        style: Any = {"ha": "center", "va": "center", "color": ink}
        axis.text(
            column,
            row - 0.25,
            f"{field.best}  {100 * field.mean:.1f}",
            fontsize=9.5,
            fontweight="bold",
            **style,
        )
        axis.text(column, row + 0.02, _against(field), fontsize=8.5, **style)
        axis.text(column, row + 0.27, _among(field), fontsize=8.5, **style)
    axis.set_xlim(-0.5, len(columns) - 0.5)
    axis.set_ylim(len(rows) - 0.5, -0.5)
    axis.tick_params(length=0)
    axis.tick_params(axis="y", labelcolor=INK)
    axis.grid(visible=False)
    for spine in axis.spines.values():
        spine.set_visible(False)


def _against(field: Field) -> str:
    if field.advantage is None:
        return "which changes nothing"
    return f"{100 * field.advantage:+.1f} over {field.plain}{' *' if field.shown else ''}"


def _among(field: Field) -> str:
    if field.n < 2:
        return "one seed: no test"
    return f"not told apart: {field.tied} of {field.others} (n = {field.n})"


def _caption(params: Params, rows: Sequence[str], found: Mapping[tuple[str, float], Field]) -> str:
    limits = {
        suite: limit for suite in rows if (limit := best_accuracy(params.suites[suite].dataset)) is not None
    }
    bounds = sorted({f"{100 * limit:.1f}" for limit in limits.values()})
    said = (
        "In each cell the method of highest mean balanced accuracy, in percent; its advantage over plain concatenation "
        "in points, with a star where the paired test shows it; and how many of the others are not told apart from "
        "the best (Holm, 5 %). The best is picked on the same seeds that it is tested on, which favours it. The "
        "darker, the larger the advantage. Only methods with the plain cross-entropy, models of one view among them."
    )
    if not bounds:
        return said
    return (
        f"{said} Of the made data nobody can be above {' to '.join(dict.fromkeys((bounds[0], bounds[-1])))} % in the "
        "long run, which is what knowing the best weights and the classes would give; training data, fewer the longer "
        "the tail, give less."
    )


def _alt(found: Mapping[tuple[str, float], Field]) -> str:
    told = [
        f"{suite} at ratio {at:g}: {field.best}, {100 * field.mean:.1f} %"
        for (suite, at), field in found.items()
    ]
    shown = sum(field.shown for field in found.values())
    return (
        f"The best method of {plural(len(found), 'cell')}; in {shown} it is shown to be better than plain "
        f"concatenation. {'; '.join(told)}."
    )
