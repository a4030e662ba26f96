"""What the parameters ask for and the metrics do not have."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tailmark import methods
from tailmark.report.results import Results

if TYPE_CHECKING:
    from tailmark.params import Params, Suite


@dataclass(frozen=True)
class Missing:
    """A cell with runs that failed or were never started."""

    suite: str
    split: str
    protocol: str
    method: str
    seeds: tuple[int, ...]
    of: int  # seeds asked for


def missing(params: Params, results: Results) -> list[Missing]:
    """Cells with seeds that gave no metrics, in the order of the parameters."""
    done = {
        (place.suite, place.split, place.protocol, str(method), int(seed))
        for place, keys in results.keys.items()
        for method in keys.columns
        for seed in keys.index[keys[method].notna()]
    }
    cells = []
    for name, suite in params.suites.items():
        for split, protocol, method in planned(suite):
            absent = [seed for seed in suite.seeds if (name, split, protocol, method, seed) not in done]
            if absent:
                cells.append(Missing(name, split, protocol, method, tuple(absent), len(suite.seeds)))
    return cells


def planned(suite: Suite) -> list[tuple[str, str, str]]:
    """(split, protocol, method) of every cell of a suite: not every method exists in every protocol."""
    return [
        (split.id, protocol, method.label)
        for protocol in suite.protocols
        for split in suite.splits
        for method in suite.methods
        if methods.exists_in(method.name, protocol)
    ]


def runs_planned(params: Params) -> int:
    """How many runs the parameters ask for."""
    return sum(len(planned(suite)) * len(suite.seeds) for suite in params.suites.values())
