"""The audit as the `tailmark audit` command shows it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from tailmark.errors import TailmarkError, nearest
from tailmark.published.identities import Finding, audit
from tailmark.published.printed import PublishedTable, tables

Found = list[tuple[PublishedTable, Finding]]


@dataclass(frozen=True)
class Part:
    """One kind of finding, and what it means."""

    kind: str
    heading: str
    meaning: str


PARTS = (
    Part(
        "impossible",
        "cannot be right",
        "Of each pair at least one number is wrong: no predictions on this test set give both.",
    ),
    Part(
        "boundary",
        "at the limit of rounding",
        "Right only if the values lay, to a tenth of the last printed digit, at the very ends of what rounds to print.",
    ),
    Part(
        "inconsistent",
        "not what the paper's text says",
        "On a test set that is balanced, as the text says, both numbers are the same. It was not, or these are means "
        "over batches of it. Its size is not printed, so no number is called impossible for this.",
    ),
)


def audited(paper: str | None = None) -> RenderableType:
    """What one paper prints, or all of them: the numbers that cannot be right, and those in doubt."""
    return Group(*(part for name in _papers(paper) for part in _of_paper(name)))


def _papers(wanted: str | None) -> list[str]:
    known = list(dict.fromkeys(table.paper for table in tables().values()))
    if wanted is None:
        return known
    if wanted not in known:
        raise TailmarkError(
            f"Expected a paper whose tables are transcribed, one of {', '.join(known)}; got '{wanted}'."
            f"{nearest(wanted, known)}"
        )
    return [wanted]


def _of_paper(paper: str) -> Iterator[RenderableType]:
    printed = [table for table in tables().values() if table.paper == paper]
    found = [(table, finding) for table in printed for finding in audit(table)]
    total = sum(len(table.cells) for table in printed)
    numbers = list(dict.fromkeys(table.number for table in printed))
    yield Text(f"Paper {paper}: {total} numbers in Tables {', '.join(map(str, numbers))}", style="bold")
    for part in PARTS:
        if mine := [(table, finding) for table, finding in found if finding.kind == part.kind]:
            yield Text(f"\n{_count(mine)} of {total} {part.heading}. {part.meaning}")
            yield _table(mine)
    yield Text(
        "[ ] holds all that a difference can be before rounding; r0 and r1 are the recalls of the two classes."
    )


def _count(found: Found) -> int:
    """The printed numbers that these findings are about, each once."""
    return len({(table.id, *cell) for table, finding in found for cell in _cells(table, finding)})


def _cells(table: PublishedTable, finding: Finding) -> Iterator[tuple[str, str, str]]:
    """Row, split and metric of each number; an inconsistency is about every row."""
    for cell in table.cells:
        mine = (cell.row, cell.split) == (finding.row, finding.split) or finding.kind == "inconsistent"
        if mine and cell.metric in finding.metrics:
            yield cell.row, cell.split, cell.metric


def _table(found: Found) -> Table:
    shown = Table()
    for heading in ("table", "row", "split", "arithmetic"):
        shown.add_column(heading)
    for table, finding in found:
        cells = table.id, finding.row, finding.split, finding.arithmetic
        shown.add_row(*(Text(cell) for cell in cells))  # as text: `[...]` is no markup
    return shown
