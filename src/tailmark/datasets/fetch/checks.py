"""What a place can do wrong: have nothing, or have the wrong bytes."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

from tailmark.datasets.digest import Algorithm, file_digest


class Unavailable(Exception):
    """A place could not deliver; the message tells the user why."""


class Rejected(Exception):
    """What a place delivered is not the file; the message says what was expected and what was got."""


Check: TypeAlias = Callable[[Path], None]
"""Raises `Rejected` when a file is not what it should be."""


def same_bytes(path: Path, expected: str, algorithm: Algorithm = "sha256") -> None:
    got = file_digest(path, algorithm)
    if got != expected:
        size = path.stat().st_size
        raise Rejected(f"expected {algorithm} {expected}, got {got} ({size:,} bytes{_likely_cause(path)})")


def _likely_cause(path: Path) -> str:
    with path.open("rb") as stream:
        start = stream.read(64).lstrip().lower()
    if start.startswith((b"<!doctype", b"<html")):
        return ": a web page, perhaps of a proxy or a login"
    if start.startswith(b"\x1f\x8b") and not _unzips(path):
        return ": an archive that is damaged or ends early"
    return ""


def _unzips(path: Path) -> bool:
    try:
        with gzip.open(path) as stream:
            while stream.read(1 << 20):
                pass
    except (EOFError, gzip.BadGzipFile, zlib.error):
        return False
    return True


def set_aside(path: Path, target: Path) -> Path:
    """Keep wrong bytes to be looked at, under a name that nothing reads."""
    return path.replace(target.with_name(f"{target.name}.rejected"))
