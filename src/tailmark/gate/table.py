"""The gate's result for a reader: a table in the terminal, Markdown in a job's summary."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from tailmark.gate import GateResult
from tailmark.gate.rule import RULE, Evidence
from tailmark.gate.verdict import FAILURES, Row

if TYPE_CHECKING:
    from rich.console import RenderableType

HEADINGS = ("cell or method", "was", "now", "change", "noise", "catches", "verdict", "note")
HELD = ("ok", "noisy")
COLOURS = dict.fromkeys(FAILURES, "red") | {
    "unsure": "yellow",
    "noisy": "yellow",
    "rose": "cyan",
    "new": "cyan",
}


def terminal(result: GateResult) -> RenderableType:
    """What needs attention, row by row; what held is a number."""
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
        parts += [f"<details><summary>{len(held)} rows that hold</summary>", *_grid(held), "</details>"]
    return "\n\n".join(parts) + "\n"


def text(result: GateResult) -> list[str]:
    """What the table means, in sentences."""
    lines = [f"{'passed' if result.passed else 'failed'}: {_held(result.rows)} hold."]
    if not result.passed:
        lines.append("Mend what is red, or accept it on purpose with `tailmark gate --update`.")
    lines += [RULE, f"The reference was made on {_machines(result.reference_made_on)}."]
    if result.made_on != result.reference_made_on:
        lines.append(f"These runs were made on {_machines(result.made_on)}.")
    return lines


def columns(row: Row) -> list[str]:
    """One row, formatted."""
    return [
        row.name,
        _percent(row.was),
        _percent(row.now),
        *(_measures(row.evidence) if row.evidence else ("-", "-", "-")),
        row.verdict,
        row.note,
    ]


def _held(rows: Sequence[Row]) -> str:
    cells = [row for row in rows if len(row.cells) == 1]
    whole = [row for row in rows if len(row.cells) > 1]
    return " and ".join([_count(cells, "cells"), *([_count(whole, "methods")] if whole else [])])


def _count(rows: Sequence[Row], what: str) -> str:
    return f"{sum(row.verdict in HELD for row in rows)} of {len(rows)} {what}"


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
