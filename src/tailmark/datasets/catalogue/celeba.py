"""CelebA's hair: aligned photographs of faces, of people with hair of just one colour, or bald (Liu et al. 2015)."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from tailmark.datasets.declaration import Array, Dataset, File, Login, Parsed, Paths, Pictures

if TYPE_CHECKING:
    from PIL.Image import Image

HAIR = {
    "black": "Black_Hair",
    "blond": "Blond_Hair",
    "bald": "Bald",
    "brown": "Brown_Hair",
    "gray": "Gray_Hair",
}
SIDE = 64
BILINEAR = 2  # PIL.Image.Resampling.BILINEAR; describing a dataset needs no Pillow
TRAIN, TEST = 0, 2  # of the official partition; 1 is the validation part, which nothing here uses

PAGE = "https://mmlab.ie.cuhk.edu.hk/projects/CelebA.html"
LICENCE = "non-commercial research; the pictures may not be passed on"
ON_GOOGLE_DRIVE = Login(
    PAGE,
    "That page links to a folder on Google Drive. Three files of it are needed, all in the same place: "
    "Img/img_align_celeba.zip (1.4 GB), Anno/list_attr_celeba.txt and Eval/list_eval_partition.txt.",
)
SHA256 = {
    "img_align_celeba.zip": "46fb89443c578308acf364d7d379fe1b9efb793042c0af734b6112e4fd3a8c74",
    "list_attr_celeba.txt": "f0e5da289d5ccf75ffe8811132694922b60f2af59256ed362afa03fefba324d0",
    "list_eval_partition.txt": "fc955bcb3ef8fbdf7d5640d9a8693a8431b5f2ee291a5c1449a1549e7e073fe7",
}

DATASET = Dataset(
    name="celeba",
    title="CelebA, hair",
    licence=LICENCE,
    homepage=PAGE,
    files=tuple(
        File(name=name, sha256=sha256, sources=(ON_GOOGLE_DRIVE,)) for name, sha256 in SHA256.items()
    ),
    scaling={"image": "unit"},
    classes=tuple(HAIR),
    class_counts=(43258, 25399, 3084, 34658, 6034),
    digest=None,  # the pictures may not be passed on, so they were not at hand
)


def read(paths: Paths) -> Parsed:
    """The official training and test parts; a picture shows exactly one of the five kinds of hair."""
    names, shown = _attributes(paths["list_attr_celeba.txt"])
    part = np.array([line.split()[1] for line in _lines(paths["list_eval_partition.txt"])], np.int8)
    kept = np.flatnonzero((shown.sum(axis=1) == 1) & np.isin(part, (TRAIN, TEST)))
    pictures = Pictures(
        archives=(paths["img_align_celeba.zip"],),
        members=tuple(f"img_align_celeba/{names[row]}" for row in kept),
        shape=(SIDE, SIDE, 3),
        reduce=_square,
    )
    return Parsed(
        views={},
        labels=shown[kept].argmax(axis=1).astype(np.int16),
        columns={"partition": (part[kept] == TEST).astype(np.int8)},
        pictures={"image": pictures},
    )


def _attributes(path: Path) -> tuple[list[str], NDArray[np.bool_]]:
    """The pictures' names, and whether each shows each kind of hair. The list: how many, the names, 1 or -1."""
    _, header, *lines = _lines(path)
    places = [1 + header.split().index(attribute) for attribute in HAIR.values()]
    rows = [line.split() for line in lines]
    return [row[0] for row in rows], np.array([[row[place] == "1" for place in places] for row in rows])


def _lines(path: Path) -> list[str]:
    return path.read_text("ascii").splitlines()


def _square(picture: Image) -> Array:
    """The shorter side to 64 pixels, bilinear, then the middle: torchvision's Resize and CenterCrop."""
    width, height = (SIDE * length // min(picture.size) for length in picture.size)
    left, top = round((width - SIDE) / 2), round((height - SIDE) / 2)
    small = picture.resize((width, height), BILINEAR)
    return np.asarray(small.crop((left, top, left + SIDE, top + SIDE)))
