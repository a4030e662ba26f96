"""What must hold of any dataset before it is kept: one row a sample everywhere, and tables as they were declared."""

from __future__ import annotations

import numpy as np

from tailmark.datasets.declaration import Array, Category, Column, Dataset, Parsed
from tailmark.errors import TailmarkError


def check_consistency(dataset: Dataset, parsed: Parsed) -> None:
    _check_lengths(dataset.name, parsed)
    for view, columns in dataset.tables.items():
        _check_table(f"{dataset.name}, view '{view}'", parsed.views[view], columns)


def _check_lengths(name: str, parsed: Parsed) -> None:
    n = len(parsed.labels)
    arrays = {
        **{f"view '{view}'": array for view, array in parsed.views.items()},
        **{f"column '{column}'": array for column, array in parsed.columns.items()},
    }
    wrong = [f"{what} has {len(array):,}" for what, array in arrays.items() if len(array) != n]
    if wrong:
        raise TailmarkError(
            f"{name}: expected one row a sample, and there are {n:,} labels, but {', '.join(wrong)}. "
            "Correct the dataset's `read`."
        )


def _check_table(what: str, table: Array, columns: tuple[Column, ...]) -> None:
    if table.ndim != 2 or table.shape[1] != len(columns):
        raise TailmarkError(
            f"{what}: {len(columns)} columns are declared ({', '.join(column.name for column in columns)}), but the "
            f"table has the shape {table.shape}. Declare each column in its order."
        )
    for column, values in zip(columns, table.T, strict=True):
        if isinstance(column, Category):
            _check_codes(f"{what}, column '{column.name}'", values, len(column.levels))


def _check_codes(what: str, values: Array, levels: int) -> None:
    wrong = ~np.isin(values, np.arange(levels + 1))
    if wrong.any():
        raise TailmarkError(
            f"{what}: expected codes from 0 (missing) to {levels}, got {values[wrong][0]:g} in {wrong.sum():,} rows. "
            "Declare every category among its levels."
        )
