"""Made data: the second view is nine times as noisy as the first."""

from __future__ import annotations

from tailmark.datasets.declaration import Dataset, Parsed, Paths
from tailmark.datasets.made import apart, declared, made

NOISE = apart(9.0)
DATASET: Dataset = declared(
    "made_far", NOISE, digest="60ed745be0d0b401caa12159e976ab49d1d788ab567afbd1b4d5f032fac2b4ba"
)


def read(paths: Paths) -> Parsed:
    return made(DATASET.name, NOISE)
