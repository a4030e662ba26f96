"""The metrics table, indexed once: for each place a frame of seeds by methods."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

import pandas as pd

from tailmark import statistics
from tailmark.evaluate import main_mix
from tailmark.readings import MARK
from tailmark.report.words import HEADLINE, is_reference

if TYPE_CHECKING:
    from tailmark.params import Params


class Place(NamedTuple):
    """Where methods meet on equal terms: everything of a number but method, metric and seed."""

    suite: str
    split: str
    protocol: str
    mix: str


@dataclass(frozen=True)
class Results:
    """Values and their summaries; places and methods stand in the order of the parameters."""

    places: tuple[Place, ...]
    frames: Mapping[tuple[Place, str], pd.DataFrame]  # (place, metric) -> seeds x methods
    keys: Mapping[Place, pd.DataFrame]  # seeds x methods: the run keys
    datasets: Mapping[str, str]  # suite -> dataset

    @cached_property
    def summaries(self) -> dict[tuple[Place, str, str], statistics.Summary]:
        """(place, metric, method) -> mean, SD, n and interval over the seeds."""
        return {
            (place, metric, str(method)): statistics.summary(frame[method].dropna().to_numpy())
            for (place, metric), frame in self.frames.items()
            for method in frame.columns
            if frame[method].notna().any()
        }

    def values(self, place: Place, metric: str = HEADLINE) -> pd.DataFrame:
        """Seeds by methods; empty where nothing was run."""
        return self.frames.get((place, metric), pd.DataFrame())

    def summary(self, place: Place, metric: str, method: str) -> statistics.Summary | None:
        """None where the cell was not run."""
        return self.summaries.get((place, metric, method))

    def mean(self, place: Place, metric: str, method: str) -> float:
        """The mean over seeds; NaN where the cell was not run."""
        summary = self.summary(place, metric, method)
        return float("nan") if summary is None else float(summary.mean)

    def methods(self, place: Place) -> list[str]:
        """The methods that were run here, in the order of the parameters."""
        return [str(method) for method in self.keys[place].columns]

    def run(self, suite: str) -> set[str]:
        """The methods that were run anywhere in a suite."""
        return {method for place in self.places if place.suite == suite for method in self.methods(place)}

    def metrics(self, place: Place) -> list[str]:
        """What was measured here."""
        return [metric for at, metric in self.frames if at == place]

    def of(self, suite: str, protocol: str | None = None) -> list[Place]:
        """The places of one suite on its main test mix, one a split."""
        here = [p for p in self.places if p.suite == suite and protocol in (None, p.protocol)]
        mains = {(p.split, p.protocol): main_mix([q.mix for q in here if q[:3] == p[:3]]) for p in here}
        return [p for p in here if p.mix == mains[p.split, p.protocol]]

    def mixes(self, place: Place) -> list[Place]:
        """The same split on each of its test mixes, from the most forward to the most backward."""
        return sorted((other for other in self.places if other[:3] == place[:3]), key=lambda p: skew(p.mix))

    def quotable(self) -> list[Place]:
        """Every place whose numbers are results: main protocols, main mixes, and never `released`."""
        mains = {suite: self.main_protocol(suite) for suite in self.datasets}
        return [p for s, protocol in mains.items() if protocol != "released" for p in self.of(s, protocol)]

    def protocols(self, suite: str) -> list[str]:
        """The protocols that were run in this suite."""
        return list(dict.fromkeys(place.protocol for place in self.places if place.suite == suite))

    def main_protocol(self, suite: str) -> str | None:
        """The one that is shown first; None when the suite was not run."""
        found = self.protocols(suite)
        return "corrected" if "corrected" in found else next(iter(found), None)

    def same_runs(self, place: Place) -> dict[str, str]:
        """method -> the earlier method whose very runs it shares."""
        keys = self.keys[place]
        earlier: dict[tuple[str, ...], str] = {}
        shared = {}
        for method in keys.columns:
            first = earlier.setdefault(tuple(keys[method].dropna()), str(method))
            if first != method:
                shared[str(method)] = first
        return shared


def skew(mix: str) -> float:
    """Below 0 where the test set is skewed like the training set, above where it is the other way round."""
    direction, _, ratio = mix.partition("-")
    return {"forward": -1.0, "backward": 1.0}.get(direction, 0.0) * float(ratio or 0)


def distinct(results: Results, place: Place) -> list[str]:
    """The methods here, less those that share the very runs of an earlier one."""
    shared = results.same_runs(place)
    return [method for method in results.methods(place) if method not in shared]


def rivals(results: Results, place: Place) -> list[str]:
    """The distinct methods that compete here: neither the upper bound nor the floor."""
    return [method for method in distinct(results, place) if not is_reference(method)]


def best_first(results: Results, place: Place, methods: list[str]) -> list[str]:
    """By balanced accuracy, highest first."""
    return sorted(methods, key=lambda method: -results.mean(place, HEADLINE, method))


def index(params: Params, metrics: pd.DataFrame) -> Results:
    """Index the tidy metrics of the suites that the parameters name; a reading of a run is no method of its own."""
    return with_readings(params, metrics[~is_reading(metrics["method"])])


def is_reading(methods: pd.Series[str]) -> pd.Series[bool]:
    """Which rows of a metrics table tell a run in another way than its method answers."""
    return methods.astype(str).str.contains(MARK, regex=False)


def with_readings(params: Params, metrics: pd.DataFrame) -> Results:
    """Index what is there, readings among the methods: they share the keys of their runs and are no rivals."""
    table = metrics[metrics["suite"].isin(list(params.suites))]
    order = {place: None for suite in params.suites for place in _places(params, suite, table)}
    frames, keys = {}, {}
    for (suite, split, protocol, mix), group in table.groupby(
        ["suite", "split", "protocol", "mix"], sort=False, observed=True
    ):
        place = Place(str(suite), str(split), str(protocol), str(mix))
        methods = _ordered([m.label for m in params.suites[place.suite].methods], group["method"])
        keys[place] = _wide(group.drop_duplicates(["seed", "method"]), "key", methods)
        for metric, part in group.groupby("metric", sort=False, observed=True):
            frames[place, str(metric)] = _wide(part, "value", methods)
    datasets = {name: suite.dataset for name, suite in params.suites.items() if name in set(table["suite"])}
    return Results(tuple(order), frames, keys, datasets)


def _places(params: Params, suite: str, table: pd.DataFrame) -> Iterator[Place]:
    found = table.loc[table["suite"] == suite, ["split", "protocol", "mix"]].drop_duplicates()
    wanted = params.suites[suite]
    protocols = _ordered(list(wanted.protocols), found["protocol"])
    splits = _ordered([split.id for split in wanted.splits], found["split"])
    for protocol in protocols:
        for split in splits:
            here = found[(found["protocol"] == protocol) & (found["split"] == split)]
            yield from (Place(suite, split, protocol, str(mix)) for mix in here["mix"])


def _ordered(wanted: list[str], found: pd.Series) -> list[str]:
    """What was found: first in the order in which it was wanted, then the rest by name."""
    present = {str(name) for name in found.unique()}
    return [*(name for name in wanted if name in present), *sorted(present.difference(wanted))]


def _wide(part: pd.DataFrame, column: str, methods: list[str]) -> pd.DataFrame:
    wide = part.pivot(index="seed", columns="method", values=column).sort_index()
    return wide[[method for method in methods if method in wide.columns]]
