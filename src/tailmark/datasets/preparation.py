"""Fetch, check, parse, write: from a dataset's name to its prepared folder."""

from __future__ import annotations

import errno
import os
import shutil
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TypeAlias

import numpy as np

from tailmark.datasets.arrow import write
from tailmark.datasets.catalogue import describe, reader
from tailmark.datasets.consistency import check_consistency
from tailmark.datasets.declaration import Dataset, File, Parsed, Paths
from tailmark.datasets.decoding import decoded
from tailmark.datasets.digest import content_digest
from tailmark.datasets.fetch import Depot, fetch
from tailmark.datasets.fetch.checks import Rejected, same_bytes
from tailmark.datasets.stored import load
from tailmark.errors import TailmarkError

Read: TypeAlias = Callable[[Paths], Parsed]

UNREADABLE = (ValueError, LookupError, EOFError, OSError, zlib.error)
DISK_FULL = {errno.ENOSPC, errno.EDQUOT}
NOT_WRITABLE = {errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR, errno.EEXIST}


def prepare(name: str, into: Path, *, mirror: str | None, cache: Path, progress: bool) -> Path:
    """See `tailmark.datasets.prepare`."""
    depot = Depot(name, cache, os.environ.get("TAILMARK_MIRROR") or mirror, progress)
    return prepare_declared(describe(name), reader(name), into / name, depot)


def prepare_declared(dataset: Dataset, read: Read, folder: Path, depot: Depot) -> Path:
    if not _is_prepared(folder, dataset):
        with _disk_trouble_explained(dataset.name, folder):
            paths = {file.key: _fetch_checked(file, dataset, read, depot) for file in dataset.files}
            parsed = decoded(_read(dataset, read, paths), depot.progress)
            check_consistency(dataset, parsed)
            if difference := _difference(dataset, parsed):
                raise _misread(dataset, difference)
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
        and found.tables == dict(dataset.tables)
        and dataset.digest in (None, found.digest)
        and found.digest == content_digest(Parsed(found.views, found.labels, found.columns))
    )


def _fetch_checked(file: File, dataset: Dataset, read: Read, depot: Depot) -> Path:
    """Check bytes where they are known, else the content of the dataset's one file; of several, see `_read`."""
    if file.sha256 is not None:
        return fetch(file, depot, partial(same_bytes, expected=file.sha256))
    if file.md5 is not None:
        return fetch(file, depot, partial(same_bytes, expected=file.md5, algorithm="md5"))
    if len(dataset.files) > 1:
        return fetch(file, depot, lambda path: None)
    return fetch(file, depot, lambda path: _same_content(dataset, read, {file.key: path}))


def _same_content(dataset: Dataset, read: Read, paths: Paths) -> None:
    try:
        difference = _difference(dataset, read(paths))
    except UNREADABLE as error:
        raise Rejected(f"it cannot be read as {dataset.name} ({error})") from error
    if difference:
        raise Rejected(difference)


def _read(dataset: Dataset, read: Read, paths: Paths) -> Parsed:
    """Files of which no checksum is known are judged by what is in them, before any picture is decoded."""
    unknown = [file for file in dataset.files if file.sha256 is None and file.md5 is None]
    try:
        parsed = read(paths)
        difference = _other_counts(dataset, parsed)
    except UNREADABLE as error:
        if not unknown:
            raise
        difference = f"they cannot be read ({error})"
    if difference and unknown:
        raise TailmarkError(
            f"{dataset.name}: {', '.join(file.name for file in unknown)} are not the files that were expected: "
            f"{difference}. Delete them in {paths[unknown[0].key].parent} and fetch them again; they come from "
            f"{dataset.homepage}."
        )
    return parsed


def _other_counts(dataset: Dataset, parsed: Parsed) -> str | None:
    counts = tuple(np.bincount(parsed.labels, minlength=len(dataset.classes)).tolist())
    if counts != dataset.class_counts:
        return f"expected {_samples(dataset.class_counts)}, got {_samples(counts)}"
    return None


def _difference(dataset: Dataset, parsed: Parsed) -> str | None:
    if counts := _other_counts(dataset, parsed):
        return counts
    if dataset.digest is not None and (digest := content_digest(parsed)) != dataset.digest:
        return f"expected content digest {dataset.digest}, got {digest}"
    return None


def _samples(counts: tuple[int, ...]) -> str:
    return f"{sum(counts):,} samples (by class: {', '.join(map(str, counts))})"


def _misread(dataset: Dataset, difference: str) -> TailmarkError:
    """The source files are right by now, so a difference is not the user's fault."""
    return TailmarkError(
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
