"""CelebA from small files of the same format; the pictures are drawn here."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import numpy as np
import pytest
from PIL import Image

from tailmark.datasets import Dataset, describe, load
from tailmark.datasets.catalogue import celeba, celeba_subset
from tailmark.datasets.decoding import decoded
from tailmark.datasets.fetch import Depot
from tailmark.datasets.preparation import prepare_declared
from tailmark.errors import TailmarkError

ATTRIBUTES = ("Bald", "Big_Nose", "Black_Hair", "Blond_Hair", "Brown_Hair", "Gray_Hair", "Young")
SHOWN = [  # what each picture shows, and its part
    ("Black_Hair", 0),
    ("Gray_Hair Young", 2),
    ("Black_Hair Brown_Hair", 0),  # two kinds
    ("Big_Nose", 0),  # none
    ("Blond_Hair", 1),  # validation
    ("Bald Big_Nose", 0),
    ("Brown_Hair", 2),
    ("Blond_Hair", 0),
]
KEPT = [0, 1, 5, 6, 7]


def jpeg(pixels: np.ndarray) -> bytes:
    stream = BytesIO()
    Image.fromarray(pixels).save(stream, "JPEG", quality=95)
    return stream.getvalue()


def plain(value: int) -> np.ndarray:
    return np.full((218, 178, 3), value, np.uint8)


@pytest.fixture
def mirror(tmp_path: Path) -> Path:
    """The three files, in a mirror."""
    folder = tmp_path / "mirror" / "celeba"
    folder.mkdir(parents=True)
    names = [f"{number:06}.jpg" for number in range(1, 1 + len(SHOWN))]
    rows = [
        " ".join([name, *("1" if a in shown.split() else "-1" for a in ATTRIBUTES)]).replace(" 1", "  1")
        for name, (shown, _) in zip(names, SHOWN, strict=True)
    ]
    attributes = [str(len(SHOWN)), " ".join(ATTRIBUTES) + " ", *rows]
    (folder / "list_attr_celeba.txt").write_text("\n".join(attributes) + "\n")
    parts = [f"{name} {part}\n" for name, (_, part) in zip(names, SHOWN, strict=True)]
    (folder / "list_eval_partition.txt").write_text("".join(parts))
    with ZipFile(folder / "img_align_celeba.zip", "w") as archive:
        archive.writestr("img_align_celeba/", b"")
        for number, name in enumerate(names):
            archive.writestr(f"img_align_celeba/{name}", jpeg(plain(30 * number)))
    return folder.parent


@pytest.fixture
def small(mirror: Path) -> Dataset:
    """The declaration, with the checksums and counts of the small files."""
    dataset = describe("celeba")
    files = tuple(
        replace(file, sha256=hashlib.sha256((mirror / "celeba" / file.name).read_bytes()).hexdigest())
        for file in dataset.files
    )
    return replace(dataset, files=files, class_counts=(1,) * 5)


def test_from_the_three_files_to_a_prepared_folder(small: Dataset, mirror: Path, tmp_path: Path) -> None:
    depot = Depot("celeba", tmp_path / "cache", str(mirror))
    found = load(prepare_declared(small, celeba.read, tmp_path / "celeba", depot))
    assert [found.classes[label] for label in found.labels] == ["black", "gray", "bald", "brown", "blond"]
    assert found.columns["partition"].tolist() == [0, 1, 0, 1, 0]
    assert found.views["image"].shape == (5, 64, 64, 3)
    means = found.views["image"].mean(axis=(1, 2, 3))
    np.testing.assert_allclose(means, [30 * row for row in KEPT], atol=2)
    before = (tmp_path / "celeba" / "data.arrow").stat().st_mtime_ns
    prepare_declared(small, celeba.read, tmp_path / "celeba", depot)
    assert (tmp_path / "celeba" / "data.arrow").stat().st_mtime_ns == before


def test_other_counts_are_a_fault_of_the_reader(small: Dataset, mirror: Path, tmp_path: Path) -> None:
    other = replace(small, class_counts=(2, 1, 1, 1, 0))
    depot = Depot("celeba", tmp_path / "cache", str(mirror))
    with pytest.raises(
        TailmarkError, match=r"read differently: expected 5 samples \(by class: 2, 1, 1, 1, 0\)"
    ):
        prepare_declared(other, celeba.read, tmp_path / "celeba", depot)


def test_the_middle_is_kept_at_64_pixels() -> None:
    """178 x 218 becomes 64 x 78; of that 7 rows go at the top and at the bottom, and no column."""
    pixels = plain(50)
    pixels[:17] = pixels[-17:] = 255
    pixels[:, :9] = 150
    small = celeba._square(Image.fromarray(pixels))
    assert small.shape == (64, 64, 3) and small.dtype == np.uint8
    assert np.unique(small[:, 5:]).tolist() == [50]
    assert np.unique(small[:, 0]).tolist() == [150]


def test_a_wide_picture_loses_its_sides() -> None:
    pixels = np.full((128, 256, 3), 255, np.uint8)
    pixels[:, 64 - 4 : 192 + 4] = 80
    assert np.unique(celeba._square(Image.fromarray(pixels))).tolist() == [80]


def test_a_login_names_all_three_files_and_their_page(tmp_path: Path) -> None:
    dataset = describe("celeba")
    with pytest.raises(TailmarkError) as caught:
        prepare_declared(dataset, celeba.read, tmp_path / "celeba", Depot("celeba", tmp_path / "cache"))
    message = str(caught.value)
    place = tmp_path / "cache" / "celeba" / "img_align_celeba.zip"
    assert f"download img_align_celeba.zip by hand, and put it at {place}. That page links" in message
    assert "https://mmlab.ie.cuhk.edu.hk/projects/CelebA.html" in message
    for file in dataset.files:
        assert f"/{file.name}" in message


def test_four_pixels_become_one() -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)
    small = celeba_subset._halved(Image.fromarray(pixels))
    assert small.shape == (32, 32, 3) and small.dtype == np.uint8
    four = pixels[10:12, 20:22, 1].astype(int)
    assert small[5, 10, 1] == int(four.sum() / 4 + 0.5)
    full = np.full((64, 64, 3), 255, np.uint8)
    assert celeba_subset._halved(Image.fromarray(full)).min() == 255


def test_the_subset_is_read_in_the_order_of_its_table(tmp_path: Path) -> None:
    paths = {f"celeba/{name}": tmp_path / name for name in celeba_subset.SHA256}
    with ZipFile(paths["celeba/celeba_test_hair_64x64_jpg.zip"], "w") as archive:
        for name, value in (("1.jpg", 10), ("2.jpg", 200)):
            archive.writestr(name, jpeg(np.full((64, 64, 3), value, np.uint8)))
    header = "image_id,hair,Black_Hair,Blond_Hair,Bald,Brown_Hair,Gray_Hair"
    paths["celeba/celeba_test_hair_labels.csv"].write_text(
        f"{header}\n2.jpg,3,0,0,0,1,0\n1.jpg,0,1,0,0,0,0\n"
    )
    found = decoded(celeba_subset.read(paths), progress=False)
    assert found.labels.tolist() == [3, 0]
    np.testing.assert_allclose(found.views["image"].mean(axis=(1, 2, 3)), [200, 10], atol=1)
    assert not found.columns


def test_only_a_mirror_has_the_subset(tmp_path: Path) -> None:
    dataset = describe("celeba_subset")
    depot = Depot("celeba_subset", tmp_path / "cache")
    with pytest.raises(TailmarkError) as caught:
        prepare_declared(dataset, celeba_subset.read, tmp_path / "celeba_subset", depot)
    message = str(caught.value)
    assert "no public place has it" in message and "may not be passed on" in message
    assert "put it into a folder as celeba/celeba_test_hair_64x64_jpg.zip" in message
