"""Writes a parsed dataset as one uncompressed Arrow record batch, and notes where each array begins."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

import pyarrow as pa

from tailmark.datasets.declaration import Array, Dataset, Parsed
from tailmark.datasets.digest import content_digest, little_endian
from tailmark.datasets.stored import DATA, META, said_of


def write(folder: Path, dataset: Dataset, parsed: Parsed) -> None:
    """Write the folder so that `meta.json` is there if and only if all of it is."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / META).unlink(missing_ok=True)
    columns = _columns(parsed)
    _atomically(folder / DATA, lambda stream: _write_batch(stream, columns))
    meta = json.dumps(_meta(folder / DATA, dataset, parsed), indent=1) + "\n"
    _atomically(folder / META, lambda stream: stream.write(meta.encode()))


def _columns(parsed: Parsed) -> dict[str, Array]:
    return {
        name: little_endian(array)
        for name, array in [*parsed.views.items(), ("label", parsed.labels), *parsed.columns.items()]
    }


def _write_batch(stream: IO[bytes], columns: dict[str, Array]) -> None:
    batch = pa.record_batch([_arrow(array) for array in columns.values()], names=list(columns))
    with pa.ipc.new_file(stream, batch.schema) as writer:
        writer.write_batch(batch)


def _arrow(array: Array) -> pa.Array:
    flat = pa.array(array.reshape(-1))
    width = array[0].size
    return flat if array.ndim == 1 else pa.FixedSizeListArray.from_arrays(flat, width)


def _meta(path: Path, dataset: Dataset, parsed: Parsed) -> dict[str, Any]:
    places = _places(path, _columns(parsed))
    tables = {view: [said_of(column) for column in table] for view, table in dataset.tables.items()}
    return {
        "name": dataset.name,
        "classes": list(dataset.classes),
        "scaling": dict(dataset.scaling),
        "digest": content_digest(parsed),
        "bytes": path.stat().st_size,
        "views": {name: places[name] for name in parsed.views},
        "labels": places["label"],
        "columns": {name: places[name] for name in parsed.columns},
        **({"tables": tables} if tables else {}),
    }


def _places(path: Path, columns: dict[str, Array]) -> dict[str, dict[str, Any]]:
    """Type, shape and first byte of every array in the file."""
    with pa.memory_map(str(path)) as source:
        start = source.read_buffer().address
        source.seek(0)
        batch = pa.ipc.open_file(source).get_batch(0)
        return {
            name: {
                "dtype": array.dtype.str,
                "shape": list(array.shape),
                "offset": _values(batch.column(name)).address - start,
            }
            for name, array in columns.items()
        }


def _values(column: pa.Array) -> pa.Buffer:
    return column.buffers()[-1]


def _atomically(path: Path, fill: Callable[[IO[bytes]], object]) -> None:
    """A killed process or a full disk leaves either the old file or none, never half of one."""
    partial = path.with_name(path.name + ".partial")
    try:
        with partial.open("wb") as stream:
            fill(stream)
            stream.flush()
            os.fsync(stream.fileno())
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
