"""SIIM-ISIC 2020: 33,126 pictures of skin lesions of which 584 are malignant (Rotemberg et al. 2021).

Each of 2,056 patients has several, so `group` names the patient.
"""

from __future__ import annotations

import numpy as np

from tailmark.datasets.catalogue.ham10000 import SEX, SIDE, middle
from tailmark.datasets.declaration import Category, Dataset, File, Parsed, Paths, Pictures, Url
from tailmark.datasets.metadata import AGES, ages, categories, labels, numbered, read_sheet

HOST = "https://isic-challenge-data.s3.amazonaws.com/2020/"
METADATA = "train.csv"
ARCHIVE = "ISIC_2020_Training_JPEG.zip"
FOLDER = "isic2020"
SITE = Category(
    "site", ("head/neck", "lower extremity", "oral/genital", "palms/soles", "torso", "upper extremity")
)

DATASET = Dataset(
    name="siim_isic",
    title="SIIM-ISIC 2020, melanoma",
    licence="CC BY-NC 4.0",
    homepage="https://challenge2020.isic-archive.com/",
    files=(
        File(METADATA, (Url(f"{HOST}ISIC_2020_Training_GroundTruth.csv"),), folder=FOLDER),
        File(ARCHIVE, (Url(HOST + ARCHIVE),), folder=FOLDER),
    ),
    scaling={"image": "unit", "metadata": "none"},
    classes=("benign", "malignant"),
    class_counts=(32542, 584),
    digest=None,  # the pictures were not at hand
    tables={"metadata": (SEX, Category("age", AGES), SITE)},
)


def read(paths: Paths) -> Parsed:
    """A row of the metadata is a picture: its name, its patient, whose skin it is, and what was found."""
    sheet = read_sheet(paths[f"{FOLDER}/{METADATA}"])
    table = [
        categories(sheet, "sex", SEX),
        ages(sheet, "age_approx"),
        categories(sheet, "anatom_site_general_challenge", SITE),
    ]
    pictures = Pictures(
        archives=(paths[f"{FOLDER}/{ARCHIVE}"],),
        members=tuple(f"{name}.jpg" for name in sheet["image_name"]),
        shape=(SIDE, SIDE, 3),
        reduce=middle,
        side=2 * SIDE,  # they have up to 24 million pixels
    )
    return Parsed(
        views={"metadata": np.column_stack(table)},
        labels=labels(sheet, "benign_malignant", DATASET.classes),
        columns={"group": numbered(sheet, "patient_id", "IP_")},
        pictures={"image": pictures},
    )
