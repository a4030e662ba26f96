"""A question that paired tests answer, where it is not one challenger against its rivals."""

from __future__ import annotations

from dataclasses import dataclass

from tailmark.report.figures.style import Picture
from tailmark.report.grid import Grid

UNTESTED = "Not answerable: no split has two seeds in common, and one allows no test."


@dataclass(frozen=True)
class Finding:
    """Ready for every writer."""

    name: str  # fit for a file name and an anchor
    title: str
    short: str  # in the list of contents
    said: tuple[str, ...]  # the answer first
    shown: tuple[Grid, ...]  # always seen
    more: tuple[Grid, ...]  # which a reader may open
    picture: Picture | None
    meaning: str  # how its numbers are to be read

    @property
    def grids(self) -> tuple[Grid, ...]:
        """All of them."""
        return (*self.shown, *self.more)
