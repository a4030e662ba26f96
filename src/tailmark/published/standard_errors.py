"""Which printed standard errors cannot be, and which are not in the unit of their mean."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from statistics import median

from tailmark.published.findings import Breach, Finding, on_many_rows, on_one_row
from tailmark.published.printed import PrintedCell, PublishedTable

FAR_APART = 10  # times: two measures of the same few errors do not spread so differently

Pair = tuple[PrintedCell, PrintedCell]


def impossible(table: PublishedTable) -> Iterator[Finding]:
    """Standard errors above the greatest that runs with this mean can have; the mean may be right."""
    for cell in table.cells:
        if cell.error is not None and cell.sd is None:
            error, most = cell.shown(cell.error), cell.shown(cell.largest_error)
            why = f"{cell.column} {cell.printed}: {cell.runs} runs with this mean have a standard error up to {most}."
            sums = f"SE of {cell.column} {cell.text} = {error}, but at most {most} over {cell.runs} runs"
            gap = cell.error - cell.largest_error
            yield on_one_row("spread", Breach((cell,), gap, gap, why, sums))


def of_another_unit(table: PublishedTable) -> Iterator[Finding]:
    """Errors of accuracy that are many times those of macro F1 where the two are nearly one number; one for all."""
    pairs = [pair for row in table.rows().values() if (pair := _alike(table, row))]
    apart = [pair for pair in pairs if _times(*pair) >= FAR_APART]
    if not apart:
        return
    times = sorted(_times(*pair) for pair in apart)
    first, second = (cell.column for cell in apart[0])
    rows = ", ".join(dict.fromkeys(accuracy.row for accuracy, _ in apart))
    why = (
        f"On a balanced test mix {first} and {second} are nearly one number, and so should be their standard errors. "
        f"For {rows} those of {first} are {times[0]:.0f} to {times[-1]:.0f} times those of {second} (median "
        f"{median(times):.0f}), as if they were in hundredths of a point. They say nothing of how sure a mean is."
    )
    sums = "; ".join(f"{a.shown(a.error or 0)} / {a.shown(f.error or 0)}" for a, f in apart)
    gap = max((a.error or 0) - (f.error or 0) for a, f in apart)
    cells = tuple(cell for pair in apart for cell in pair)
    said = (why, f"SE of {first} / SE of {second}, in points: {sums}")
    yield on_many_rows("inconsistent", cells, len(pairs), round(gap, 6), said)


def _alike(table: PublishedTable, row: Mapping[str, PrintedCell]) -> Pair | None:
    """Accuracy and macro F1 on equal class counts."""
    accuracy, f1 = row.get("accuracy"), row.get("macro_f1")
    if accuracy is None or f1 is None or len(set(table.counts(accuracy.mix))) != 1:
        return None
    return accuracy, f1


def _times(accuracy: PrintedCell, f1: PrintedCell) -> float:
    """The first error as so many times the second; 0 where print does not say."""
    return accuracy.error / f1.error if accuracy.error and f1.error else 0.0
