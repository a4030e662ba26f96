"""The figures of suites whose methods balance their views."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from tailmark.report.figures.balance.cast import SOME, of_cast
from tailmark.report.figures.balance.heads import heads
from tailmark.report.figures.balance.imbalances import imbalances
from tailmark.report.figures.balance.shares import shares
from tailmark.report.figures.style import Look, Picture
from tailmark.report.records import Records
from tailmark.report.results import Place, Results

if TYPE_CHECKING:
    from tailmark.params import Suite

__all__ = ["SOME", "imbalances", "of_balance", "of_cast"]


def of_balance(
    suite: Suite,
    readings: Results,
    records: Records,
    places: Sequence[Place],
    hardest: Place,
    look: dict[str, Look],
) -> Iterator[Picture]:
    """Of the main places of one suite; what no run was watched for is left out."""
    drawn = (shares(suite, records, hardest, look), heads(suite, readings, places, look))
    yield from (picture for picture in drawn if picture)
