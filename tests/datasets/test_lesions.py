"""HAM10000 and SIIM-ISIC from small files of the same format; the pictures are drawn here."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import numpy as np
import pytest
from PIL import Image

from tailmark.datasets import Dataset, Prepared, describe, load
from tailmark.datasets.catalogue import reader
from tailmark.datasets.catalogue.ham10000 import CLASSES, SITES, middle
from tailmark.datasets.fetch import Depot
from tailmark.datasets.metadata import AGES
from tailmark.datasets.preparation import prepare_declared
from tailmark.errors import TailmarkError

HAM = """lesion_id,image_id,dx,dx_type,age,sex,localization
HAM_0000118,ISIC_01,bkl,histo,80.0,male,scalp
HAM_0000118,ISIC_02,bkl,histo,80.0,male,scalp
HAM_0002730,ISIC_03,nv,follow_up,,female,abdomen
HAM_0000007,ISIC_04,mel,histo,0.0,unknown,unknown
"""
ISIC = """image_name,patient_id,sex,age_approx,anatom_site_general_challenge,diagnosis,benign_malignant,target
ISIC_01,IP_7279968,male,45.0,head/neck,unknown,benign,0
ISIC_02,IP_3075186,female,90.0,upper extremity,melanoma,malignant,1
ISIC_03,IP_7279968,,,,nevus,benign,0
ISIC_04,IP_0000042,female,45.0,torso,unknown,benign,0
"""
SHADES = {f"ISIC_0{i}.jpg": 50 * i for i in (1, 2, 3, 4)}


def jpeg(shade: int, size: tuple[int, int]) -> bytes:
    stream = BytesIO()
    Image.new("RGB", size, (shade, 0, 255 - shade)).save(stream, "JPEG", quality=95)
    return stream.getvalue()


def archive(path: Path, folder: str, names: list[str], size: tuple[int, int] = (60, 45)) -> None:
    with ZipFile(path, "w") as zipped:
        for name in names:
            zipped.writestr(folder + name, jpeg(SHADES[name], size))


@pytest.fixture
def mirror(tmp_path: Path) -> Path:
    """All files of the three datasets, in a mirror."""
    ham, isic = tmp_path / "mirror" / "ham10000", tmp_path / "mirror" / "isic2020"
    for folder in (ham, isic):
        folder.mkdir(parents=True)
    (ham / "HAM10000_metadata.csv").write_text(HAM)
    names = list(SHADES)
    archive(ham / "HAM10000_images_200x150.zip", "", names)
    archive(ham / "HAM10000_images_part_1.zip", "", names[:1])
    archive(ham / "HAM10000_images_part_2.zip", "HAM10000_images_part_2/", names[1:])
    (isic / "train.csv").write_text(ISIC)
    archive(isic / "ISIC_2020_Training_JPEG.zip", "train/", names[::-1], size=(1200, 900))
    return tmp_path / "mirror"


def small(name: str, mirror: Path) -> Dataset:
    """The declaration, with the checksums and counts of the small files."""
    dataset = describe(name)
    files = tuple(
        replace(
            file,
            sha256=file.sha256
            and hashlib.sha256((mirror / (file.folder or name) / file.name).read_bytes()).hexdigest(),
        )
        for file in dataset.files
    )
    counts = (
        (3, 1) if name == "siim_isic" else tuple({"nv": 1, "mel": 1, "bkl": 2}.get(c, 0) for c in CLASSES)
    )
    return replace(dataset, files=files, class_counts=counts, digest=None)


def prepared(name: str, mirror: Path) -> Prepared:
    depot = Depot(name, mirror.parent / "cache", str(mirror))
    return load(prepare_declared(small(name, mirror), reader(name), mirror.parent / "prepared" / name, depot))


def shades(found: Prepared) -> np.ndarray:
    assert (found.views["image"].shape, found.views["image"].dtype) == ((4, 64, 64, 3), np.uint8)
    return found.views["image"].mean(axis=(1, 2))[:, 0]


@pytest.mark.parametrize("name", ["ham10000", "ham10000_small"])
def test_ham10000_in_one_archive_or_two(mirror: Path, name: str) -> None:
    found = prepared(name, mirror)
    np.testing.assert_allclose(shades(found), list(SHADES.values()), atol=3)
    assert [found.classes[label] for label in found.labels] == ["bkl", "bkl", "nv", "mel"]
    assert found.columns["group"].tolist() == [118, 118, 2730, 7]
    scalp, abdomen = (1 + SITES.index(site) for site in ("scalp", "abdomen"))
    assert found.views["metadata"].tolist() == [[2, 17, scalp], [2, 17, scalp], [1, 0, abdomen], [0, 1, 0]]
    assert [(c.name, len(c.levels)) for c in found.tables["metadata"]] == [
        ("sex", 2),
        ("age", 18),
        ("site", 14),
    ]


def test_siim_isic(mirror: Path) -> None:
    found = prepared("siim_isic", mirror)
    np.testing.assert_allclose(shades(found), list(SHADES.values()), atol=3)
    assert found.labels.tolist() == [0, 1, 0, 0]
    assert found.columns["group"].tolist() == [7279968, 3075186, 7279968, 42]
    assert found.views["metadata"].tolist() == [[2, 10, 1], [1, len(AGES), 6], [0, 0, 0], [1, 10, 5]]
    assert [(c.name, len(c.levels)) for c in found.tables["metadata"]] == [
        ("sex", 2),
        ("age", 18),
        ("site", 6),
    ]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("localization", "place", r"should have a column 'localization'; it has lesion_id, image_id, "),
        (
            ",male,",
            ",Mann,",
            r"column 'sex' holds 'Mann' \(2 rows\) where it should hold one of female, male, or no",
        ),
        (
            "scalp",
            "tail",
            r"column 'localization' holds 'tail' \(2 rows\) where it should hold one of abdomen, ",
        ),
        ("80.0", "800.0", r"column 'age' holds '800.0' \(2 rows\) where it should hold an age from 0 to 120"),
        (",mel,", ",scc,", r"column 'dx' holds 'scc' \(1 rows\) where it should hold one of nv, mel, "),
        (
            ",mel,",
            ",nv,",
            r"HAM10000_metadata\.csv, .* are not the files that were expected: expected 4 samples",
        ),
    ],
)
def test_metadata_that_is_not_as_declared_is_told(mirror: Path, old: str, new: str, message: str) -> None:
    (mirror / "ham10000" / "HAM10000_metadata.csv").write_text(HAM.replace(old, new))
    with pytest.raises(TailmarkError, match=message):
        prepared("ham10000", mirror)
    assert not (mirror.parent / "prepared").exists()


def test_missing_and_unreadable_pictures_are_all_told(mirror: Path) -> None:
    with ZipFile(mirror / "isic2020" / "ISIC_2020_Training_JPEG.zip", "w") as zipped:
        zipped.writestr("train/ISIC_01.jpg", jpeg(50, (90, 80)))
        zipped.writestr("train/ISIC_03.jpg", b"a page")
    with pytest.raises(TailmarkError) as caught:
        prepared("siim_isic", mirror)
    assert str(caught.value).splitlines()[:4] == [
        "Expected 4 pictures in ISIC_2020_Training_JPEG.zip, but 3 cannot be used:",
        "  - ISIC_02.jpg (missing)",
        "  - ISIC_03.jpg (unreadable: it is no picture)",
        "  - ISIC_04.jpg (missing)",
    ]


def test_the_middle_is_kept_and_its_pixels_are_means() -> None:
    pixels = np.full((128, 256, 3), 255, np.uint8)
    pixels[:, 64:192] = np.random.default_rng(0).integers(0, 256, (128, 128, 3))
    small = middle(Image.fromarray(pixels))
    four = pixels[20:22, 64 + 40 : 64 + 42].astype(float).mean(axis=(0, 1))
    assert small.shape == (64, 64, 3) and small.dtype == np.uint8
    np.testing.assert_allclose(small[10, 20], four, atol=0.5)
    tall = middle(Image.fromarray(pixels.transpose(1, 0, 2)))
    np.testing.assert_array_equal(tall, small.transpose(1, 0, 2))


def test_by_hand_all_three_files_are_named(tmp_path: Path) -> None:
    files = tuple(replace(file, sources=file.sources[1:]) for file in describe("ham10000").files)
    depot = Depot("ham10000", tmp_path / "cache")
    with pytest.raises(TailmarkError) as caught:
        prepare_declared(
            replace(describe("ham10000"), files=files), reader("ham10000"), tmp_path / "x", depot
        )
    message = str(caught.value)
    assert "HAM10000_images_part_1.zip and HAM10000_images_part_2.zip" in message
    assert "https://doi.org/10.7910/DVN/DBW86T: needs an account" in message


def test_only_a_mirror_has_the_copy(tmp_path: Path) -> None:
    dataset = describe("ham10000_small")
    with pytest.raises(
        TailmarkError, match=r"(?s)no public place has it.*use the dataset 'ham10000' instead"
    ):
        prepare_declared(
            dataset, reader(dataset.name), tmp_path / "x", Depot(dataset.name, tmp_path / "cache")
        )
    assert "200x150" in dataset.title
