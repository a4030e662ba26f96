"""The audit as the `tailmark audit` command shows it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from tailmark.errors import TailmarkError, nearest
from tailmark.published.attestation import caution, gathered_in
from tailmark.published.auditing import audit
from tailmark.published.findings import Finding
from tailmark.published.printed import PublishedTable, tables

Found = list[tuple[PublishedTable, Finding]]


@dataclass(frozen=True)
class Part:
    """One kind of finding, and what it means."""

    kind: str
    heading: str
    meaning: str
    explained: bool = False  # the reason differs from finding to finding, so each is told in full


PARTS = (
    Part(
        "impossible",
        "cannot be right",
        "Of the numbers in each line at least one is wrong: no runs on this test set give them all.",
    ),
    Part(
        "boundary",
        "at the limit of rounding",
        "Right only if the values lay, to a tenth of the last printed digit, at the very ends of what rounds to print.",
    ),
    Part(
        "uneven",
        "possible only over runs that differ much",
        "No one set of predictions gives both numbers; a mean over runs does where some are much worse than others.",
    ),
    Part(
        "spread",
        "with a standard error that cannot be",
        "So many runs with this mean have a smaller one. Nothing is said of the mean.",
    ),
    Part(
        "inconsistent",
        "not what the paper's text says",
        "It may be the text that is wrong, so no number is called impossible for this.",
        explained=True,
    ),
    Part("remark", "to be read with care", "They contradict nothing.", explained=True),
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
    yield Text(f"Paper {paper}: {total} numbers in {_where(printed)}", style="bold")
    yield from map(Text, _attested(printed))
    for part in PARTS:
        if mine := [(table, finding) for table, finding in found if finding.kind == part.kind]:
            yield Text(f"\n{_count(mine)} of {total} {part.heading}. {part.meaning}")
            yield _table(mine)
            yield from (Text(finding.why) for _, finding in mine) if part.explained else _tallies(mine)
    if not found:
        yield Text(f"\n{_nothing(printed, total)}")
    if any("[" in finding.arithmetic for _, finding in found):
        yield Text(
            "[ ] holds all that a difference can be before rounding; r0 and r1 are the recalls of the two classes."
        )


def _where(printed: list[PublishedTable]) -> str:
    """'Tables 1, 2, 3', 'Table 1'; numbers that no table of the paper holds stand in lists."""
    numbers = list(dict.fromkeys(table.number for table in printed))
    kind = gathered_in(printed[0].attested[0])
    return f"{kind}{'s' * (len(numbers) > 1)} {', '.join(map(str, numbers))}"


def _attested(printed: list[PublishedTable]) -> Iterator[str]:
    """What is not print at first hand, and how many numbers of which tables that is; nothing else is said of print."""
    cells = [(table.id, cell.attested) for table in printed for cell in table.cells]
    for kind in dict.fromkeys(kind for _, kind in cells):
        if said := caution(kind):
            mine = Counter(id for id, other in cells if other == kind)
            yield f"{said} {', '.join(f'{id} ({count})' for id, count in mine.items())}"


def _nothing(printed: list[PublishedTable], total: int) -> str:
    """What it means that nothing was found: without test counts there is little to hold the numbers against."""
    unknown = sum(len(table.cells) for table in printed if table.test_counts is None)
    told = (
        f" But little can be checked: for {unknown} of {total} the test samples of each class are not known."
    )
    return f"No contradiction among them.{told if unknown else ''}"


def _count(found: Found) -> int:
    """The printed numbers that these findings are about, each once."""
    return len({(table.id, cell) for table, finding in found for cell in finding.cells})


def _tallies(found: Found) -> Iterator[Text]:
    """How many rows of each method, where a table has a row for each training and test mix."""
    for table in dict.fromkeys(table for table, _ in found if table.by_mix):
        mine = [finding.row for other, finding in found if other is table]
        if len(mine) == 1:
            continue
        rows = [label for label, _ in table.rows()]
        told = (f"{row} {mine.count(row)} of {rows.count(row)}" for row in dict.fromkeys(rows))
        yield Text(f"Rows of {table.id}: {', '.join(told)}")


def _table(found: Found) -> Table:
    shown = Table()
    for heading in ("table", "row", "split", "arithmetic"):
        shown.add_column(heading)
    for table, finding in found:
        cells = table.id, finding.row, finding.split, finding.arithmetic
        shown.add_row(*(Text(cell) for cell in cells))  # as text: `[...]` is no markup
    return shown
