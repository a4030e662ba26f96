"""Reads the IDX format of MNIST and its kin, gzipped."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tailmark.datasets.declaration import Parsed, Paths
from tailmark.datasets.parts import one_after_another

UNSIGNED_BYTES = 0x08


def read_idx(path: Path) -> NDArray[np.uint8]:
    """Two zero bytes, the type, the number of axes, each axis as a big-endian int32, then the values."""
    with gzip.open(path) as stream:
        raw = stream.read()
    kind, axes = raw[2], raw[3]
    if raw[:2] != b"\0\0" or kind != UNSIGNED_BYTES:
        raise ValueError(f"not an IDX file of bytes: it begins with {raw[:4].hex()}")
    shape = np.frombuffer(raw, ">i4", count=axes, offset=4)
    return np.frombuffer(raw, np.uint8, offset=4 + 4 * axes).reshape(tuple(shape))


def read_train_and_test(paths: Paths) -> Parsed:
    """The four files of MNIST's layout: the training pool first, then the official test set."""
    return one_after_another(_read_part("train", paths), _read_part("t10k", paths))


def _read_part(part: str, paths: Paths) -> Parsed:
    labels = read_idx(paths[f"{part}-labels-idx1-ubyte.gz"]).astype(np.int16)
    return Parsed({"image": read_idx(paths[f"{part}-images-idx3-ubyte.gz"])}, labels)
