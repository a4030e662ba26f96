"""Fingerprints of files and of parsed arrays."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Literal

import numpy as np

from tailmark.datasets.declaration import Array, Parsed

Algorithm = Literal["sha256", "md5"]


def file_digest(path: Path, algorithm: Algorithm = "sha256") -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, algorithm).hexdigest()


def content_digest(parsed: Parsed) -> str:
    """sha256 over names, types, shapes and values; no file format has a say in it."""
    total = hashlib.sha256()
    for name, array in [
        *(("view " + name, view) for name, view in sorted(parsed.views.items())),
        ("labels", parsed.labels),
        *(("column " + name, column) for name, column in sorted(parsed.columns.items())),
    ]:
        values = little_endian(array)
        total.update(f"{name} {values.dtype.str} {values.shape}\n".encode())
        total.update(values.data)
    return total.hexdigest()


def little_endian(array: Array) -> Array:
    return np.ascontiguousarray(array, dtype=array.dtype.newbyteorder("<"))
