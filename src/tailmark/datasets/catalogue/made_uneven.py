"""Made data: the second view is three times as noisy as the first."""

from __future__ import annotations

from tailmark.datasets.declaration import Dataset, Parsed, Paths
from tailmark.datasets.made import apart, declared, made

NOISE = apart(3.0)
DATASET: Dataset = declared(
    "made_uneven", NOISE, digest="e60ea145e76fce39e91ec9d97ded2151968258f994cd8402b6259363a996f3ec"
)


def read(paths: Paths) -> Parsed:
    return made(DATASET.name, NOISE)
