"""Hair in centre crops of 11,010 CelebA test pictures: few enough for a processor, and not the aligned release."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

import numpy as np

from tailmark.datasets.catalogue.celeba import HAIR, LICENCE, PAGE
from tailmark.datasets.declaration import Array, Dataset, File, Parsed, Paths, Pictures, Private

if TYPE_CHECKING:
    from PIL.Image import Image

SIDE = 32
ONLY_A_MIRROR = Private(
    "these crops were made once from pictures that may not be passed on; use the dataset 'celeba' instead."
)
SHA256 = {
    "celeba_test_hair_64x64_jpg.zip": "f3c141605855a5dae3b017bf7d3faa3803ee06295c4e5e2082b32fdff0d87d55",
    "celeba_test_hair_labels.csv": "694c3f73d63aab7da91825bc6f97d8c18b6ecb41f0d50f152f06f172da66ccf1",
}

DATASET = Dataset(
    name="celeba_subset",
    title="CelebA, hair: centre crops of 11,010 test pictures at 32x32, not the aligned release",
    licence=LICENCE,
    homepage=PAGE,
    files=tuple(
        File(name=name, sha256=sha256, sources=(ONLY_A_MIRROR,), folder="celeba")
        for name, sha256 in SHA256.items()
    ),
    scaling={"image": "unit"},
    classes=tuple(HAIR),
    class_counts=(4857, 2242, 287, 3170, 454),
    digest="d909ec878b59b267bf32bb085db1fda230416fa30fe48fe025dfd831111cff68",
)


def read(paths: Paths) -> Parsed:
    """The table has a row a picture: its name, its class, and the five attributes that decide it."""
    with paths["celeba/celeba_test_hair_labels.csv"].open(newline="", encoding="ascii") as table:
        rows = list(csv.DictReader(table))
    pictures = Pictures(
        archives=(paths["celeba/celeba_test_hair_64x64_jpg.zip"],),
        members=tuple(row["image_id"] for row in rows),
        shape=(SIDE, SIDE, 3),
        reduce=_halved,
    )
    return Parsed(
        views={},
        labels=np.array([row["hair"] for row in rows], np.int16),
        pictures={"image": pictures},
    )


def _halved(picture: Image) -> Array:
    """Each pixel is the mean of four, rounded."""
    fours = np.asarray(picture, np.uint16).reshape(SIDE, 2, SIDE, 2, 3)
    return ((fours.sum(axis=(1, 3)) + 2) // 4).astype(np.uint8)
