"""The gate: has any method become worse than the committed reference?

`rule.py` says when a cell or a method has fallen, and why the gate can be trusted.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from tailmark import evaluate, runs
from tailmark.folders import Folders
from tailmark.gate import methods, verdict
from tailmark.gate.reference import Cell, Reference, Seeds, guarded, read, write
from tailmark.gate.rule import CELLS_LEVEL, METHODS_LEVEL, Block, weigh
from tailmark.gate.verdict import FAILURES, Row

if TYPE_CHECKING:
    import pandas as pd

Pairs = Mapping[Cell, tuple[Seeds, Seeds]]  # the reference and these runs, where the seeds are the same


@dataclass(frozen=True)
class GateResult:
    """Every method and cell, those that need attention first."""

    rows: tuple[Row, ...]
    reference: Path
    reference_made_on: tuple[str, ...]
    made_on: tuple[str, ...]  # these runs

    @property
    def passed(self) -> bool:
        return not any(row.verdict in FAILURES for row in self.rows)


def of_tier(tier: str, folders: Folders) -> GateResult:
    """The gate of a tier: its metrics table against its committed reference."""
    metrics = evaluate.read(folders.metrics(tier))
    return check(metrics, folders.reference(tier), made_on(metrics, folders.runs))


def check(metrics: pd.DataFrame, reference: Path, made_on: Iterable[str] = ()) -> GateResult:
    """Compare a metrics table with the reference; every cell of either gets a verdict, and every method."""
    known, now = read(reference), guarded(metrics)
    pairs = {
        cell: (seeds, now[cell])
        for cell, seeds in known.cells.items()
        if cell in now and seeds.keys() == now[cell].keys()
    }
    rows = [*_methods(pairs), *_cells(known.cells, now, pairs)]
    rows.sort(key=lambda row: verdict.ORDER.index(row.verdict))
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


def _methods(pairs: Pairs) -> list[Row]:
    changes, found = _changes(pairs), methods.with_several_cells(pairs)
    evidence = weigh([methods.blocks(cells, changes) for cells in found], METHODS_LEVEL)
    return [
        verdict.of_method({cell: pairs[cell] for cell in cells}, own)
        for cells, own in zip(found, evidence, strict=True)
    ]


def _cells(known: Mapping[Cell, Seeds], now: Mapping[Cell, Seeds], pairs: Pairs) -> list[Row]:
    differences = [np.array([*change.values()]) for change in _changes(pairs).values()]
    evidence = dict(zip(pairs, weigh([[Block(own)] for own in differences], CELLS_LEVEL), strict=True))
    cells = sorted({*known, *now})
    return [verdict.of_cell(cell, known.get(cell), now.get(cell), evidence.get(cell)) for cell in cells]


def _changes(pairs: Pairs) -> dict[Cell, Seeds]:
    return {cell: {seed: now[seed] - was[seed] for seed in was} for cell, (was, now) in pairs.items()}
