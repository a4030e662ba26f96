"""The `.mat` files of SVHN, and its pairs with MNIST, from small files of the same formats."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy.io import savemat

from tailmark.datasets import describe, load
from tailmark.datasets.catalogue import mnist, mnist_and_svhn
from tailmark.datasets.fetch import Depot
from tailmark.datasets.mat import read_digits
from tailmark.datasets.pairs import files_of
from tailmark.datasets.preparation import prepare_declared
from tailmark.errors import TailmarkError

MIRROR = Path(__file__).parents[3] / "shared" / "data"
SAVED = {"train": [7, 3, 4, 5, 6, 3, 3, 3, 3, 3], "t10k": [2] * 9 + [1]}  # samples of each digit
STREET = {"train": [4, 6, 5, 4, 4, 4, 4, 4, 4, 2], "test": [3] * 10}


def street(counts: list[int]) -> dict[str, np.ndarray]:
    """SVHN's layout; a picture's first pixel is its digit, its last where it is among all."""
    digits = np.random.default_rng(0).permutation(np.repeat(np.arange(10), counts))
    pictures = np.zeros((32, 32, 3, len(digits)), np.uint8)
    pictures[0, 0, 0], pictures[31, 31, 2] = digits, np.arange(len(digits))
    return {"X": pictures, "y": np.where(digits == 0, 10, digits).astype(np.uint8)[:, None]}


def written(counts: list[int]) -> tuple[bytes, bytes]:
    """The images and labels of MNIST's layout; a picture is full of its digit."""
    digits = np.repeat(np.arange(10), counts).astype(np.uint8)
    header = b"".join(size.to_bytes(4, "big") for size in (len(digits), 28, 28))
    images = bytes([0, 0, 8, 3]) + header + digits.repeat(28 * 28).tobytes()
    labels = bytes([0, 0, 8, 1]) + len(digits).to_bytes(4, "big") + digits.tobytes()
    return gzip.compress(images), gzip.compress(labels)


@pytest.fixture
def mirror(tmp_path: Path) -> Path:
    root = tmp_path / "mirror"
    for folder in ("mnist", "svhn"):
        (root / folder).mkdir(parents=True)
    for part, counts in SAVED.items():
        for kind, content in zip(("images-idx3", "labels-idx1"), written(counts), strict=True):
            (root / "mnist" / f"{part}-{kind}-ubyte.gz").write_bytes(content)
    for part, counts in STREET.items():
        savemat(root / "svhn" / f"{part}_32x32.mat", street(counts), do_compression=True)
    return root


def test_from_six_files_to_a_prepared_folder(mirror: Path, tmp_path: Path) -> None:
    dataset = describe("mnist+svhn")
    files = []
    for file in dataset.files:
        content = (mirror / str(file.folder) / file.name).read_bytes()
        known = {"md5": hashlib.md5(content)} if file.md5 else {"sha256": hashlib.sha256(content)}
        files.append(replace(file, **{name: digest.hexdigest() for name, digest in known.items()}))
    small = replace(dataset, files=tuple(files), class_counts=(2 + 1,) * 10)
    depot = Depot(dataset.name, tmp_path / "cache", str(mirror))
    found = load(prepare_declared(small, mnist_and_svhn.read, tmp_path / dataset.name, depot))
    assert {name: (view.shape, view.dtype.name) for name, view in found.views.items()} == {
        "mnist": ((30, 28, 28), "uint8"),
        "svhn": ((30, 32, 32, 3), "uint8"),
    }
    np.testing.assert_array_equal(found.views["mnist"][:, 5, 5], found.labels)
    np.testing.assert_array_equal(found.views["svhn"][:, 0, 0, 0], found.labels)
    test = found.columns["partition"] == 1
    assert np.bincount(found.labels[~test]).tolist() == [2] * 10  # nine of SVHN
    assert np.bincount(found.labels[test]).tolist() == [1] * 10  # nine of MNIST
    rows = found.columns["row/svhn"]
    np.testing.assert_array_equal(
        found.views["svhn"][:, 31, 31, 2], np.where(test, rows - sum(STREET["train"]), rows)
    )


def test_another_file_than_svhn_is_refused_by_its_md5(mirror: Path, tmp_path: Path) -> None:
    dataset = replace(describe("mnist+svhn"), files=(replace(describe("mnist+svhn").files[-1], sources=()),))
    depot = Depot("mnist+svhn", tmp_path / "cache", str(mirror))
    with pytest.raises(
        TailmarkError, match=r"expected md5 eb5a983be6a315427106f1b164d9cef3, got [0-9a-f]{32}"
    ):
        prepare_declared(dataset, mnist_and_svhn.read, tmp_path / "none", depot)
    assert (tmp_path / "cache" / "svhn" / "test_32x32.mat.rejected").is_file()


Save = Callable[..., Path]


@pytest.fixture
def save(tmp_path: Path) -> Save:
    def make(**changes: object) -> Path:
        content = {**street([1] * 10), **changes}
        savemat(tmp_path / "some.mat", {name: value for name, value in content.items() if value is not None})
        return tmp_path / "some.mat"

    return make


def test_ten_is_zero_and_samples_come_first(save: Save) -> None:
    found = read_digits(save())
    assert sorted(found.labels.tolist()) == list(range(10)) and found.labels.dtype == np.int16
    assert found.views["image"].shape == (10, 32, 32, 3) and found.views["image"].flags.c_contiguous
    np.testing.assert_array_equal(found.views["image"][:, 0, 0, 0], found.labels)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"X": np.array([[1, "a"]], dtype=object)}, "expected X to hold numbers, got object"),
        ({"X": {"of": 1}}, "expected X to hold numbers, got "),
        ({"y": np.array(["a"] * 10)}, "expected y to hold numbers, got <U"),
        ({"y": None}, "expected a variable y, found none"),
        ({"y": np.arange(1, 10)}, r"shape \(height, width, 3, 9\), got uint8 of the shape \(32, 32, 3, 10\)"),
        ({"X": np.zeros((32, 32, 3, 10))}, "expected X as bytes .* got float64"),
        ({"y": np.arange(10)}, "expected y from 1 to 10, got 0 to 9"),
        ({"y": np.full(10, 2.5)}, "expected y from 1 to 10, got 2.5 to 2.5"),
    ],
)
def test_what_is_not_svhn_is_refused(save: Save, changes: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        read_digits(save(**changes))


def test_real_digits() -> None:
    """A small set of real street digits, in the layout of the real files, paired with all of MNIST."""
    if not (MIRROR / "svhn_mini").is_dir() or not (MIRROR / "mnist").is_dir():
        pytest.skip("there is no mirror with svhn_mini and mnist beside the repository")
    paths = {
        **{f"mnist/{name}": MIRROR / "mnist" / name for name in mnist.SHA256},
        **{f"svhn/{name}": MIRROR / "svhn_mini" / name for name in mnist_and_svhn.MD5},
    }
    found = mnist_and_svhn.read(paths)
    test = found.columns["partition"] == 1
    assert np.bincount(found.labels[~test]).tolist() == [32] * 10  # zero, in the file as 10
    assert np.bincount(found.labels[test]).tolist() == [26] * 10
    source = mnist.read(files_of("mnist", paths))
    np.testing.assert_array_equal(source.labels[found.columns["row/mnist"]], found.labels)
    np.testing.assert_array_equal(source.views["image"][found.columns["row/mnist"]], found.views["mnist"])
    steps = np.abs(np.diff(found.views["svhn"].astype(int), axis=1)).mean()
    assert steps < 10  # neighbouring rows of a photograph are alike; of scrambled axes they are not
