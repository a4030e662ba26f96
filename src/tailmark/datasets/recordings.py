"""A recording's bytes become the array that its dataset makes of it, with packages that only such datasets need."""

from __future__ import annotations

from collections.abc import Iterable
from importlib import import_module

from tailmark.datasets.declaration import Array, Recordings, Sounds
from tailmark.datasets.films import seen
from tailmark.datasets.sounds import heard
from tailmark.errors import TailmarkError

LARGEST = 1 << 24  # bytes of one recording: a clip of seconds has a hundredth of it
POINTER = b"version https://git-lfs"


def check_packages(recordings: Iterable[Recordings]) -> None:
    """Told before anything is decoded."""
    for package in {"soundfile" if isinstance(of, Sounds) else "av" for of in recordings}:
        try:
            import_module(package)
        except (ImportError, OSError) as error:  # OSError: the package is there and its library is not
            raise TailmarkError(
                f"Expected the package '{package}', which decodes recordings, and it cannot be imported ({error}). "
                "Run: pip install 'tailmark[media]'."
            ) from error


def taken(recordings: Recordings, raw: bytes) -> Array | str:
    """The array, or why there is none."""
    if raw.startswith(POINTER):
        return "only git-lfs's pointer to it: run `git lfs pull` where it was cloned, and zip it again"
    return heard(recordings, raw) if isinstance(recordings, Sounds) else seen(recordings, raw)
