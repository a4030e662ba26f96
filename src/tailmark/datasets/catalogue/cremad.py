"""CREMA-D: 7,442 clips of 91 actors who say a sentence with one of six emotions (Cao et al. 2014).

`audio` is a clip's log spectrogram, `video` one of its frames. `partition` is the split of OGM-GE (Peng et al. 2022),
whose two parts share their actors.
"""

from __future__ import annotations

import csv
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from tailmark.datasets.declaration import Array, ByHand, Dataset, File, Films, Parsed, Paths, Sounds, Url
from tailmark.datasets.spectrogram import MARGIN, SHAPE, spectrogram

if TYPE_CHECKING:
    from PIL.Image import Image

EMOTIONS = {"NEU": "neutral", "HAP": "happy", "SAD": "sad", "FEA": "fear", "DIS": "disgust", "ANG": "anger"}
TRAIN, TEST = "train.csv", "test.csv"
CLIPS = (6698, 744)  # of the lists
SECONDS = 3.0  # of a clip that both views are made of: one clip lasts a minute
SIDE = 224
BILINEAR = 2  # PIL.Image.Resampling.BILINEAR; describing a dataset needs no Pillow

PAGE = "https://github.com/CheyneyComputerScience/CREMA-D"
LICENCE = "ODbL 1.0"
OGM_GE = "https://raw.githubusercontent.com/GeWu-Lab/OGM-GE_CVPR2022"
PMR = "https://raw.githubusercontent.com/fanyunfeng-bit/Modal-Imbalance-PMR"  # which has the same lists
LISTS = {
    TRAIN: (
        Url(f"{OGM_GE}/main/data/CREMAD/{TRAIN}"),
        Url(f"{PMR}/1e5c79b645ad0980c145f016e52a31b935d0d7fc/data/CREMAD/{TRAIN}"),
    ),
    TEST: (
        Url(f"{OGM_GE}/65a8324464207f5efd41533cb362648c0cdee8a8/data/CREMAD/{TEST}"),
        Url(f"{PMR}/1e5c79b645ad0980c145f016e52a31b935d0d7fc/data/CREMAD/{TEST}"),
    ),
}
AUDIO, VIDEO = "AudioWAV.zip", "VideoFlash.zip"


def _zipped(folder: str) -> ByHand:
    return ByHand(
        PAGE,
        "That repository keeps its recordings in git-lfs. Run `git lfs install`, `GIT_LFS_SKIP_SMUDGE=1 git clone "
        f'{PAGE}`, and in the clone `git lfs pull --include "{folder}/*"` and `zip -r -0 {folder}.zip {folder}`.',
    )


DATASET = Dataset(
    name="cremad",
    title="CREMA-D, acted emotions in voice and face",
    licence=LICENCE,
    homepage=PAGE,
    files=(
        *(File(name, sources) for name, sources in LISTS.items()),
        *(File(name, (_zipped(name.removesuffix(".zip")),)) for name in (AUDIO, VIDEO)),
    ),
    scaling={"audio": "unit", "video": "unit"},
    classes=tuple(EMOTIONS.values()),
    class_counts=(1087, 1271, 1271, 1271, 1271, 1271),
    digest=None,  # the recordings were not at hand
)


def read(paths: Paths) -> Parsed:
    return clips(paths, CLIPS)


def clips(paths: Paths, sizes: tuple[int, int]) -> Parsed:
    """A line of a list is a clip's name and its emotion; the training list comes first."""
    lists = [_list(paths[name]) for name in (TRAIN, TEST)]
    if (found := tuple(map(len, lists))) != sizes:
        raise ValueError(f"expected {sizes[0]:,} clips in {TRAIN} and {sizes[1]:,} in {TEST}, got {found}")
    rows = [row for part in lists for row in part]
    names = [name for name, _ in rows]
    if repeated := len(names) - len(set(names)):
        raise ValueError(f"expected every clip once in {TRAIN} and {TEST}, got {repeated:,} again")
    codes = list(EMOTIONS)
    return Parsed(
        views={},
        labels=np.array([codes.index(emotion) for _, emotion in rows], np.int16),
        columns={"partition": np.repeat(np.array([0, 1], np.int8), sizes)},
        recordings={
            "audio": Sounds(
                archives=(paths[AUDIO],),
                members=tuple(f"AudioWAV/{name}.wav" for name in names),
                shape=SHAPE,
                reduce=spectrogram,
                seconds=SECONDS + MARGIN,
            ),
            # OGM-GE takes whichever frame its folder lists first, which depends on the disk. Ours is the middle one of
            # what the spectrogram shows, in training and test: the same on every machine, and taken while the actor
            # speaks, which the first one is not.
            "video": Films(
                archives=(paths[VIDEO],),
                members=tuple(f"VideoFlash/{name}.flv" for name in names),
                shape=(SIDE, SIDE, 3),
                reduce=square,
                seconds=SECONDS,
                container="flv",
            ),
        },
    )


def square(picture: Image) -> Array:
    """The shorter side at 224 pixels and the middle of the longer one, bilinear."""
    side = min(picture.size)
    left, top = ((length - side) / 2 for length in picture.size)
    return np.asarray(picture.resize((SIDE, SIDE), BILINEAR, box=(left, top, left + side, top + side)))


def _list(path: Path) -> list[tuple[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = [row for row in csv.reader(file) if row]
    wrong = [row for row in rows if len(row) != 2 or row[1] not in EMOTIONS]
    if wrong:
        raise ValueError(
            f"expected a clip and one of {', '.join(EMOTIONS)} a line in {path.name}, got {wrong[0]}"
        )
    return [(name, emotion) for name, emotion in rows]
