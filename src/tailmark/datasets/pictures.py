"""Decodes the pictures of archives into one array: in parallel, and a few at a time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial
from io import BytesIO
from pathlib import Path
from zipfile import BadZipFile, ZipFile
from zlib import error as BadDeflate

import numpy as np
from PIL import Image, UnidentifiedImageError
from rich.console import Console
from rich.progress import track

from tailmark.datasets.declaration import Array, Parsed, Pictures
from tailmark.errors import TailmarkError

AT_A_TIME = 128  # encoded pictures in memory; threads do, as Pillow decodes without Python's lock
NAMED = 5  # of the pictures that cannot be used

Raw = bytes | str  # a picture's bytes, or why there are none


@dataclass(frozen=True)
class Place:
    """Where a picture lies."""

    archive: ZipFile
    member: str

    def read(self) -> Raw:
        try:
            return self.archive.read(self.member)
        except (BadZipFile, BadDeflate, EOFError) as error:
            return f"damaged in its archive: {error}"


def decoded(parsed: Parsed, progress: bool) -> Parsed:
    """The same samples, with an array for every view."""
    views = {name: _decode(pictures, progress) for name, pictures in parsed.pictures.items()}
    return replace(parsed, views={**parsed.views, **views}, pictures={})


def _decode(pictures: Pictures, progress: bool) -> Array:
    n, console = len(pictures.members), Console(stderr=True, quiet=not progress)
    view = np.empty((n, *pictures.shape), np.uint8)
    bad: dict[str, str] = {}
    with ExitStack() as stack, ThreadPoolExecutor() as pool:
        places = _places([stack.enter_context(_opened(path)) for path in pictures.archives])
        starts = track(range(0, n, AT_A_TIME), f"decoding {_titles(pictures)}", console=console)
        for start in starts:
            members = pictures.members[start : start + AT_A_TIME]
            results = pool.map(partial(_pixels, pictures), _raw(members, places))
            for row, (member, pixels) in enumerate(zip(members, results, strict=True), start):
                if isinstance(pixels, str):
                    bad[member] = pixels
                else:
                    view[row] = pixels
    if bad:
        raise _unusable(pictures, bad)
    return view


def _opened(path: Path) -> ZipFile:
    try:
        return ZipFile(path)
    except BadZipFile as error:
        raise TailmarkError(
            f"{path} should be a zip archive of pictures, but it is damaged or ends early ({error}). "
            "Delete it and fetch it again."
        ) from error


def _places(archives: list[ZipFile]) -> dict[str, Place]:
    """By their bare names: copies of one archive differ in how they name its folder."""
    return {_bare(member): Place(archive, member) for archive in archives for member in archive.namelist()}


def _raw(members: tuple[str, ...], places: Mapping[str, Place]) -> Iterator[Raw]:
    """Read by one thread, as archives want it."""
    for member in members:
        place = places.get(_bare(member))
        yield "missing" if place is None else place.read()


def _pixels(pictures: Pictures, raw: Raw) -> Array | str:
    if isinstance(raw, str):
        return raw
    try:
        with Image.open(BytesIO(raw)) as picture:
            if pictures.side is not None:
                picture.draft("RGB", (pictures.side, pictures.side))
            return pictures.reduce(picture.convert("RGB"))
    except (OSError, Image.DecompressionBombError) as error:  # Pillow's words for what it cannot read
        return f"unreadable: {_reason(error)}"


def _reason(error: Exception) -> str:
    return "it is no picture" if isinstance(error, UnidentifiedImageError) else str(error)


def _unusable(pictures: Pictures, bad: Mapping[str, str]) -> TailmarkError:
    told = "".join(f"\n  - {member} ({why})" for member, why in list(bad.items())[:NAMED])
    more = f"\n  - and {len(bad) - NAMED:,} more" if len(bad) > NAMED else ""
    return TailmarkError(
        f"Expected {len(pictures.members):,} pictures in {_titles(pictures)}, but {len(bad):,} cannot be used:"
        f"{told}{more}\nDelete what is damaged in {pictures.archives[0].parent} and fetch it again."
    )


def _titles(pictures: Pictures) -> str:
    return " and ".join(path.name for path in pictures.archives)


def _bare(member: str) -> str:
    return member.rpartition("/")[2]
