"""The gate: has any method become worse than the committed reference?

`rule.py` says when a cell has fallen, and why the gate can be trusted.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np

from tailmark import runs
from tailmark.gate.reference import Cell, Reference, Seeds, guarded, read, write
from tailmark.gate.rule import MARGIN, MUST_CATCH, Evidence, Floats, weigh

if TYPE_CHECKING:
    import pandas as pd

Verdict = Literal["fell", "missing", "seeds", "unsure", "noisy", "rose", "new", "ok"]
FAILURES: tuple[Verdict, ...] = ("fell", "missing", "seeds")


@dataclass(frozen=True)
class Row:
    """One cell: what it was, what it is, and what follows."""

    cell: Cell
    verdict: Verdict
    was: float | None  # percent, mean over seeds
    now: float | None
    evidence: Evidence | None  # where the same seeds can be compared
    note: str = ""


@dataclass(frozen=True)
class GateResult:
    """Every cell, those that need attention first."""

    rows: tuple[Row, ...]
    reference: Path
    reference_made_on: tuple[str, ...]
    made_on: tuple[str, ...]  # these runs

    @property
    def passed(self) -> bool:
        return not any(row.verdict in FAILURES for row in self.rows)

    def count(self, verdict: Verdict) -> int:
        """Cells with this verdict."""
        return sum(row.verdict == verdict for row in self.rows)


def check(metrics: pd.DataFrame, reference: Path, made_on: Iterable[str] = ()) -> GateResult:
    """Compare a metrics table with the reference; every cell of either gets a verdict."""
    known, now = read(reference), guarded(metrics)
    same = [cell for cell, seeds in known.cells.items() if cell in now and seeds.keys() == now[cell].keys()]
    evidence = dict(zip(same, weigh([_paired(known.cells[cell], now[cell]) for cell in same]), strict=True))
    cells = sorted({*known.cells, *now})
    rows = [_row(cell, known.cells.get(cell), now.get(cell), evidence.get(cell)) for cell in cells]
    order = [*FAILURES, "unsure", "noisy", "rose", "new", "ok"]
    rows.sort(key=lambda row: order.index(row.verdict))
    return GateResult(tuple(rows), reference, known.made_on, tuple(made_on))


def update(metrics: pd.DataFrame, reference: Path, made_on: Iterable[str] = ()) -> str:
    """Accept the metrics as they are; says what changed."""
    before = read(reference).cells if reference.exists() else {}
    now = guarded(metrics)
    write(reference, Reference(now, tuple(sorted(made_on))))
    changed = sum(before[cell] != seeds for cell, seeds in now.items() if cell in before)
    return (
        f"{reference}: {changed} cells changed, {len(now.keys() - before.keys())} new, "
        f"{len(before.keys() - now.keys())} gone, {len(now)} in all. Review it with `git diff`, and commit it."
    )


def made_on(metrics: pd.DataFrame, runs_root: Path) -> list[str]:
    """The machines whose runs are in a metrics table: device, torch, Python, platform."""
    machines = set()
    for suite, key in metrics[["suite", "key"]].drop_duplicates().itertuples(index=False):
        path = runs.find(runs_root, str(suite), str(key))
        if path is not None:
            had = runs.read(path).record["environment"]
            machines.add(f"{had['device']}, torch {had['torch']}, Python {had['python']}, {had['platform']}")
    return sorted(machines)


def _paired(was: Seeds, now: Seeds) -> tuple[Floats, Floats]:
    seeds = sorted(was)
    return np.array([was[seed] for seed in seeds]), np.array([now[seed] for seed in seeds])


def _row(cell: Cell, was: Seeds | None, now: Seeds | None, evidence: Evidence | None) -> Row:
    verdict, note = _verdict(was, now, evidence)
    return Row(cell, verdict, _mean(was), _mean(now), evidence, note)


def _verdict(was: Seeds | None, now: Seeds | None, evidence: Evidence | None) -> tuple[Verdict, str]:
    if was is None:
        return "new", "not guarded until `tailmark gate --update`"
    if now is None:
        return "missing", "in the reference, not in the metrics"
    if evidence is None:
        return "seeds", f"the reference has seeds {_list(was)}; these runs have {_list(now)}"
    return _judged(evidence, {seed: now[seed] - was[seed] for seed in was})


def _judged(evidence: Evidence, changes: Seeds) -> tuple[Verdict, str]:
    if evidence.fell:
        return "fell", ""
    if evidence.rose:
        return "rose", "keep the gain with `tailmark gate --update`"
    if -evidence.change >= MARGIN:
        worst = min(changes, key=lambda seed: changes[seed])
        return "unsure", f"may be chance: seed {worst} changed by {changes[worst]:+.1f}; {_wish(evidence)}"
    if evidence.catches > MUST_CATCH:
        return "noisy", _wish(evidence)
    return "ok", ""


def _wish(evidence: Evidence) -> str:
    return f"to catch {MUST_CATCH:g} points here takes {evidence.seeds_needed()} seeds; there are {evidence.seeds}"


def _mean(seeds: Seeds | None) -> float | None:
    return None if seeds is None else sum(seeds.values()) / len(seeds)


def _list(seeds: Seeds) -> str:
    return ", ".join(map(str, sorted(seeds)))
