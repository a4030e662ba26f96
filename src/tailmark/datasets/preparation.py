"""Fetch, check, parse, write: from a dataset's name to its prepared folder."""

from __future__ import annotations

import errno
import os
import shutil
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeAlias

import numpy as np

from tailmark.datasets.arrow import write
from tailmark.datasets.catalogue import describe, reader
from tailmark.datasets.declaration import Dataset, File, Parsed, Paths
from tailmark.datasets.digest import content_digest
from tailmark.datasets.fetch import Depot, fetch
from tailmark.datasets.fetch.checks import Rejected, same_bytes
from tailmark.datasets.pictures import decoded
from tailmark.datasets.stored import load
from tailmark.errors import TailmarkError

Read: TypeAlias = Callable[[Paths], Parsed]

DISK_FULL = {errno.ENOSPC, errno.EDQUOT}
NOT_WRITABLE = {errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR, errno.EEXIST}


def prepare(name: str, into: Path, *, mirror: str | None, cache: Path, progress: bool) -> Path:
    """See `tailmark.datasets.prepare`."""
    depot = Depot(name, cache, os.environ.get("TAILMARK_MIRROR") or mirror, progress)
    return prepare_declared(describe(name), reader(name), into / name, depot)


def prepare_declared(dataset: Dataset, read: Read, folder: Path, depot: Depot) -> Path:
    if not _is_prepared(folder, dataset):
        with _disk_trouble_explained(dataset.name, folder):
            paths = {file.name: _fetch_checked(file, dataset, read, depot) for file in dataset.files}
            parsed = decoded(read(paths), depot.progress)
            _check_reader(dataset, parsed)
            write(folder, dataset, parsed)
    return folder


def _is_prepared(folder: Path, dataset: Dataset) -> bool:
    """Whether the folder holds what is declared now, to the last value."""
    try:
        found = load(folder)
    except TailmarkError:
        return False
    return (
        found.classes == dataset.classes
        and found.scaling == dict(dataset.scaling)
        and dataset.digest in (None, found.digest)
        and found.digest == content_digest(Parsed(found.views, found.labels, found.columns))
    )


def _fetch_checked(file: File, dataset: Dataset, read: Read, depot: Depot) -> Path:
    """Check bytes where they are the same everywhere, else the content of the dataset's one file."""
    expected = file.sha256
    if expected is None:
        return fetch(file, depot, lambda path: _same_content(dataset, read, {file.name: path}))
    return fetch(file, depot, lambda path: same_bytes(path, expected))


def _same_content(dataset: Dataset, read: Read, paths: Paths) -> None:
    try:
        difference = _difference(dataset, read(paths))
    except (ValueError, LookupError, EOFError, OSError, zlib.error) as error:
        raise Rejected(f"it cannot be read as {dataset.name} ({error})") from error
    if difference:
        raise Rejected(difference)


def _difference(dataset: Dataset, parsed: Parsed) -> str | None:
    counts = tuple(np.bincount(parsed.labels, minlength=len(dataset.classes)).tolist())
    if counts != dataset.class_counts:
        return f"expected {_samples(dataset.class_counts)}, got {_samples(counts)}"
    if dataset.digest is not None and (digest := content_digest(parsed)) != dataset.digest:
        return f"expected content digest {dataset.digest}, got {digest}"
    return None


def _samples(counts: tuple[int, ...]) -> str:
    return f"{sum(counts):,} samples (by class: {', '.join(map(str, counts))})"


def _check_reader(dataset: Dataset, parsed: Parsed) -> None:
    """The source files are right by now, so a difference is not the user's fault."""
    if difference := _difference(dataset, parsed):
        raise TailmarkError(
            f"{dataset.name}: the source files are right, but they were read differently: {difference}. "
            "Please report this, with the versions of numpy, pyarrow and Pillow."
        )


@contextmanager
def _disk_trouble_explained(name: str, folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in DISK_FULL:
            raise TailmarkError(
                f"The disk is full: {name} could not be prepared in {folder} ({_free(folder)} free). "
                "Nothing half-written was left. Free some space and run again."
            ) from error
        if error.errno in NOT_WRITABLE:
            raise TailmarkError(
                f"{name} could not be prepared: expected to write {error.filename or folder}, got "
                f"'{error.strerror}'. Correct the permissions or choose another folder."
            ) from error
        raise


def _free(folder: Path) -> str:
    existing = next(parent for parent in [folder, *folder.absolute().parents] if parent.is_dir())
    return f"{shutil.disk_usage(existing).free / 1e6:,.0f} MB"
