"""What must hold of printed weights of experts: they are a softmax, so they sum to 1, in a mean of runs too."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tailmark.published.findings import Breach, Finding, on_many_rows
from tailmark.published.printed import PrintedCell, PublishedTable

STOP = 5.0  # percent: fitting stops once the smallest weight, rounded to whole percent, is below


def not_summing_to_one(row: Mapping[str, PrintedCell]) -> Finding | None:
    """A row whose weights do not sum to 1."""
    cells = tuple(cell for metric, cell in row.items() if metric.startswith("weight/"))
    if not cells:
        return None
    total, rounding = sum(cell.mean for cell in cells), sum(cell.unit for cell in cells) / 2
    gap, printed = abs(total - 100), cells[0].shown
    sums = f"{' + '.join(cell.text for cell in cells)} = {printed(total)}, but 1 within {rounding / 100:.3f}"
    names = f"{cells[0].column} to {cells[-1].column}"
    why = f"{names} sum to {printed(total)}, but weights sum to 1 in every run and so in their mean."
    return Breach(cells, gap, gap - rounding, why, sums).finding()


def of_the_stop_rule(table: PublishedTable) -> Iterator[Finding]:
    """Smallest weights just under the limit at which the public code of SADE stops to fit them."""
    cells = [cell for cell in table.cells if cell.metric.startswith("weight/")]
    at = tuple(cell for cell in cells if STOP - 1.5 * cell.unit < cell.mean < STOP - cell.unit / 2)
    if not at or min(cell.mean for cell in cells) < at[0].mean:
        return
    why = (
        f"No weight is below {at[0].text}. SADE's public code stops to fit the weights once the smallest, rounded to "
        "two decimals, is below 0.05: weights that would go on falling end there."
    )
    yield on_many_rows(
        "remark", at, len(table.rows()), 0.0, (why, f"smallest weight {at[0].text}, {len(at)} times")
    )
