"""A forest plot of the open question: MGVAE less each rival, a panel a split."""

from __future__ import annotations

from matplotlib.axes import Axes

from tailmark.report.figures.style import HUES, INK, MUTED, Picture, canvas, name_rows, styled, svg_of
from tailmark.report.question import ASKED, Answer, Question
from tailmark.report.results import Place
from tailmark.report.words import plural

MAIN, VARIANT = HUES[0], HUES[1]


def forest(question: Question) -> Picture:
    """Right of the line MGVAE is better; pale is what the test does not part."""
    places, rivals = question.places, question.rivals
    with styled():
        figure, axes = canvas(len(places), 4, 0.55 + 0.27 * len(rivals), margin=0.7)
        for axis, (place, answers) in zip(axes, places.items(), strict=True):
            _panel(axis, place, answers, rivals)
        name_rows(axes, rivals)
        figure.supxlabel("MGVAE less the rival, points of balanced accuracy", fontsize=10, color=MUTED)
        svg = svg_of(figure, "question")
    variant = any(not answer.main for answer in question.answers)
    return Picture(
        "question",
        "MGVAE less each rival",
        "Right of the line MGVAE is better. Points are means of paired differences, bars their 95 % intervals; pale: "
        "not told apart from 0 (Holm), or one seed."
        + (" Diamonds: MGVAE with a learned variance." if variant else ""),
        f"{ASKED} Differences to {plural(len(rivals), 'rival')} on {plural(len(places), 'split')}. "
        f"{question.overall[0]}",
        "",
        svg,
    )


def _panel(axis: Axes, place: Place, answers: list[Answer], rivals: list[str]) -> None:
    axis.axvline(0, color=INK, linewidth=1)
    for answer in answers:
        shift, marker, colour = (-0.12, "o", MAIN) if answer.main else (0.2, "D", VARIANT)
        for row, rival in enumerate(rivals):
            duel = answer.duel(rival)
            if duel is None:
                continue
            strong = 1.0 if duel.different else 0.45
            of = duel.difference
            if of.n > 1:
                axis.hlines(row + shift, 100 * of.low, 100 * of.high, color=colour, linewidth=2, alpha=strong)
            axis.plot(100 * of.mean, row + shift, marker, color=colour, markersize=5.5, alpha=strong)
    axis.set_title(f"{place.suite}\n{place.split}", fontsize=9.5)
    axis.grid(axis="x")
