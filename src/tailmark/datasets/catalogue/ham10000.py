"""HAM10000: 10,015 pictures of pigmented skin lesions, of seven kinds (Tschandl, Rosendahl, Kittler 2018).

A lesion may have several pictures, so `group` names the lesion.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from tailmark.datasets.declaration import (
    Array,
    Category,
    Column,
    Dataset,
    File,
    Login,
    Parsed,
    Paths,
    Pictures,
    Url,
)
from tailmark.datasets.metadata import AGES, ages, categories, labels, numbered, read_sheet

if TYPE_CHECKING:
    from PIL.Image import Image

CLASSES = ("nv", "mel", "bkl", "bcc", "akiec", "vasc", "df")
CLASS_COUNTS = (6705, 1113, 1099, 514, 327, 142, 115)
SITES = (
    *("abdomen", "acral", "back", "chest", "ear", "face", "foot", "genital", "hand", "lower extremity"),
    *("neck", "scalp", "trunk", "upper extremity"),
)
SEX = Category("sex", ("female", "male"))
SITE = Category("site", SITES)
TABLES: dict[str, tuple[Column, ...]] = {"metadata": (SEX, Category("age", AGES), SITE)}
SIDE = 64
BOX = 4  # PIL.Image.Resampling.BOX; describing a dataset needs no Pillow

PAGE = "https://doi.org/10.7910/DVN/DBW86T"
LICENCE = "CC BY-NC 4.0"
METADATA = "HAM10000_metadata.csv"
PARTS = ("HAM10000_images_part_1.zip", "HAM10000_images_part_2.zip")
BY_HAND = Login(
    PAGE, f"Three files of that page are needed, in the same place: {METADATA}, {' and '.join(PARTS)}."
)
NUMBERS = {METADATA: 4338392, PARTS[0]: 3172585, PARTS[1]: 3172584}  # of the files at their host

DATASET = Dataset(
    name="ham10000",
    title="HAM10000, seven kinds of skin lesion",
    licence=LICENCE,
    homepage=PAGE,
    files=tuple(
        File(name, (Url(f"https://dataverse.harvard.edu/api/access/datafile/{number}"), BY_HAND))
        for name, number in NUMBERS.items()
    ),
    scaling={"image": "unit", "metadata": "none"},
    classes=CLASSES,
    class_counts=CLASS_COUNTS,
    digest=None,  # the archives of full size were not at hand
    tables=TABLES,
)


def read(paths: Paths) -> Parsed:
    return lesions(paths[METADATA], tuple(paths[part] for part in PARTS))


def lesions(metadata: Path, archives: tuple[Path, ...]) -> Parsed:
    """A row of the metadata is a picture: its lesion, its name, its kind, and whose skin it is."""
    sheet = read_sheet(metadata)
    table = [
        categories(sheet, "sex", SEX),
        ages(sheet, "age"),
        categories(sheet, "localization", SITE),
    ]
    pictures = Pictures(
        archives=archives,
        members=tuple(f"{name}.jpg" for name in sheet["image_id"]),
        shape=(SIDE, SIDE, 3),
        reduce=middle,
    )
    return Parsed(
        views={"metadata": np.column_stack(table)},
        labels=labels(sheet, "dx", CLASSES),
        columns={"group": numbered(sheet, "lesion_id", "HAM_")},
        pictures={"image": pictures},
    )


def middle(picture: Image) -> Array:
    """The largest square in the middle, at 64 pixels: each is the mean of those that it covers."""
    side = min(picture.size)
    left, top = ((length - side) // 2 for length in picture.size)
    return np.asarray(picture.resize((SIDE, SIDE), BOX, box=(left, top, left + side, top + side)))
