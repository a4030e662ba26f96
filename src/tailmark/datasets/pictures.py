"""Decodes the pictures of an archive into one array: in parallel, and a few at a time."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from io import BytesIO
from zipfile import BadZipFile, ZipFile

import numpy as np
from PIL import Image
from rich.console import Console
from rich.progress import track

from tailmark.datasets.declaration import Array, Parsed, Pictures
from tailmark.errors import TailmarkError

AT_A_TIME = 512  # encoded pictures in memory; threads do, as Pillow decodes without Python's lock


def decoded(parsed: Parsed, progress: bool) -> Parsed:
    """The same samples, with an array for every view."""
    views = {name: _decode(pictures, progress) for name, pictures in parsed.pictures.items()}
    return replace(parsed, views={**parsed.views, **views}, pictures={})


def _decode(pictures: Pictures, progress: bool) -> Array:
    n = len(pictures.members)
    console = Console(stderr=True, quiet=not progress)
    view = np.empty((n, *pictures.shape), np.uint8)
    with ZipFile(pictures.archive) as archive, ThreadPoolExecutor() as pool:
        for start in track(range(0, n, AT_A_TIME), f"decoding {pictures.archive.name}", console=console):
            members = pictures.members[start : start + AT_A_TIME]
            raw = (_read(archive, member) for member in members)
            for i, pixels in enumerate(pool.map(partial(_reduced, pictures), members, raw), start):
                view[i] = pixels
    return view


def _read(archive: ZipFile, member: str) -> bytes:
    try:
        return archive.read(member)
    except (KeyError, BadZipFile) as error:
        raise _damaged(archive.filename, member, error) from error


def _reduced(pictures: Pictures, member: str, raw: bytes) -> Array:
    try:
        with Image.open(BytesIO(raw)) as picture:
            return pictures.reduce(picture.convert("RGB"))
    except OSError as error:  # Pillow's word for a picture that it cannot read
        raise _damaged(pictures.archive.name, member, error) from error


def _damaged(archive: object, member: str, error: Exception) -> TailmarkError:
    return TailmarkError(
        f"Expected the picture {member} in {archive}, got: {error}. Delete the archive and fetch it again."
    )
