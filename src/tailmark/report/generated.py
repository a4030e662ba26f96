"""What the generators made: the quality of their samples, and who collapsed or copied."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tailmark.report.contest import Contest, contest
from tailmark.report.results import Place, Results, distinct
from tailmark.report.speakers import speaker
from tailmark.report.words import CEILINGS, QUALITY, Metric, plural
from tailmark.statistics import Summary

if TYPE_CHECKING:
    from tailmark.params import Params

MEMORISES = 0.2  # median distance to the nearest training sample, where held-out real samples have 1
GUIDED = "mgvae"  # the method whose promise is diversity

HOW_TO_READ = (
    "Ratios and shares, not percent; mean ± SD over n seeds, and means over the generated classes. After a stroke: the "
    "ceiling, which is the same number for real samples. Precision and recall are taken in the features of a "
    "classifier of real data, with the 3 nearest neighbours. "
    f"A generator memorises where its distance to the nearest training sample is below {MEMORISES:g}."
)


@dataclass(frozen=True)
class Quality:
    """One number of a generator."""

    summary: Summary | None
    ceiling: Summary | None = None
    memorises: bool = False

    @property
    def text(self) -> str:
        """'0.46 ± 0.03'."""
        if self.summary is None:
            return ""
        mean = f"{self.summary.mean:.2f}"
        return mean if self.summary.n < 2 else f"{mean} ± {self.summary.sd:.2f}"

    @property
    def limit(self) -> str:
        """The ceiling's mean."""
        return "" if self.ceiling is None else f"{self.ceiling.mean:.2f}"


@dataclass(frozen=True)
class Maker:
    """One generating method: its numbers in the order of `QUALITY`."""

    method: str
    n: int
    numbers: tuple[Quality, ...]
    collapsed: str  # 'collapsed in 2 of 3 runs'; empty where it never did

    @property
    def flags(self) -> list[str]:
        """What a reader must not miss."""
        copies = ["memorises"] if any(number.memorises for number in self.numbers) else []
        return [self.collapsed, *copies] if self.collapsed else copies

    def pick(self, columns: list[Metric]) -> list[Quality]:
        """The numbers of some columns."""
        return [
            number for name, number in zip(QUALITY, self.numbers, strict=True) if QUALITY[name] in columns
        ]


@dataclass(frozen=True)
class Made:
    """What was made on one split."""

    place: Place
    makers: tuple[Maker, ...]
    diversity: str  # is MGVAE more diverse than the others? empty where it was not run


def generated(params: Params, results: Results) -> list[Made]:
    """One a suite and split with generators, under the suite's main protocol."""
    mains = [p for suite in results.datasets for p in results.of(suite, results.main_protocol(suite))]
    return [_made(params, results, place) for place in mains if makers(results, place)]


def columns(made: Sequence[Made]) -> list[Metric]:
    """What was measured for any method of these splits."""
    rows = [maker.numbers for one in made for maker in one.makers]
    return [of for number, of in enumerate(QUALITY.values()) if any(row[number].summary for row in rows)]


def makers(results: Results, place: Place) -> list[str]:
    """The methods whose samples were measured here."""
    return [m for m in distinct(results, place) if any(_summary(results, place, q, m) for q in QUALITY)]


def collapses(results: Results, place: Place, method: str) -> tuple[int, int]:
    """In how many of how many runs the samples of some class spread less than a tenth of the real ones."""
    frame = results.values(place, "generated/collapsed")
    if method not in frame.columns:
        return 0, 0
    runs = frame[method].dropna()
    return int((runs > 0).sum()), len(runs)


def _made(params: Params, results: Results, place: Place) -> Made:
    rows = tuple(_maker(results, place, method) for method in makers(results, place))
    against = diversity(params, results, place)
    return Made(place, rows, _more_diverse(against) if against else "")


def _maker(results: Results, place: Place, method: str) -> Maker:
    numbers = tuple(_quality(results, place, name, method) for name in QUALITY)
    k, n = collapses(results, place, method)
    runs = max((number.summary.n for number in numbers if number.summary), default=0)
    return Maker(method, runs, numbers, f"collapsed in {k} of {plural(n, 'run')}" if k else "")


def _quality(results: Results, place: Place, name: str, method: str) -> Quality:
    summary = _summary(results, place, name, method)
    ceiling = _summary(results, place, CEILINGS[name], method) if name in CEILINGS else None
    memorises = name == "nearest" and summary is not None and summary.mean < MEMORISES
    return Quality(summary, ceiling, memorises)


def _summary(results: Results, place: Place, name: str, method: str) -> Summary | None:
    return results.summary(place, f"generated/{name}", method)


def diversity(params: Params, results: Results, place: Place) -> Contest | None:
    """MGVAE's recall against that of every other generator, its own variants left out."""
    here = makers(results, place)
    specs = [spec for spec in params.suites[place.suite].methods if spec.label in here]
    mine = speaker(GUIDED, specs, place.protocol)
    others = [spec.label for spec in specs if spec.name != GUIDED]
    return contest(results, place, "generated/recall", mine, others) if mine else None


def _more_diverse(against: Contest) -> str:
    if not against.tested:
        return "Is MGVAE more diverse? Not answerable with one seed: recall has no paired test."
    said = against.said("has a higher recall than", "has a lower recall than")
    gaps = ", ".join(_gap(rival, duel.difference) for rival, duel in against.duels.items())
    return f"Is MGVAE more diverse? {said} Differences in recall with their 95 % paired intervals: {gaps}."


def _gap(rival: str, difference: Summary) -> str:
    interval = f" [{difference.low:+.2f}, {difference.high:+.2f}]" if difference.n > 1 else ""
    return f"{rival} {difference.mean:+.2f}{interval}"
