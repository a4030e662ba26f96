"""Words and ages become codes; what was not declared is told by column, value and number of rows."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tailmark.datasets import Category
from tailmark.datasets.metadata import AGES, Sheet, ages, categories, labels, numbered, read_sheet
from tailmark.errors import TailmarkError

SEX = Category("sex", ("female", "male"))


def sheet(**columns: list[str]) -> Sheet:
    return Sheet("some.csv", columns)


@pytest.mark.parametrize(
    "text",
    ["id,sex\na,male\nb,\n", "\ufeffid,sex\r\na,male\r\nb,\r\n", '"id"\t"sex"\n"a"\t"male"\nb\n'],
    ids=["commas", "windows", "tabs"],
)
def test_a_sheet_is_read_by_column(tmp_path: Path, text: str) -> None:
    (tmp_path / "some.csv").write_text(text, newline="", encoding="utf-8")
    found = read_sheet(tmp_path / "some.csv")
    assert (found.name, found["id"], found["sex"]) == ("some.csv", ["a", "b"], ["male", ""])


def test_a_missing_column_is_named_with_what_there_is(tmp_path: Path) -> None:
    (tmp_path / "some.csv").write_text("id,sexe\na,male\n")
    with pytest.raises(
        TailmarkError, match=r"some\.csv should have a column 'sex'; it has id, sexe\. Did you mean 'sexe'\?"
    ):
        categories(read_sheet(tmp_path / "some.csv"), "sex", SEX)


def test_categories_are_coded_by_their_place_and_missing_is_0() -> None:
    codes = categories(sheet(sex=["male", "", "female", "unknown", "NA"]), "sex", SEX)
    np.testing.assert_array_equal(codes, np.array([2, 0, 1, 0, 0], np.float32), strict=True)


def test_an_unseen_category_is_told_with_column_value_and_rows() -> None:
    wrong = sheet(sex=["male", "other", "other", "Male"])
    message = (
        r"some\.csv: column 'sex' holds 'other' \(2 rows\), 'Male' \(1 rows\) where it should hold one of "
    )
    with pytest.raises(TailmarkError, match=message + r"female, male, or nothing\."):
        categories(wrong, "sex", SEX)


@pytest.mark.parametrize(
    ("age", "level"),
    [("0.0", "0-4"), ("4.9", "0-4"), ("5", "5-9"), ("80.0", "80-84"), ("85", "85 and over"), ("90.0", "85 and over"),
     ("120", "85 and over")],
)  # fmt: skip
def test_ages_fall_into_18_steps_of_five_years(age: str, level: str) -> None:
    assert len(AGES) == 18
    assert ages(sheet(age=[age]), "age").tolist() == [1 + AGES.index(level)]


def test_a_missing_age_is_0() -> None:
    codes = ages(sheet(age=["", "0.0", "NA"]), "age")
    np.testing.assert_array_equal(codes, np.array([0, 1, 0], np.float32), strict=True)


@pytest.mark.parametrize("age", ["-5", "121", "old"])
def test_what_is_no_age_is_told(age: str) -> None:
    with pytest.raises(
        TailmarkError,
        match=rf"column 'age' holds '{age}' \(1 rows\) where it should hold an age from 0 to 120",
    ):
        ages(sheet(age=["30", age]), "age")


def test_labels_by_name() -> None:
    found = labels(sheet(dx=["nv", "mel", "nv"]), "dx", ("nv", "mel"))
    np.testing.assert_array_equal(found, np.array([0, 1, 0], np.int16), strict=True)
    with pytest.raises(
        TailmarkError, match=r"'dx' holds '' \(1 rows\) where it should hold one of nv, mel\. Corr"
    ):
        labels(sheet(dx=["nv", ""]), "dx", ("nv", "mel"))


def test_names_with_a_number() -> None:
    found = numbered(sheet(who=["IP_7279968", "IP_0000012"]), "who", "IP_")
    np.testing.assert_array_equal(found, np.array([7279968, 12], np.int32), strict=True)
    with pytest.raises(
        TailmarkError, match=r"'who' holds 'P_1' \(1 rows\), 'IP_' \(1 rows\) .* IP_ and a number\."
    ):
        numbered(sheet(who=["P_1", "IP_"]), "who", "IP_")
