"""Reads delimited text, gzipped or not, as one matrix of numbers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

NOT_A_NUMBER = ["", "#NUM!", "?"]


def read_table(path: Path, *, delimiter: str = ",", header: bool = True) -> NDArray[np.float64]:
    """All columns as float64, correctly rounded; what is not a number becomes NaN."""
    from pyarrow import csv  # noqa: PLC0415 - describing a dataset needs no pyarrow

    table = csv.read_csv(
        path,
        read_options=csv.ReadOptions(autogenerate_column_names=not header),
        parse_options=csv.ParseOptions(delimiter=delimiter),
        convert_options=csv.ConvertOptions(null_values=NOT_A_NUMBER, quoted_strings_can_be_null=True),
    )
    matrix = np.column_stack([column.cast("float64").to_numpy() for column in table.columns])
    return matrix + 0.0  # -0.0 becomes 0.0: copies of one table differ in it
