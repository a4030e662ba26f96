"""What the numbers of a table of two classes, one of them rare, can mean."""

from __future__ import annotations

from collections.abc import Iterator

from tailmark.published.findings import Finding, on_many_rows
from tailmark.published.printed import PublishedTable

Counts = tuple[int, ...]

HARDLY = 0.1  # points above always saying the larger class that are no gain to speak of


def readings(table: PublishedTable) -> Iterator[Finding]:
    """What F1 cannot be here, and what accuracy does not show."""
    if table.test_counts and len(table.test_counts) == 2:
        yield from _f1_of_the_rare_class(table, table.test_counts)
        yield from _no_better_than_constant(table, table.test_counts)


def _f1_of_the_rare_class(table: PublishedTable, counts: Counts) -> Iterator[Finding]:
    """Rows that would need more hits than there are samples, if F1 were that of the rare class; one for all."""
    rare, both = min(counts), sum(counts)
    rows = [row for row in table.rows().values() if {"accuracy", "macro_f1"} <= row.keys()]
    pairs = [(row["accuracy"], row["macro_f1"]) for row in rows]
    broken = [(a, f) for a, f in pairs if _hits(f.low, both * (1 - a.high / 100)) > rare]
    if not broken:
        return
    accuracy, f1 = max(broken, key=lambda pair: _hits(pair[1].mean, both * (1 - pair[0].mean / 100)))
    errors = both * (1 - accuracy.mean / 100)
    hits = _hits(f1.mean, errors)
    why = (
        f"With TP hits and E errors the F1 of the rare class is 2 TP / (2 TP + E). {f1.column} {f1.text} of {f1.row} "
        f"would then need {hits:.1f} hits, and there are {rare} such samples: {f1.column} is not that of the rare "
        "class, as the text defines it, but the mean over both, which is how ours is measured."
    )
    sums = (
        f"TP = F1 E / (2 (1 - F1)) = {f1.text} x {errors:.1f} / (2 x {1 - f1.mean / 100:.4f}) = {hits:.1f}, "
        f"but at most {rare}"
    )
    cells = tuple(f for _, f in broken)
    yield on_many_rows("inconsistent", cells, len(pairs), round(100 * (hits / rare - 1), 6), (why, sums))


def _hits(f1: float, errors: float) -> float:
    """True positives that an F1 (in percent) needs beside so many errors."""
    return f1 * errors / (2 * (100 - f1))


def _no_better_than_constant(table: PublishedTable, counts: Counts) -> Iterator[Finding]:
    """A table in which no accuracy is above that of always saying the larger class."""
    cells = tuple(cell for cell in table.cells if cell.metric == "accuracy")
    larger, both = max(counts), sum(counts)
    constant = 100 * larger / both
    if not cells or max(cell.mean for cell in cells) > constant + HARDLY:
        return
    best = max(cells, key=lambda cell: cell.mean)
    f1 = larger / (larger + both)
    why = (
        f"Always to say the larger class gives an accuracy of {best.shown(constant)} and a mean F1 of {f1:.4f}. No row "
        f"is more than {best.mean - constant:.2f} points above that accuracy: read the other columns."
    )
    sums = f"{larger} / {both} = {best.shown(constant)}; the highest {best.column} is {best.text}"
    yield on_many_rows("remark", cells, len(cells), 0.0, (why, sums))
