"""The gate's result for a reader: a table in the terminal, Markdown in a job's summary."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from tailmark.gate import FAILURES, GateResult, Row
from tailmark.gate.rule import RULE, Evidence

if TYPE_CHECKING:
    from rich.console import RenderableType

HEADINGS = ("cell", "was", "now", "change", "noise", "catches", "verdict", "note")
COLOURS = dict.fromkeys(FAILURES, "red") | {
    "unsure": "yellow",
    "noisy": "yellow",
    "rose": "cyan",
    "new": "cyan",
}


def terminal(result: GateResult) -> RenderableType:
    """What needs attention, row by row; cells that held are a number."""
    from rich.console import Group  # noqa: PLC0415 - for people alone
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    table = Table(*HEADINGS, title="Balanced accuracy against the reference, percent")
    for row in _noteworthy(result):
        table.add_row(*map(Text, columns(row)), style=COLOURS[row.verdict])
    return Group(*([table] if table.rows else []), *map(Text, text(result)))


def markdown(result: GateResult) -> str:
    """The same for GitHub."""
    head, *rest = text(result)
    held = [row for row in result.rows if row.verdict == "ok"]
    parts = [f"### Gate: {head}", *_grid(_noteworthy(result)), *rest]
    if held:
        parts += [f"<details><summary>{len(held)} cells that hold</summary>", *_grid(held), "</details>"]
    return "\n\n".join(parts) + "\n"


def text(result: GateResult) -> list[str]:
    """What the table means, in sentences."""
    held = result.count("ok") + result.count("noisy")
    lines = [f"{'passed' if result.passed else 'failed'}: {held} of {len(result.rows)} cells hold."]
    if not result.passed:
        lines.append("Mend what is red, or accept it on purpose with `tailmark gate --update`.")
    lines += [RULE, f"The reference was made on {_machines(result.reference_made_on)}."]
    if result.made_on != result.reference_made_on:
        lines.append(f"These runs were made on {_machines(result.made_on)}.")
    return lines


def columns(row: Row) -> list[str]:
    """One row, formatted."""
    cell = row.cell
    return [
        f"{cell.suite} · {cell.split} · {cell.protocol} · {cell.method}",
        _percent(row.was),
        _percent(row.now),
        *(_measures(row.evidence) if row.evidence else ("-", "-", "-")),
        row.verdict,
        row.note,
    ]


def _noteworthy(result: GateResult) -> list[Row]:
    return [row for row in result.rows if row.verdict != "ok"]


def _grid(rows: Sequence[Row]) -> list[str]:
    """A Markdown table, as one block; nothing for no rows."""
    lines = [_line(HEADINGS), _line(["---"] * len(HEADINGS)), *(_line(columns(row)) for row in rows)]
    return ["\n".join(lines)] if rows else []


def _machines(names: Sequence[str]) -> str:
    return "; ".join(names) or "a machine that is not known"


def _measures(found: Evidence) -> tuple[str, str, str]:
    noise = "-" if math.isnan(found.error) else f"± {found.error:.2f}"
    return f"{found.change:+.2f}", noise, "-" if math.isinf(found.catches) else f"{found.catches:.1f}"


def _percent(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
