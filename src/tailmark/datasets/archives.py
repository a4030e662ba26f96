"""Files in zip archives become the rows of one array: in parallel, and a few at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias
from zipfile import BadZipFile, ZipFile
from zlib import error as BadDeflate

import numpy as np
from rich.console import Console
from rich.progress import track

from tailmark.datasets.declaration import Array, Pictures, Recordings
from tailmark.errors import TailmarkError

AT_A_TIME = 128  # encoded files in memory; threads do, as those who decode do it without Python's lock
NAMED = 5  # of the files that cannot be used

Zipped: TypeAlias = Pictures | Recordings
Raw: TypeAlias = bytes | str  # a file's bytes, or why there are none
Decode: TypeAlias = Callable[[bytes], Array | str]  # the array of a file, or why there is none


@dataclass(frozen=True)
class Found:
    """One view, and why each file that cannot be used cannot."""

    view: Array
    bad: Mapping[str, str]


@dataclass(frozen=True)
class Place:
    """Where a file lies."""

    archive: ZipFile
    member: str

    def read(self, most: int | None) -> Raw:
        """`most` bytes are a limit on what is taken into memory, however well it was packed."""
        size = self.archive.getinfo(self.member).file_size
        if most is not None and size > most:
            return f"too large: {size / 1e6:,.0f} MB, where {most / 1e6:,.0f} MB are the limit"
        try:
            return self.archive.read(self.member)
        except (BadZipFile, BadDeflate, EOFError) as error:
            return f"damaged in its archive: {error}"
        except RuntimeError as error:  # a password, or a way of packing that Python does not know
            return f"cannot be taken out of its archive: {error}"


def decode(zipped: Zipped, one: Decode, progress: bool, most: int | None = None) -> Found:
    """What `one` makes of each file, in the order of the samples."""
    n, console = len(zipped.members), Console(stderr=True, quiet=not progress)
    view = np.empty((n, *zipped.shape), np.uint8)
    bad: dict[str, str] = {}
    with ExitStack() as stack, ThreadPoolExecutor() as pool:
        places = _places([stack.enter_context(_opened(path)) for path in zipped.archives])
        starts = track(range(0, n, AT_A_TIME), f"decoding {_titles(zipped)}", console=console)
        for start in starts:
            members = zipped.members[start : start + AT_A_TIME]
            results = pool.map(
                lambda raw: raw if isinstance(raw, str) else one(raw), _raw(members, places, most)
            )
            for row, (member, array) in enumerate(zip(members, results, strict=True), start):
                if isinstance(array, str):
                    bad[member] = array
                else:
                    view[row] = array
    return Found(view, bad)


def complaint(zipped: Zipped, what: str, bad: Mapping[str, str]) -> str:
    """How many of `what` cannot be used, and the first few by name."""
    told = "".join(f"\n  - {member} ({why})" for member, why in list(bad.items())[:NAMED])
    more = f"\n  - and {len(bad) - NAMED:,} more" if len(bad) > NAMED else ""
    return f"Expected {len(zipped.members):,} {what} in {_titles(zipped)}, but {len(bad):,} cannot be used:{told}{more}"


def _opened(path: Path) -> ZipFile:
    try:
        return ZipFile(path)
    except BadZipFile as error:
        raise TailmarkError(
            f"{path} should be a zip archive, but it is damaged or ends early ({error}). "
            "Delete it and fetch it again."
        ) from error


def _places(archives: list[ZipFile]) -> dict[str, Place]:
    """By their bare names: copies of one archive differ in how they name its folder."""
    return {_bare(member): Place(archive, member) for archive in archives for member in archive.namelist()}


def _raw(members: tuple[str, ...], places: Mapping[str, Place], most: int | None) -> Iterator[Raw]:
    """Read by one thread, as archives want it."""
    for member in members:
        place = places.get(_bare(member))
        yield "missing" if place is None else place.read(most)


def _titles(zipped: Zipped) -> str:
    return " and ".join(path.name for path in zipped.archives)


def _bare(member: str) -> str:
    return member.rpartition("/")[2]
