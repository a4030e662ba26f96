"""Made data: the second view is three times as noisy, and its noise goes with the first's."""

from __future__ import annotations

from tailmark.datasets.declaration import Dataset, Parsed, Paths
from tailmark.datasets.made import Noise, declared, made

NOISE = Noise(0.5, 1.5, correlation=0.6)
DATASET: Dataset = declared(
    "made_correlated", NOISE, digest="965b7884551c30e13f4be02b60e6005ade60da98abbac5e01888a15fd9377f19"
)


def read(paths: Paths) -> Parsed:
    return made(DATASET.name, NOISE)
