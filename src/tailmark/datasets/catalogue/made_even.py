"""Made data: the two views are equally noisy."""

from __future__ import annotations

from tailmark.datasets.declaration import Dataset, Parsed, Paths
from tailmark.datasets.made import apart, declared, made

NOISE = apart(1.0)
DATASET: Dataset = declared(
    "made_even", NOISE, digest="b1536097cb525d1d4a33594c0411d18f6d92466bf86af210e0bbca4960ad5fbb"
)


def read(paths: Paths) -> Parsed:
    return made(DATASET.name, NOISE)
