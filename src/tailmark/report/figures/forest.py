"""A forest plot of a question: the challenger less each rival, a panel a place."""

from __future__ import annotations

from matplotlib.axes import Axes

from tailmark.evaluate import main_mix
from tailmark.report.answer import Answer
from tailmark.report.figures.style import HUES, INK, MUTED, Picture, canvas, name_rows, styled, svg_of
from tailmark.report.question import Question
from tailmark.report.results import Place, skew
from tailmark.report.words import metric, plural

MAIN, VARIANT = HUES[0], HUES[1]


def forest(question: Question) -> Picture:
    """On one side of the line the challenger is better; pale is what the test does not part."""
    asked, places, rivals = question.asked, panels(question), question.rivals
    by = metric(asked.metrics[0])
    with styled():
        figure, axes = canvas(len(places), 4, 0.55 + 0.27 * len(rivals), margin=0.7)
        for axis, (place, answers) in zip(axes, places.items(), strict=True):
            _panel(axis, answers, rivals)
            mix = f", {place.mix}" if asked.every_mix and place.mix != "test" else ""
            axis.set_title(f"{place.suite}\n{place.split}{mix}", fontsize=9.5)
            if asked.far_apart:
                _symmetric_log(axis)
        name_rows(axes, rivals)
        unit = f"{by.unit} of {by.prose}" + (", log scale beyond 1" if asked.far_apart else "")
        figure.supxlabel(f"{asked.who} less the rival, {unit}", fontsize=10, color=MUTED)
        svg = svg_of(figure, asked.name)
    variant = question.challengers.get(False, "")
    where = plural(len(places), *(("test mix", "test mixes") if asked.every_mix else ("split",)))
    return Picture(
        asked.name,
        f"{asked.who} less each rival",
        f"{'Left' if by.lower_is_better else 'Right'} of the line {asked.who} is better. Points are means of paired "
        "differences, bars their 95 % intervals; pale: not told apart from 0 (Holm), or one seed."
        + (f" Diamonds: {asked.who} {variant[0].lower()}{variant[1:]}." if variant else "")
        + (" Of several test mixes the main one and the last." if len(places) < len(question.places) else ""),
        f"{asked.title}{'' if asked.title.endswith('?') else '.'} Differences to {plural(len(rivals), 'rival')} on "
        f"{where}. {question.overall[0]}",
        "",
        svg,
    )


def _symmetric_log(axis: Axes) -> None:
    """Even within a point of 0, decades beyond."""
    axis.set_xscale("symlog", linthresh=1, linscale=1)
    low, high = min(-1.2, axis.get_xlim()[0]), max(1.2, axis.get_xlim()[1])
    ticks = [tick for tick in (-100, -10, -1, 0, 1, 10, 100) if low <= tick <= high]
    axis.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
    axis.set_xlim(low, high)
    axis.minorticks_off()


def panels(question: Question) -> dict[Place, list[Answer]]:
    """By the first metric; of a split's test mixes the main one and the last, which is the farthest from training."""
    first = question.asked.metrics[0]
    mixes: dict[tuple[str, str, str], list[str]] = {}
    for place in question.places:
        mixes.setdefault(place[:3], []).append(place.mix)
    return {
        place: [answer for answer in answers if answer.metric == first]
        for place, answers in question.places.items()
        if place.mix in (main_mix(mixes[place[:3]]), max(mixes[place[:3]], key=skew))
    }


def _panel(axis: Axes, answers: list[Answer], rivals: list[str]) -> None:
    axis.axvline(0, color=INK, linewidth=1)
    for answer in answers:
        shift, marker, colour = (-0.12, "o", MAIN) if answer.main else (0.2, "D", VARIANT)
        for row, rival in enumerate(rivals):
            duel = answer.duel(rival)
            if duel is None:
                continue
            strong = 1.0 if duel.different else 0.45
            of, scale = duel.difference, metric(answer.metric).scale
            if of.n > 1:
                ends = scale * of.low, scale * of.high
                axis.hlines(row + shift, *ends, color=colour, linewidth=2, alpha=strong)
            axis.plot(scale * of.mean, row + shift, marker, color=colour, markersize=5.5, alpha=strong)
    axis.grid(axis="x")
