"""What is written down of each sample beside its picture: words and numbers of a table, as codes of categories.

A value that the declaration does not know is an error here, so that training never meets an unseen category.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tailmark.datasets.declaration import Category
from tailmark.errors import TailmarkError, nearest

Codes = NDArray[np.float32]

MISSING = {"", "NA", "unknown"}
AGE_STEP = 5  # years
AGES = (*(f"{age}-{age + AGE_STEP - 1}" for age in range(0, 85, AGE_STEP)), "85 and over")
OLDEST = 120


@dataclass(frozen=True)
class Sheet:
    """A table of text, by column."""

    name: str
    columns: Mapping[str, Sequence[str]]

    def __getitem__(self, column: str) -> Sequence[str]:
        if column not in self.columns:
            raise TailmarkError(
                f"{self.name} should have a column '{column}'; it has {', '.join(self.columns)}."
                f"{nearest(column, self.columns)} Delete the file and fetch it again, or rename its column."
            )
        return self.columns[column]


def read_sheet(path: Path) -> Sheet:
    """A file with a header, whose fields are parted by commas or tabs."""
    with path.open(newline="", encoding="utf-8-sig") as file:
        header = file.readline()
        file.seek(0)
        rows = csv.DictReader(file, delimiter="\t" if "\t" in header else ",", restval="")
        table = list(rows)
    return Sheet(path.name, {name: [row[name] for row in table] for name in rows.fieldnames or ()})


def categories(sheet: Sheet, column: str, category: Category) -> Codes:
    """The codes of a column of words."""
    code = {**dict.fromkeys(MISSING, 0), **{level: 1 + i for i, level in enumerate(category.levels)}}
    values = sheet[column]
    _refuse(sheet, column, [v for v in values if v not in code], f"one of {', '.join(category.levels)}")
    return np.array([code[value] for value in values], np.float32)


def ages(sheet: Sheet, column: str) -> Codes:
    """The codes of a column of ages in years, as five-year steps (`AGES`)."""
    values = sheet[column]
    years = np.array([np.nan if value in MISSING else _number(value) for value in values])
    wrong = [
        value for value, age in zip(values, years, strict=True) if not (np.isnan(age) or 0 <= age <= OLDEST)
    ]
    _refuse(sheet, column, wrong, f"an age from 0 to {OLDEST}")
    steps = np.minimum(years // AGE_STEP, len(AGES) - 1) + 1
    return np.where(np.isnan(years), 0, steps).astype(np.float32)


def labels(sheet: Sheet, column: str, names: Sequence[str]) -> NDArray[np.int16]:
    """The class of each row, by its name in the sheet."""
    values = sheet[column]
    _refuse(
        sheet, column, [v for v in values if v not in names], f"one of {', '.join(names)}", or_nothing=False
    )
    return np.array([names.index(value) for value in values], np.int16)


def numbered(sheet: Sheet, column: str, prefix: str) -> NDArray[np.int32]:
    """The numbers of names like `IP_7279968`."""
    values = sheet[column]
    wrong = [v for v in values if not (v.startswith(prefix) and v.removeprefix(prefix).isdecimal())]
    _refuse(sheet, column, wrong, f"{prefix} and a number", or_nothing=False)
    return np.array([value.removeprefix(prefix) for value in values], np.int32)


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return np.inf  # no age


def _refuse(
    sheet: Sheet, column: str, wrong: Sequence[str], expected: str, *, or_nothing: bool = True
) -> None:
    if wrong:
        told = ", ".join(f"'{value}' ({n:,} rows)" for value, n in Counter(wrong).most_common(3))
        raise TailmarkError(
            f"{sheet.name}: column '{column}' holds {told} where it should hold {expected}"
            f"{', or nothing' if or_nothing else ''}. Correct the file, or declare the value with the dataset."
        )
