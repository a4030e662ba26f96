"""The readers of source formats, on files small enough to write by hand."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pytest

from tailmark.datasets.idx import read_idx, read_train_and_test
from tailmark.datasets.tables import read_table


def idx(values: list[int], *shape: int) -> bytes:
    axes = b"".join(size.to_bytes(4, "big") for size in shape)
    return gzip.compress(bytes([0, 0, 8, len(shape)]) + axes + bytes(values))


def test_idx(tmp_path: Path) -> None:
    path = tmp_path / "images.gz"
    path.write_bytes(idx([1, 2, 3, 4, 5, 6], 1, 2, 3))
    np.testing.assert_array_equal(read_idx(path), np.array([[[1, 2, 3], [4, 5, 6]]], np.uint8), strict=True)


def test_idx_of_another_type_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "floats.gz"
    path.write_bytes(gzip.compress(bytes([0, 0, 0x0D, 1, 0, 0, 0, 0])))
    with pytest.raises(ValueError, match="begins with 00000d01"):
        read_idx(path)


def test_training_pool_then_test_set(tmp_path: Path) -> None:
    contents = {
        "train-images-idx3-ubyte.gz": idx([1, 2, 3], 3, 1, 1),
        "train-labels-idx1-ubyte.gz": idx([7, 8, 9], 3),
        "t10k-images-idx3-ubyte.gz": idx([4], 1, 1, 1),
        "t10k-labels-idx1-ubyte.gz": idx([6], 1),
    }
    for name, content in contents.items():
        (tmp_path / name).write_bytes(content)
    parsed = read_train_and_test({name: tmp_path / name for name in contents})
    assert parsed.views["image"].ravel().tolist() == [1, 2, 3, 4]
    assert parsed.labels.tolist() == [7, 8, 9, 6]
    assert parsed.columns["partition"].tolist() == [0, 0, 0, 1]


@pytest.mark.parametrize(
    "text",
    ["a,b\n0.1,2\n -3 ,-0.0\n", '"a","b"\n"0.1","2"\n"-3","-0"\n', "a,b\r\n0.1,2\r\n-3,0\r\n"],
    ids=["spaces", "quotes", "windows"],
)
def test_copies_of_a_table_read_the_same(tmp_path: Path, text: str) -> None:
    path = tmp_path / "table.csv"
    path.write_text(text, newline="")
    table = read_table(path)
    assert table.tobytes() == np.array([[0.1, 2.0], [-3.0, 0.0]]).tobytes()  # the sign of zero as well


def test_tabs_gzip_and_no_header(tmp_path: Path) -> None:
    path = tmp_path / "table.tsv.gz"
    path.write_bytes(gzip.compress(b"1\t2\n3\t4\n"))
    assert read_table(path, delimiter="\t", header=False).tolist() == [[1, 2], [3, 4]]


@pytest.mark.parametrize("nothing", ["#NUM!", '"#NUM!"', "?", '""'])
def test_what_is_no_number_becomes_nan(tmp_path: Path, nothing: str) -> None:
    path = tmp_path / "table.csv"
    path.write_text(f"a,b\n1,{nothing}\n2,3\n")
    np.testing.assert_array_equal(read_table(path), [[1, np.nan], [2, 3]])


def test_words_are_an_error(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_text("a,b\n1,two\n")
    with pytest.raises(ValueError, match="two"):
        read_table(path)
