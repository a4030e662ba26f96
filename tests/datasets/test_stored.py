"""What is written is what is read, by numpy and by any Arrow library."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from tailmark.datasets import Category, Dataset, Number, Parsed, Prepared, load
from tailmark.datasets.arrow import write
from tailmark.datasets.digest import content_digest
from tailmark.errors import TailmarkError

DATASET = Dataset(
    name="tiny", title="", licence="", homepage="", files=(), scaling={"image": "unit", "row": "none"},
    classes=("no", "yes"), class_counts=(), digest="",
)  # fmt: skip


@st.composite
def parsed_datasets(draw: st.DrawFn) -> Parsed:
    n, width = draw(st.integers(1, 5)), draw(st.integers(1, 9))
    return Parsed(
        views={
            "image": draw(arrays.arrays(np.uint8, (n, draw(st.integers(1, 4)), width))),
            "row": draw(arrays.arrays(np.float32, (n, width), elements=st.floats(-9, 9, width=32))),
        },
        labels=draw(arrays.arrays(np.int16, n)),
        columns={"partition": draw(arrays.arrays(np.int8, n)), "group": draw(arrays.arrays(np.int32, n))},
    )


def equal(found: Prepared, parsed: Parsed) -> None:
    assert found.views.keys() == parsed.views.keys()
    for got, expected in [
        (found.labels, parsed.labels),
        *((found.views[name], view) for name, view in parsed.views.items()),
        *((found.columns[name], column) for name, column in parsed.columns.items()),
    ]:
        np.testing.assert_array_equal(got, expected, strict=True)


@settings(max_examples=25, deadline=None)
@given(parsed_datasets())
def test_round_trip(parsed: Parsed) -> None:
    with tempfile.TemporaryDirectory() as folder:
        write(Path(folder), DATASET, parsed)
        found = load(Path(folder))
        equal(found, parsed)
        assert found.digest == content_digest(parsed)
        assert {path.name for path in Path(folder).iterdir()} == {"data.arrow", "meta.json"}


@pytest.fixture
def parsed() -> Parsed:
    image = np.arange(24, dtype=np.uint8).reshape(2, 3, 4)
    return Parsed({"image": image}, np.array([1, 0], np.int16), {"group": np.array([7, 8], np.int32)})


@pytest.fixture
def folder(tmp_path: Path, parsed: Parsed) -> Path:
    write(tmp_path / "tiny", DATASET, parsed)
    return tmp_path / "tiny"


def test_any_arrow_library_can_read_it(folder: Path) -> None:
    table = pa.ipc.open_file(folder / "data.arrow").read_all()
    assert table.schema.names == ["image", "label", "group"]
    assert table.schema.field("image").type == pa.list_(pa.uint8(), 12)
    assert table.to_pylist()[1] == {"image": list(range(12, 24)), "label": 0, "group": 8}


def test_what_is_said_of_it(folder: Path) -> None:
    found = load(folder)
    assert (found.name, found.classes, found.scaling) == ("tiny", ("no", "yes"), dict(DATASET.scaling))


def test_the_columns_of_tables_are_kept(tmp_path: Path) -> None:
    tables = {"row": (Category("site", ("arm", "leg")), Number("size"))}
    parsed = Parsed({"row": np.array([[0, 1.5], [2, np.nan]], np.float32)}, np.array([0, 1], np.int16))
    write(tmp_path, replace(DATASET, tables=tables), parsed)
    found = load(tmp_path)
    assert found.tables == tables
    equal(found, parsed)


def test_a_folder_without_tables_says_nothing_of_them(folder: Path) -> None:
    """As folders were before there were tables, so that they stay as they are."""
    assert "tables" not in json.loads((folder / "meta.json").read_text())
    assert load(folder).tables == {}


def test_arrays_cannot_be_changed(folder: Path) -> None:
    with pytest.raises(ValueError, match="read-only"):
        load(folder).views["image"][0, 0, 0] = 1


def test_training_needs_no_arrow(folder: Path) -> None:
    code = (
        "import sys; sys.modules['pyarrow'] = None; from pathlib import Path; from tailmark.datasets import load; "
        f"print(load(Path({str(folder)!r})).views['image'].sum())"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == str(sum(range(24)))


@pytest.mark.parametrize("meta", [None, "", "{}", "[]", '{"bytes": 3'])
def test_without_its_meta_a_folder_is_not_prepared(folder: Path, meta: str | None) -> None:
    if meta is None:
        (folder / "meta.json").unlink()
    else:
        (folder / "meta.json").write_text(meta)
    with pytest.raises(TailmarkError, match=r"meta\.json is missing or damaged"):
        load(folder)


def test_a_truncated_or_missing_data_file_is_refused(folder: Path) -> None:
    data = folder / "data.arrow"
    size = json.loads((folder / "meta.json").read_text())["bytes"]
    data.write_bytes(data.read_bytes()[:-1])
    with pytest.raises(TailmarkError, match=f"should have {size} bytes, but it has {size - 1}"):
        load(folder)
    data.unlink()
    with pytest.raises(TailmarkError, match="but it is missing"):
        load(folder)


def test_a_failed_write_leaves_no_meta(folder: Path, parsed: Parsed) -> None:
    """Half of the arrays cannot be written: the folder must not look prepared."""
    ragged = Parsed(parsed.views, parsed.labels[:1])
    with pytest.raises(ValueError, match="same length"):
        write(folder, DATASET, ragged)
    assert {path.name for path in folder.iterdir()} == {"data.arrow"}
