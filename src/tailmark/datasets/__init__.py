"""Datasets: what there is, how to get it, and how to read it back.

A dataset is one file in the folder `catalogue`. Only `prepare` downloads or imports pyarrow; `load`
needs numpy alone.
"""

from __future__ import annotations

from pathlib import Path

from tailmark.datasets.catalogue import describe, names
from tailmark.datasets.declaration import (
    ByHand,
    Category,
    Column,
    Dataset,
    File,
    Films,
    Login,
    Number,
    Parsed,
    Pictures,
    Private,
    Sounds,
    Url,
    Wheel,
)
from tailmark.datasets.stored import Prepared, load

__all__ = [
    "ByHand",
    "Category",
    "Column",
    "Dataset",
    "File",
    "Films",
    "Login",
    "Number",
    "Parsed",
    "Pictures",
    "Prepared",
    "Private",
    "Sounds",
    "Url",
    "Wheel",
    "describe",
    "load",
    "names",
    "prepare",
]


def prepare(name: str, into: Path, *, mirror: str | None, cache: Path, progress: bool = True) -> Path:
    """Fetch, check and write dataset `name` to the folder `into / name`, which is returned.

    Does nothing when the folder already holds it. `cache` keeps the fetched files. `mirror` is a folder or
    a URL prefix that is tried first; the environment variable TAILMARK_MIRROR overrides it.
    """
    from tailmark.datasets.preparation import prepare as run  # noqa: PLC0415 - it imports pyarrow

    return run(name, into, mirror=mirror, cache=cache, progress=progress)
