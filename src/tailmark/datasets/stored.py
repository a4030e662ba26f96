"""A prepared dataset on disk: `data.arrow`, and `meta.json`, which says where each array lies in it.

Any Arrow library can read `data.arrow`. Training maps it with numpy alone, so that a machine that only trains
needs nothing else.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tailmark.datasets.declaration import Array, Category, Column, Number
from tailmark.errors import TailmarkError

DATA = "data.arrow"
META = "meta.json"


@dataclass(frozen=True)
class Prepared:
    """A dataset as training sees it: read-only arrays that are mapped from disk."""

    name: str
    views: dict[str, Array]  # uint8 images or float32 rows, n first
    labels: NDArray[np.int16]
    columns: dict[str, Array]  # e.g. "partition" (0 train pool, 1 official test), "group"
    classes: tuple[str, ...]
    scaling: dict[str, str]
    digest: str
    tables: dict[str, tuple[Column, ...]] = field(default_factory=dict)  # views with categories, by column


def load(folder: Path) -> Prepared:
    """Map a folder that `prepare` wrote."""
    try:
        return _prepared(folder, json.loads((folder / META).read_text("utf-8")))
    except (OSError, ValueError, LookupError, TypeError) as error:
        raise TailmarkError(
            f"{folder} should hold a prepared dataset ({DATA} and {META}), but {META} is missing or damaged. "
            "Run `dvc repro download` to prepare it."
        ) from error


def _prepared(folder: Path, meta: dict[str, Any]) -> Prepared:
    raw = _mapped(folder / DATA, meta["bytes"])
    return Prepared(
        name=meta["name"],
        views={name: _array(raw, place) for name, place in meta["views"].items()},
        labels=_array(raw, meta["labels"]),
        columns={name: _array(raw, place) for name, place in meta["columns"].items()},
        classes=tuple(meta["classes"]),
        scaling=meta["scaling"],
        digest=meta["digest"],
        tables={
            view: tuple(_column(said) for said in columns) for view, columns in meta.get("tables", {}).items()
        },
    )


def said_of(column: Column) -> dict[str, Any]:
    """A table's column as `meta.json` has it."""
    return {"name": column.name, **({"levels": list(column.levels)} if isinstance(column, Category) else {})}


def _column(said: Mapping[str, Any]) -> Column:
    return Category(said["name"], tuple(said["levels"])) if "levels" in said else Number(said["name"])


def _mapped(path: Path, size: int) -> NDArray[np.uint8]:
    found = path.stat().st_size if path.exists() else None
    if found != size:
        got = "it is missing" if found is None else f"it has {found:,}"
        raise TailmarkError(
            f"{path} should have {size:,} bytes, but {got}. Delete the folder and run `dvc repro download`."
        )
    return np.memmap(path, dtype=np.uint8, mode="r")


def _array(raw: NDArray[np.uint8], place: Mapping[str, Any]) -> NDArray[Any]:
    dtype, shape, offset = np.dtype(place["dtype"]), tuple(place["shape"]), place["offset"]
    size = dtype.itemsize * int(np.prod(shape))
    return np.asarray(raw[offset : offset + size].view(dtype).reshape(shape))
