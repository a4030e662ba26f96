"""Paired tests of several methods against one base, told from the methods' side."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from statistics import fmean

import pandas as pd

from tailmark.report.grid import Cell
from tailmark.report.words import HEADLINE, metric, probability
from tailmark.statistics import Duel, Summary, duels

ZERO = "0"  # the base of differences


def over(values: pd.DataFrame, base: str, methods: Iterable[str]) -> dict[str, Duel]:
    """Each method less the base, paired by seed, with Holm's correction over these methods."""
    present = [method for method in methods if method in values.columns and method != base]
    if base not in values.columns or not present:
        return {}
    met = duels(values[[base, *present]], base)
    return {method: Duel(_turned(duel.difference), duel.p, duel.different) for method, duel in met.items()}


def steps(values: pd.DataFrame, pairs: Mapping[str, tuple[str, str]]) -> dict[str, Duel]:
    """The first of each pair less the second, with Holm's correction over these pairs."""
    known = {
        name: values[one] - values[other]
        for name, (one, other) in pairs.items()
        if one in values.columns and other in values.columns
    }
    return over(pd.DataFrame({ZERO: 0.0, **known}, index=values.index), ZERO, known)


def _turned(of: Summary) -> Summary:
    return Summary(-of.mean, of.sd, of.n, -of.high, -of.low)


def ended(duel: Duel) -> str:
    """'better', 'worse' or 'open'; '' where one seed allows no test."""
    if duel.difference.n < 2:
        return ""
    if not duel.different:
        return "open"
    return "better" if duel.difference.mean > 0 else "worse"


def tally(met: Sequence[Duel]) -> str:
    """'2 better, 0 worse, 4 open'; empty where nothing could be tested."""
    ends = [ended(duel) for duel in met]
    if not any(ends):
        return ""
    return ", ".join(f"{ends.count(kind)} {kind}" for kind in ("better", "worse", "open"))


def seeds(met: Iterable[Duel]) -> str:
    """'5', '3 to 5'."""
    counts = sorted({duel.difference.n for duel in met})
    return " to ".join(str(n) for n in dict.fromkeys((counts[0], counts[-1])))


def cell(duel: Duel | None, name: str = HEADLINE) -> Cell:
    """The difference with its interval and p."""
    if duel is None:
        return Cell()
    of, by = duel.difference, metric(name)
    more = (f"[{by.difference(of.low)}, {by.difference(of.high)}]", probability(duel.p)) if of.n > 1 else ()
    return Cell(by.difference(of.mean), more, duel.different, of.mean)


def mean_cell(met: Sequence[Duel], name: str = HEADLINE) -> Cell:
    """The mean difference over several places, and how their tests ended."""
    if not met:
        return Cell()
    mean = fmean(duel.difference.mean for duel in met)
    told = tally(met)
    return Cell(metric(name).difference(mean), (told,) if told else (), value=mean)
