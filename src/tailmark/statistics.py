"""How sure the seeds let us be: intervals, paired tests, ranks.

Runs of different methods at one seed share their split and their initial weights, so methods are
compared by their differences seed by seed. The test is a paired t test: with 3 to 10 seeds a rank
test cannot reach 5 % at all, or hardly.
"""

from __future__ import annotations

import math
from collections.abc import Hashable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import stats

from tailmark.errors import TailmarkError

LEVEL = 0.05
SAME = 1e-12  # differences that are equal to this are equal: metrics are ratios of small integers


@dataclass(frozen=True)
class Summary:
    """A mean over seeds with its t interval; one seed has no spread, so its SD and interval are NaN."""

    mean: float
    sd: float
    n: int
    low: float
    high: float


@dataclass(frozen=True)
class Comparison:
    """One method against the best one."""

    best: str
    difference: float  # its mean less the best one's
    p: float  # Holm-corrected; NaN when fewer than two seeds are shared
    different: bool


@dataclass(frozen=True)
class Duel:
    """One method against another, paired by seed."""

    difference: Summary  # of the first less the second, with its paired interval
    p: float  # Holm-corrected over the duels of the first; NaN when fewer than two seeds are shared
    different: bool


@dataclass(frozen=True)
class FriedmanResult:
    """Do the methods differ over blocks (datasets), and by how much must two mean ranks differ?"""

    statistic: float
    p: float
    ranks: dict[str, float]  # mean ranks; 1 is best
    critical_difference: float  # Nemenyi, 5 %
    n: int  # blocks
    pairwise: pd.DataFrame  # Nemenyi p values, methods x methods


def summary(values: ArrayLike) -> Summary:
    """Mean, SD (ddof 1), n and the 95 % t interval of one method's seeds."""
    given = np.asarray(values, dtype=np.float64)
    if given.ndim != 1 or not given.size or not np.isfinite(given).all():
        raise TailmarkError(f"Expected a finite value for each of one or more seeds; got {given.tolist()}.")
    mean, n = float(given.mean()), given.size
    if n == 1:
        return Summary(mean, math.nan, 1, math.nan, math.nan)
    sd = float(given.std(ddof=1))
    half = float(stats.t.ppf(1 - LEVEL / 2, n - 1)) * sd / math.sqrt(n)
    return Summary(mean, sd, n, mean - half, mean + half)


def compare_to_best(values: pd.DataFrame) -> dict[str, Comparison]:
    """Each method (column) against the one of highest mean, paired by seed (row); the best is among them.

    A seed that either method lacks is left out of that pair. The best is picked on the same seeds that
    it is tested on, so a few more than 5 % of tables of equal methods show a difference (simulated: 4 %
    to 14 % for three to nine methods and three to ten seeds).
    """
    if values.empty or values.isna().all().any():
        raise TailmarkError("Expected one value or more for each method; got a method without any.")
    best = values.mean().idxmax()
    others = [method for method in values.columns if method != best]
    corrected = _holm([_paired(values[method], values[best]) for method in others])
    compared = {str(best): Comparison(str(best), 0.0, 1.0, False)}
    for method, p in zip(others, corrected, strict=True):
        difference = float(values[method].mean() - values[best].mean())
        compared[str(method)] = Comparison(str(best), difference, p, p < LEVEL)
    return compared


def duels(values: pd.DataFrame, one: str) -> dict[str, Duel]:
    """A method against each of the others (columns), paired by seed (row); who shares no seed with it is left out."""
    differences = {str(m): (values[one] - values[m]).dropna() for m in values.columns if m != one}
    met = [method for method, difference in differences.items() if len(difference)]
    corrected = _holm([_paired(values[one], values[method]) for method in met])
    return {
        method: Duel(summary(differences[method].to_numpy()), p, p < LEVEL)
        for method, p in zip(met, corrected, strict=True)
    }


def friedman(values: pd.DataFrame) -> FriedmanResult:
    """Rank methods (columns, higher is better) within each block (row), and test whether ranks differ."""
    n, k = values.shape
    if n < 2 or k < 3 or values.isna().any(axis=None):
        raise TailmarkError(
            f"Expected two or more blocks and three or more methods, with no value missing; got {n} blocks, "
            f"{k} methods and {int(values.isna().sum().sum())} missing. Leave out what did not run on all."
        )
    ranks = values.rank(axis=1, ascending=False)
    if (ranks == ranks.iloc[0, 0]).all(axis=None):  # nothing but ties: scipy would divide 0 by 0
        statistic, p = 0.0, 1.0
    else:
        statistic, p = map(float, stats.friedmanchisquare(*values.to_numpy().T))
    return FriedmanResult(
        statistic, p, _by_name(ranks.mean()), critical_difference(k, n), n, _nemenyi(values)
    )


def critical_difference(methods: int, blocks: int) -> float:
    """Two mean ranks further apart than this differ at 5 % (Nemenyi; Demsar 2006, section 3.2.2)."""
    quantile = float(stats.studentized_range.ppf(1 - LEVEL, methods, np.inf)) / math.sqrt(2)
    return quantile * math.sqrt(methods * (methods + 1) / (6 * blocks))


def _paired(ours: pd.Series[float], best: pd.Series[float]) -> float:
    """The p value of a paired t test; equal differences have no spread, so they are settled by hand."""
    difference = (ours - best).dropna().to_numpy()
    if difference.size < 2:
        return math.nan
    if np.ptp(difference) < SAME:
        return 1.0 if abs(difference[0]) < SAME else 0.0
    return float(stats.ttest_1samp(difference, 0.0).pvalue)


def _holm(p_values: list[float]) -> list[float]:
    """Holm's correction over the tests that could be made; NaN stays NaN.

    By hand, because statsmodels collects garbage at each call: 0.1 s for each of a report's many tables.
    """
    corrected = np.array(p_values, dtype=np.float64)
    made = np.flatnonzero(np.isfinite(corrected))
    ascending = made[np.argsort(corrected[made], kind="stable")]
    times = made.size - np.arange(made.size)
    corrected[ascending] = np.minimum(1, np.maximum.accumulate(times * corrected[ascending]))
    return [float(p) for p in corrected]


def _nemenyi(values: pd.DataFrame) -> pd.DataFrame:
    from scikit_posthocs import posthoc_nemenyi_friedman  # noqa: PLC0415 - it imports matplotlib

    pairwise: pd.DataFrame = posthoc_nemenyi_friedman(values.reset_index(drop=True))
    return pairwise


def _by_name(ranks: pd.Series[float]) -> dict[str, float]:
    """Series labels as the plain strings that a report prints."""
    labels: list[Hashable] = list(ranks.index)
    return {str(label): float(rank) for label, rank in zip(labels, ranks, strict=True)}
