"""HAM10000 from a copy of all its pictures at 200x150: not the archives of its makers, whose pictures are 600x450."""

from __future__ import annotations

from tailmark.datasets.catalogue.ham10000 import (
    CLASS_COUNTS,
    CLASSES,
    LICENCE,
    METADATA,
    PAGE,
    TABLES,
    lesions,
)
from tailmark.datasets.declaration import Dataset, File, Parsed, Paths, Private

ARCHIVE = "HAM10000_images_200x150.zip"
FOLDER = "ham10000"
ONLY_A_MIRROR = Private(
    "this smaller copy was made once from the originals; use the dataset 'ham10000' instead."
)
SHA256 = {
    METADATA: "06aee5e603d313ba69de38263053c792a1dff030eb9c44a96ceb477ceefb99a5",
    ARCHIVE: "3ac2ec50f2469da1dbb1816de9cd1021318cc3989b07f92ae29c8ae35825ecaf",
}

DATASET = Dataset(
    name="ham10000_small",
    title="HAM10000, seven kinds of skin lesion: from a copy at 200x150, not the archives of full size",
    licence=LICENCE,
    homepage=PAGE,
    files=tuple(
        File(name, sources=(ONLY_A_MIRROR,), sha256=sha256, folder=FOLDER) for name, sha256 in SHA256.items()
    ),
    scaling={"image": "unit", "metadata": "none"},
    classes=CLASSES,
    class_counts=CLASS_COUNTS,
    digest="cf092795c3bd481ccdb8d7a98e5829733a48d72dd1b30f5da0d7d087b7e4cb74",
    tables=TABLES,
)


def read(paths: Paths) -> Parsed:
    return lesions(paths[f"{FOLDER}/{METADATA}"], (paths[f"{FOLDER}/{ARCHIVE}"],))
