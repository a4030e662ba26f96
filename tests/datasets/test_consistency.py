"""One row a sample in every array, and tables as declared; each fault is told with what is wrong where."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tailmark.datasets import Category, Dataset, Number, Parsed
from tailmark.datasets.consistency import check_consistency
from tailmark.errors import TailmarkError

DATASET = Dataset(
    name="skin", title="", licence="", homepage="", files=(), scaling={}, classes=("no", "yes"),
    class_counts=(2, 1), digest=None, tables={"metadata": (Category("sex", ("female", "male")), Number("age"))},
)  # fmt: skip
LABELS = np.array([0, 1, 0], np.int16)
TABLE = np.array([[1, 20.5], [0, np.nan], [2, 80]], np.float32)


def test_what_agrees_is_accepted() -> None:
    check_consistency(DATASET, Parsed({"metadata": TABLE}, LABELS, {"group": np.arange(3)}))


@pytest.mark.parametrize(
    ("views", "columns", "message"),
    [
        ({"image": np.zeros((2, 4))}, {}, r"there are 3 labels, but view 'image' has 2\."),
        ({"image": np.zeros((3, 4))}, {"group": np.zeros(5)}, r"but column 'group' has 5\."),
        ({"a": np.zeros((4, 1)), "b": np.zeros((1, 1))}, {}, r"view 'a' has 4, view 'b' has 1\."),
    ],
)
def test_a_view_or_column_of_another_length(
    views: dict[str, np.ndarray], columns: dict[str, np.ndarray], message: str
) -> None:
    with pytest.raises(TailmarkError, match=f"^skin: expected one row a sample, and .*{message}"):
        check_consistency(replace(DATASET, tables={}), Parsed(views, LABELS, columns))


def test_a_missing_column_of_a_table() -> None:
    with pytest.raises(
        TailmarkError,
        match=r"'metadata': 2 columns are declared \(sex, age\), but the table has the shape \(3, 1\)",
    ):
        check_consistency(DATASET, Parsed({"metadata": TABLE[:, :1]}, LABELS))


@pytest.mark.parametrize("code", [3, -1, 0.5, np.nan])
def test_an_undeclared_category(code: float) -> None:
    table = TABLE.copy()
    table[1:, 0] = code
    with pytest.raises(
        TailmarkError, match=rf"column 'sex': expected codes from 0 \(missing\) to 2, got {code:g} in 2 rows"
    ):
        check_consistency(DATASET, Parsed({"metadata": table}, LABELS))
