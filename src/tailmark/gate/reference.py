"""The committed reference: a CSV with one line a cell, made to be reviewed as a diff."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from tailmark import files
from tailmark.errors import TailmarkError
from tailmark.evaluate import main_mix
from tailmark.readings import MARK

if TYPE_CHECKING:
    import pandas as pd

GUARDED = "balanced_accuracy"
DECIMALS = 4  # of percent: finer than one sample of any test set
COLUMNS = ("suite", "dataset", "split", "protocol", "method", "mix", "metric", "mean", "seeds", "values")
MADE_ON = "# made on: "
HEAD = (
    "# The reference of `tailmark gate`: percent, one value a seed; `mean` is for the reader.",
    "# Written by `tailmark gate --update`.",
)


class Cell(NamedTuple):
    """What is guarded: one metric of one method in one place."""

    suite: str
    dataset: str
    split: str
    protocol: str
    method: str
    mix: str
    metric: str


Seeds = Mapping[int, float]  # seed -> percent


@dataclass(frozen=True)
class Reference:
    """The guarded cells, and the machines that made them."""

    cells: Mapping[Cell, Seeds]
    made_on: tuple[str, ...]


def guarded(metrics: pd.DataFrame) -> dict[Cell, Seeds]:
    """The cells of a metrics table, sorted; a value that is no number counts as absent, and so do readings of a run."""
    cells: dict[Cell, dict[int, float]] = {}
    table = metrics.loc[metrics["metric"] == GUARDED, [*Cell._fields, "seed", "value"]]
    for *names, seed, value in table.itertuples(index=False):
        cell = Cell(*map(str, names))
        if math.isfinite(value) and MARK not in cell.method:
            cells.setdefault(cell, {})[int(seed)] = round(100 * value, DECIMALS)
    return {cell: cells[cell] for cell in sorted(cells) if cell.mix == main_mix(_mixes(cell, cells))}


def _mixes(cell: Cell, cells: Iterable[Cell]) -> list[str]:
    """The test mixes of a cell: class shares hardly move balanced accuracy, so one of them will do."""
    return sorted(other.mix for other in cells if other._replace(mix=cell.mix) == cell)


def write(path: Path, reference: Reference) -> None:
    """Whole or not at all; the same cells always give the same bytes."""
    text = io.StringIO()
    text.writelines(f"{line}\n" for line in (*HEAD, *(MADE_ON + machine for machine in reference.made_on)))
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(COLUMNS)
    rows.writerows(_line(cell, reference.cells[cell]) for cell in sorted(reference.cells))
    files.write_text(path, text.getvalue())


def _line(cell: Cell, seeds: Seeds) -> Sequence[str]:
    values = [f"{seeds[seed]:.{DECIMALS}f}" for seed in sorted(seeds)]
    mean = sum(seeds.values()) / len(seeds)
    return [*cell, f"{mean:.2f}", " ".join(map(str, sorted(seeds))), " ".join(values)]


def read(path: Path) -> Reference:
    """The committed reference."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        raise TailmarkError(
            f"Expected the gate's reference {path}, found none. Write it with `tailmark gate --update`, and commit it."
        ) from None
    made_on = tuple(line.removeprefix(MADE_ON) for line in lines if line.startswith(MADE_ON))
    rows = csv.DictReader(line for line in lines if not line.startswith("#"))
    if tuple(rows.fieldnames or ()) != COLUMNS:
        raise TailmarkError(
            f"Expected the columns {', '.join(COLUMNS)} in {path}; got {', '.join(rows.fieldnames or ())}. "
            "Restore the file from git, or write it anew with `tailmark gate --update`."
        )
    return Reference(dict(_cell(path, row) for row in rows), made_on)


def _cell(path: Path, row: Mapping[str, str]) -> tuple[Cell, Seeds]:
    try:
        seeds = [int(seed) for seed in row["seeds"].split()]
        values = [float(value) for value in row["values"].split()]
        return Cell(*(row[name] for name in Cell._fields)), dict(zip(seeds, values, strict=True))
    except (ValueError, AttributeError):
        raise TailmarkError(
            f"Expected one value for each seed in every line of {path}; got seeds '{row['seeds']}' and values "
            f"'{row['values']}' for {row['method']} in {row['suite']}. Restore the file from git."
        ) from None
