"""Whether methods that balance views help: with balanced classes, under a long tail, and over a single view."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from tailmark.report.balance.asked import METRICS
from tailmark.report.balance.groups import LONG
from tailmark.report.balance.match import Match, matches, short
from tailmark.report.balance.paired import cell, ended, mean_cell, seeds, tally
from tailmark.report.figures.balance.helping import helping
from tailmark.report.finding import UNTESTED, Finding
from tailmark.report.grid import Band, Cell, Grid, Line
from tailmark.report.records import Records
from tailmark.report.results import Results
from tailmark.report.tables import percent
from tailmark.report.words import HEADLINE, listed, metric, plural
from tailmark.statistics import Duel

if TYPE_CHECKING:
    from tailmark.params import Params

NAME = "balancing"
SIDES = {False: "Balanced classes", True: "Long tail"}
MOST = 16  # methods that a sentence names

MEANING = (
    "Differences are in points, paired by seed on the same splits; p is of the paired t test with Holm's correction "
    f"over the methods of a split that share their loss. A long tail is a ratio of {LONG:g} or more. 'Open' is not "
    "told apart from 0, which is not 'equal'; and that a method is shown better at one ratio and not at another does "
    "not show that the ratio matters. Nothing is corrected over splits: of many splits without any difference one in "
    "twenty would show some. The best single view is picked by its mean on the test set itself, which favours it."
)


def helps(params: Params, results: Results, records: Records) -> Finding | None:
    """None where no method met a plain fusion."""
    found = matches(params, results, records)
    if not any(match.plainly for match in found):
        return None
    usual = [match for match in found if match.metric == HEADLINE and match.group.usual]
    by_view = _views(results, [match for match in usual if match.single])
    return Finding(
        name=NAME,
        title="Do methods that balance views help, and do they under a long tail?",
        short="Does balancing views help?",
        said=tuple(_said(found)) or (UNTESTED,),
        shown=(_overview(found), *([by_view] if by_view else [])),
        more=tuple(_split(results, found, match) for match in found if match.metric == HEADLINE),
        picture=helping(found),
        meaning=MEANING,
    )


def _said(found: Sequence[Match]) -> Iterator[str]:
    """The answer under a long tail first; then with balanced classes, by the other metrics, and with other losses."""
    usual = [match for match in found if match.group.usual]
    for name in METRICS:
        mine = [match for match in usual if match.metric == name]
        for long, where in ((True, "under a long tail"), (False, "with balanced classes")):
            if met := [match for match in mine if match.long is long and _tested(match.plainly)]:
                yield _answer(met, f"{where[0].upper()}{where[1:]}, by {metric(name).prose},")
    others = [match for match in found if not match.group.usual and match.metric == HEADLINE]
    for said in dict.fromkeys(match.group.said for match in others):
        for long, where in ((True, "under a long tail"), (False, "with balanced classes")):
            met = [m for m in others if m.group.said == said and m.long is long and _tested(m.plainly)]
            if met:
                yield _answer(met, f"{where[0].upper()}{where[1:]} ({said})")
    single = [m for m in usual if m.metric == HEADLINE and _tested(m.singly)]
    if single:
        yield _over_a_view(single)


def _tested(met: Mapping[str, Duel]) -> bool:
    return any(ended(duel) for duel in met.values())


def _answer(met: Sequence[Match], begins: str) -> str:
    """'Under a long tail, by balanced accuracy, some are shown to help: arl in 2 of 3 splits. ...'"""
    by_method = _by_method(met)
    names = {method: ends for method, ends in by_method.items() if any(ends)}
    better = {m: e.count("better") for m, e in names.items() if "better" in e}
    worse = {m: e.count("worse") for m, e in names.items() if "worse" in e}
    never = [m for m, e in names.items() if not {"better", "worse"} & set(e)]
    plain = listed(list(dict.fromkeys(match.group.join for match in met)))
    splits, n = plural(len(met), "split"), seeds(duel for match in met for duel in match.plainly.values())
    if better:
        first = f"{begins} some are shown to help over plain {plain} ({splits}, n = {n}): {_counts(better, names)}."
    else:
        first = f"{begins} no method is shown to help over plain {plain} ({splits}, n = {n})."
    rest = [
        f"Shown to harm: {_counts(worse, names)}." if worse else "None is shown to harm.",
        f"Never told apart: {listed(never, most=MOST)}." if never else "",
    ]
    return " ".join([first, *(part for part in rest if part)])


def _by_method(met: Sequence[Match]) -> dict[str, list[str]]:
    """Method, without what its group says already -> how its tests ended."""
    found: dict[str, list[str]] = {}
    for match in met:
        for label, duel in match.plainly.items():
            found.setdefault(short(match.group, label), []).append(ended(duel))
    return found


def _counts(counts: Mapping[str, int], of: Mapping[str, Sequence[str]]) -> str:
    """'arl in 3 of 8, pmr in 1 of 8', the most first."""
    order = sorted(counts, key=lambda method: -counts[method])
    return listed(
        [f"{method} in {counts[method]} of {sum(map(bool, of[method]))}" for method in order], most=MOST
    )


def _over_a_view(met: Sequence[Match]) -> str:
    """Of the plain fusion, the vote, and all that balance."""
    plain = [match.singly[match.group.plain] for match in met if match.group.plain in match.singly]
    late = [match.singly[match.group.late] for match in met if match.group.late in match.singly]
    others = [match.singly[label] for match in met for label in match.group.labels if label in match.singly]
    told = [
        f"{who} {said}"
        for who, duels in (
            ("plain concatenation", plain),
            ("late fusion", late),
            ("the methods that balance views, all together,", others),
        )
        if (said := tally(duels))
    ]
    n = seeds(duel for match in met for duel in match.singly.values())
    return f"Against the best single view, over {plural(len(met), 'split')} (n = {n}): {'; '.join(told)}."


def _overview(found: Sequence[Match]) -> Grid:
    """A line a method; side by side balanced classes and the long tail."""
    sides = {long: head for long, head in SIDES.items() if any(match.long is long for match in found)}
    bands = [
        Band(
            ", ".join(filter(None, (metric(name).short, said))),
            tuple(
                _overview_lines([m for m in found if (m.metric, m.group.said) == (name, said)], list(sides))
            ),
        )
        for said in dict.fromkeys(match.group.said for match in found)
        for name in METRICS
    ]
    return Grid(
        name=f"{NAME}-overview",
        title="On average over splits: each method less the plain fusion",
        suite="",
        first="Method",
        columns=tuple(sides.values()),
        bands=tuple(band for band in bands if band.lines),
        unit="Points, means over splits; how many paired tests show the method better, show it worse, and are open.",
    )


def _overview_lines(found: Sequence[Match], sides: Sequence[bool]) -> Iterator[Line]:
    for method in dict.fromkeys(short(match.group, label) for match in found for label in match.plainly):
        cells = []
        for long in sides:
            duels = [
                duel
                for match in found
                if match.long is long
                for label, duel in match.plainly.items()
                if short(match.group, label) == method
            ]
            cells.append(mean_cell(duels, found[0].metric))
        yield Line(method, tuple(cells))


def _views(results: Results, found: Sequence[Match]) -> Grid | None:
    """Does fusion beat the best single view? A line a split."""
    if not found:
        return None
    return Grid(
        name=f"{NAME}-views",
        title="Fusion against the best single view",
        suite="",
        first="Split",
        columns=("Best single view", "Plain fusion less it", "Late fusion less it", "Balancing methods"),
        bands=(Band("", tuple(_view_line(results, match) for match in found)),),
        unit=(
            "Balanced accuracy, percent, mean and SD over seeds; differences in points with 95 % intervals. Bold: "
            "p < 0.05 (Holm over all fusions of a split). Last: how many of the methods that balance views are shown "
            "better than that view, worse, and left open."
        ),
    )


def _view_line(results: Results, match: Match) -> Line:
    group = match.group
    of = results.summary(group.place, match.metric, match.single)
    name = match.single.partition("view=")[2].removesuffix(")").partition(",")[0]
    others = [match.singly[label] for label in group.labels if label in match.singly]
    return Line(
        match.where,
        (
            Cell(percent(of), (name,), value=of.mean if of else None),
            cell(match.singly.get(group.plain)),
            cell(match.singly.get(group.late)),
            Cell(tally(others) or "-"),
        ),
    )


def _split(results: Results, found: Sequence[Match], match: Match) -> Grid:
    """One split and group: every method, against all that it could be set against."""
    group, place = match.group, match.group.place
    by_metric = {one.metric: one for one in found if one.group == group}
    columns = [metric(name).short for name in by_metric]
    labels = [label for label in (*group.singles, group.late, group.plain, *group.labels) if label]
    return Grid(
        name=f"{NAME}-{place.suite}-{place.split}"
        + (f"-{group.loss}-{group.join}" if not group.usual else ""),
        title=", ".join(filter(None, (match.where, group.said))),
        suite=place.suite,
        first="Method",
        columns=(
            *columns,
            *(f"{short} less the plain fusion" for short in columns),
            *(("Bal. acc. less the best single view",) if match.singly else ()),
            *(("Bal. acc. less late fusion",) if match.late else ()),
        ),
        bands=(Band("", tuple(_line(results, by_metric, match, label) for label in labels)),),
        unit=(
            "Percent, mean and SD over seeds; differences in points with 95 % intervals and p (paired by seed, Holm "
            "over the lines). Bold: p < 0.05. The best single view is that of balanced accuracy."
        ),
    )


def _line(results: Results, by_metric: Mapping[str, Match], match: Match, label: str) -> Line:
    summaries = [results.summary(match.group.place, name, label) for name in by_metric]
    cells = (
        *(Cell(percent(of), value=of.mean) if of else Cell() for of in summaries),
        *(_or_dash(one.plainly.get(label), name) for name, one in by_metric.items()),
        *((_or_dash(match.singly.get(label), HEADLINE),) if match.singly else ()),
        *((_or_dash(match.late.get(label), HEADLINE),) if match.late else ()),
    )
    return Line(label, cells, "the plain fusion" if label == match.group.plain else "")


def _or_dash(duel: Duel | None, name: str) -> Cell:
    """A stroke where nothing is compared, so that it does not read as not run."""
    return Cell("-") if duel is None else cell(duel, name)
