"""What an audit finds: numbers that contradict each other, or what the paper says of them.

A printed value stands for all values that round to it, ends included. A row is impossible when no such
values satisfy an identity. It is on the boundary when only the very ends of the intervals do, or miss by
less than a tenth of the last printed digit: a claim that print is impossible must not hang on how a tie
was broken.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from tailmark.published.printed import PrintedCell

NOISE = 1e-7  # in points; of binary fractions, far below any printed digit

Kind = Literal[
    "impossible",  # of these numbers at least one is wrong
    "boundary",  # right only at the very ends of what rounds to print
    "uneven",  # no one set of predictions has them; a mean of runs that differ can
    "spread",  # a standard error that no such runs have; nothing is said of the mean
    "inconsistent",  # not what the paper's text says
    "remark",  # no contradiction, but a reader should know
]


@dataclass(frozen=True)
class Finding:
    """Numbers of one printed row that contradict each other, or rows that contradict the paper's text."""

    row: str  # as printed; of a finding on many rows: how many
    split: str  # and the test mix, where there are several
    cells: tuple[PrintedCell, ...]
    kind: Kind
    gap: float  # in points: how far the numbers, taken at face value, break the identity
    why: str
    arithmetic: str  # the same as a sum, in one line

    @property
    def metrics(self) -> tuple[str, ...]:
        """Our names of what the numbers measure."""
        return tuple(dict.fromkeys(cell.metric for cell in self.cells))


@dataclass(frozen=True)
class Breach:
    """How far an identity is broken: at face value, and after the kindest rounding."""

    cells: tuple[PrintedCell, ...]
    gap: float
    excess: float  # below 0: rounding explains it
    why: str
    arithmetic: str

    @property
    def kind(self) -> Kind | None:
        if self.excess < -NOISE:
            return None
        return "impossible" if self.excess > min(cell.unit for cell in self.cells) / 10 else "boundary"

    def finding(self) -> Finding | None:
        """None where rounding explains it."""
        return on_one_row(self.kind, self) if self.kind else None


def on_one_row(kind: Kind, breach: Breach) -> Finding:
    """A breach as a finding of this kind; its cells are of one row."""
    first = breach.cells[0]
    gap = round(breach.gap, 6)
    return Finding(first.row, first.where, breach.cells, kind, gap, breach.why, breach.arithmetic)


def on_many_rows(
    kind: Kind, cells: tuple[PrintedCell, ...], of: int, gap: float, said: tuple[str, str]
) -> Finding:
    """One finding for several rows, out of so many that could have it; `said`: why, and the arithmetic."""
    rows = len({(cell.row, cell.where) for cell in cells})
    where = "; ".join(dict.fromkeys(cell.where for cell in cells))
    return Finding(f"{rows} of {of} rows", where, cells, kind, gap, *said)
