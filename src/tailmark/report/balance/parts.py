"""What the parts of ARL are worth, each over what it is added to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import TYPE_CHECKING

from tailmark.report.balance.asked import METRICS
from tailmark.report.balance.groups import Group, groups, is_long, of, places
from tailmark.report.balance.paired import cell, ended, seeds, steps, tally
from tailmark.report.finding import UNTESTED, Finding
from tailmark.report.grid import Band, Cell, Grid, Line
from tailmark.report.records import Records
from tailmark.report.results import Results
from tailmark.report.sentences import verdict
from tailmark.report.words import HEADLINE, metric
from tailmark.statistics import Duel

if TYPE_CHECKING:
    from tailmark.params import Params

STEPS = ("the term of the views' own losses", "the constant factor", "the asymmetry", "ARL as a whole")

IN_SHORT = {
    "Yes": "it helps",
    "Mostly yes": "it mostly helps",
    "No": "it harms",
    "Mostly no": "it mostly harms",
    "It depends": "it depends on the split",
    "Cannot be told": "whether it helps cannot be told",
}
ONE_TEST = "one test alone was made"

MEANING = (
    "Each part is what it adds to the part before: the views' own losses are arl-bias-only less the plain fusion, the "
    "constant factor arl-released less arl-bias-only, the asymmetry arl less arl-released, and all of it arl less the "
    "plain fusion. Points, paired by seed on the same splits, with 95 % intervals; p is of the paired t test with "
    "Holm's correction over the parts of a line. A part helps, or harms, where half of the paired tests or more say "
    "so, with at most one that went the other way for four that did not. 'Open' is not told apart from 0, which is "
    "not 'equal'."
)


@dataclass(frozen=True)
class Ladder:
    """The parts at one place, with one loss and one way to join views, by one metric."""

    group: Group
    metric: str
    long: bool | None
    met: dict[str, Duel]


def parts(params: Params, results: Results, records: Records) -> Finding | None:
    """None where there are no two parts to tell apart."""
    found = [ladder for name in METRICS for ladder in _ladders(params, results, records, name)]
    if len({step for ladder in found for step in ladder.met}) < 2:
        return None
    by_name = {name: [ladder for ladder in found if ladder.metric == name] for name in METRICS}
    first, *others = [_grid(name, ladders) for name, ladders in by_name.items() if ladders]
    return Finding(
        name="arl-parts",
        title="What are the parts of ARL worth?",
        short="The parts of ARL",
        said=tuple(_said(by_name[HEADLINE])) or (UNTESTED,),
        shown=(first,),
        more=tuple(others),
        picture=None,
        meaning=MEANING,
    )


def _ladders(params: Params, results: Results, records: Records, name: str) -> Iterator[Ladder]:
    for place in places(params, results):
        long = is_long(params, records, place)
        for group in groups(params.suites[place.suite], results, place):
            arl, released, alone = (of(group, method) for method in ("arl", "arl-released", "arl-bias-only"))
            pairs = dict(
                zip(
                    STEPS,
                    [(alone, group.plain), (released, alone), (arl, released), (arl, group.plain)],
                    strict=True,
                )
            )
            if met := steps(results.values(place, name), pairs):
                yield Ladder(group, name, long, met)


def _said(ladders: Sequence[Ladder]) -> Iterator[str]:
    """A sentence a part: under a long tail, and with balanced classes; of other losses and joins the last two."""
    usual = [one for one in ladders if one.group.usual]
    yield from _by_step(usual, STEPS, "by balanced accuracy")
    for said in dict.fromkeys(one.group.said for one in ladders if not one.group.usual):
        yield from _by_step([one for one in ladders if one.group.said == said], STEPS[-2:], said)


def _by_step(ladders: Sequence[Ladder], wanted: Sequence[str], how: str) -> Iterator[str]:
    for step in wanted:
        told = [
            said
            for long, where in ((True, "under a long tail"), (False, "with balanced classes"))
            if (
                said := _tally(
                    [one.met[step] for one in ladders if one.long is long and step in one.met], where
                )
            )
        ]
        if told:
            yield f"{step[0].upper()}{step[1:]}, {how}: {'; '.join(told)}."


def _tally(met: Sequence[Duel], where: str) -> str:
    tested = [duel for duel in met if duel.difference.n > 1]
    if not tested:
        return ""
    ends = [ended(duel) for duel in tested]
    mean = metric(HEADLINE).difference(fmean(duel.difference.mean for duel in tested))
    said = IN_SHORT.get(verdict(ends.count("better"), ends.count("worse"), len(ends)), ONE_TEST)
    return f"{where} {said} ({tally(tested)}; on average {mean} points, n = {seeds(tested)})"


def _grid(name: str, ladders: Sequence[Ladder]) -> Grid:
    return Grid(
        name=f"arl-parts-{name.replace('_', '-')}",
        title=f"Part by part: {metric(name).prose}",
        suite="",
        first="Split",
        columns=("n", *STEPS),
        bands=(Band("", tuple(_line(ladder) for ladder in ladders)),),
        unit=f"Points of {metric(name).prose}, 95 % intervals. Bold: p < 0.05 (Holm over the parts of a line).",
    )


def _line(ladder: Ladder) -> Line:
    place, n = ladder.group.place, max(duel.difference.n for duel in ladder.met.values())
    cells = (cell(ladder.met.get(step), ladder.metric) for step in STEPS)
    return Line(f"{place.suite}, {place.split}", (Cell(str(n), value=n), *cells), ladder.group.said)
