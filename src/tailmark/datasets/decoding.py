"""Whatever of a parsed dataset is still packed in archives becomes arrays."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from tailmark.datasets.archives import complaint, decode
from tailmark.datasets.declaration import Parsed
from tailmark.datasets.pictures import pixels
from tailmark.datasets.recordings import LARGEST, check_packages, taken
from tailmark.errors import TailmarkError


def decoded(parsed: Parsed, progress: bool) -> Parsed:
    """The same samples, with an array for every view; what is wrong in any view is told together."""
    check_packages(parsed.recordings.values())
    pictures = {
        name: (of, "pictures", decode(of, partial(pixels, of), progress))
        for name, of in parsed.pictures.items()
    }
    recordings = {
        name: (of, "recordings", decode(of, partial(taken, of), progress, LARGEST))
        for name, of in parsed.recordings.items()
    }
    every = {**pictures, **recordings}
    if told := [complaint(of, what, found.bad) for of, what, found in every.values() if found.bad]:
        folder = next(of.archives[0].parent for of, _, found in every.values() if found.bad)
        told.append(f"Delete what is damaged in {folder} and fetch it again.")
        raise TailmarkError("\n".join(told))
    views = {name: found.view for name, (_, _, found) in every.items()}
    return replace(parsed, views={**parsed.views, **views}, pictures={}, recordings={})
