"""The weights of the experts as stacked bars: ours on each test mix, and print beside them where there is any."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.patches import Patch

from tailmark.report.comparison import Comparison
from tailmark.report.experts import fitted, weights
from tailmark.report.figures.style import EXPERTS, INK, MUTED, Picture, canvas, styled, svg_of
from tailmark.report.results import Place, Results
from tailmark.report.words import plural

Weights = tuple[float, ...]
Printed = Mapping[tuple[str, str, str], Weights]  # (our label, split, mix) -> what the paper has there

LEAST_WITH_NUMBER = 0.12  # a thinner part has no room for its number


@dataclass(frozen=True)
class Bar:
    """One place on the axis: ours, and print where there is any."""

    name: str
    ours: Weights
    printed: Weights


@dataclass(frozen=True)
class Panel:
    """The bars under one title."""

    title: str
    bars: list[Bar]


def stacked(
    readings: Results, suite: str, places: list[Place], compared: Sequence[Comparison], stand_in: str
) -> Picture | None:
    """None where no weights were fitted."""
    printed = in_print(compared, suite)
    found = panels(readings, places, printed)
    if not found:
        return None
    beside = any(bar.printed for panel in found for bar in panel.bars)
    name = f"{suite}-weights"
    with styled():
        figure, axes = canvas(len(found), min(len(places), 2), 1.75 if len(found) > 1 else 2.4)
        for axis, panel in zip(axes, found, strict=True):
            _draw(axis, panel)
        _legend(axes[0], beside, len(found[0].bars[0].ours))
        svg = svg_of(figure, name)
    other = f" They are of other data: {stand_in.rstrip('.')}." if beside and stand_in else ""
    seeds = max(
        summary.n
        for place in places
        for m in fitted(readings, place)
        for summary in weights(readings, place, m)
    )
    return Picture(
        name,
        "What weight each expert was given",
        f"From below: the expert for the tail as it is, for equal classes, for the tail reversed; means over "
        f"{plural(seeds, 'seed')}." + (" Pale and hatched: as printed." if beside else "") + other,
        _alt(found),
        suite,
        svg,
    )


def in_print(compared: Sequence[Comparison], suite: str) -> Printed:
    """The printed weights of every row that one of our methods answers."""
    found: dict[tuple[str, str, str], Weights] = {}
    for row in (row for one in compared if one.suite == suite for row in one.rows):
        judged = row.by(row.judged[0].protocol)
        if judged[0].label and all(one.cell.metric.startswith("weight/") for one in judged):
            found[judged[0].label, row.split, row.mix] = tuple(one.cell.mean / 100 for one in judged)
    return found


def panels(readings: Results, places: list[Place], printed: Printed) -> list[Panel]:
    """A panel a method and split, the test mixes side by side; where these share their weights, the methods are."""

    def bar(name: str, place: Place, method: str) -> Bar:
        ours = tuple(summary.mean for summary in weights(readings, place, method))
        return Bar(name, ours, printed.get((method, place.split, place.mix), ()))

    if not any(_shift(readings, place, method) for place in places for method in fitted(readings, place)):
        alone = [Panel(p.split, [bar(_broken(m), p, m) for m in fitted(readings, p)]) for p in places]
        return [panel for panel in alone if panel.bars]
    methods = list(dict.fromkeys(method for place in places for method in fitted(readings, place)))
    return [
        Panel(
            f"{method}, {place.split}",
            [bar(p.mix.replace("-", "\n", 1), p, method) for p in readings.mixes(place)],
        )
        for method in methods
        for place in places
        if method in fitted(readings, place)
    ]


def _shift(readings: Results, place: Place, method: str) -> bool:
    """Whether the weights depend on the test mix."""
    found = {tuple(w.mean for w in weights(readings, mix, method)) for mix in readings.mixes(place)}
    return len(found) > 1


def _broken(name: str) -> str:
    """A method with settings over two lines."""
    return name.replace("(", "\n(", 1)


def _draw(axis: Axes, panel: Panel) -> None:
    width, shift = (0.38, 0.2) if any(bar.printed for bar in panel.bars) else (0.4, 0.0)
    for at, bar in enumerate(panel.bars):
        _bar(axis, at - shift, width, bar.ours, pale=False)
        if bar.printed:
            _bar(axis, at + shift, width, bar.printed, pale=True)
    axis.set_xticks(range(len(panel.bars)), [bar.name for bar in panel.bars], fontsize=8.5)
    axis.set(xlim=(-0.5, len(panel.bars) - 0.5), ylim=(0, 1), yticks=(0, 0.5, 1), title=panel.title)


def _bar(axis: Axes, at: float, width: float, parts: Weights, *, pale: bool) -> None:
    base = 0.0
    for colour, part in zip(EXPERTS, parts, strict=False):
        style = {"alpha": 0.45, "hatch": "////", "edgecolor": "white"} if pale else {"linewidth": 0}
        axis.bar(at, part, width, bottom=base, color=colour, **style)
        if part >= LEAST_WITH_NUMBER:
            axis.text(
                at,
                base + part / 2,
                f"{part:.2f}"[1:],
                ha="center",
                va="center",
                fontsize=7.5,
                color=INK if pale else "white",
            )
        base += part


def _number(axis: Axes, x: float, y: float, value: float, colour: str) -> None:
    axis.text(x, y, f"{value:.2f}".lstrip("0"), ha="center", va="center", fontsize=7.5, color=colour)


def _legend(axis: Axes, beside: bool, experts: int) -> None:
    handles = [
        Patch(color=colour, label=f"w{number}") for number, colour in enumerate(EXPERTS[:experts], start=1)
    ]
    if beside:
        handles.append(Patch(facecolor=MUTED, alpha=0.45, hatch="////", edgecolor="white", label="printed"))
    figure = axis.get_figure()
    assert figure is not None
    figure.legend(handles=handles, loc="outside right center", frameon=False, fontsize=9.5, labelcolor=MUTED)


def _alt(found: list[Panel]) -> str:
    first = found[0]
    told = "; ".join(
        f"{bar.name.replace(chr(10), ' ')} {' / '.join(f'{part:.2f}' for part in bar.ours)}"
        for bar in first.bars
    )
    return f"Weights of the experts in {plural(len(found), 'panel')}. {first.title}: {told}."
