"""A comparison laid out: under each printed row ours, protocol by protocol, column by column."""

from __future__ import annotations

from typing import Any

from tailmark.report.comparison import ComparedRow, Comparison, Judged, reading
from tailmark.report.words import listed, metric, plural


def short(comparison: Comparison) -> str:
    """'mgvae/2'."""
    return comparison.table.id


def heading(comparison: Comparison) -> str:
    """'Table 2 of mgvae: MNIST, digits 0-4 against 5-9'."""
    table = comparison.table
    return f"Table {table.number} of {table.paper}: {table.title}"


def side_by_side(comparison: Comparison) -> dict[str, Any]:
    """The table's columns, rows and notes, for any writer."""
    cells = comparison.table.cells
    columns = {cell.column: metric(cell.metric).meaning for cell in cells}
    labels = dict.fromkeys(row.label for row in comparison.rows)
    return {
        "splits": comparison.splits,
        "columns": [{"printed": column, "meaning": meaning} for column, meaning in columns.items()],
        "setting": f"Ours: suite {comparison.suite}. {comparison.stand_in}".strip(),
        "rows": [_row(comparison, label, list(columns)) for label in labels],
        "notes": _notes(comparison),
    }


def judged_numbers(comparison: Comparison) -> list[dict[str, str]]:
    """One line a printed number and protocol: the whole record of verdicts."""
    return [
        {
            "table": comparison.table.id,
            "row": row.label,
            "split": row.split,
            "column": judged.cell.column,
            "protocol": judged.protocol,
            "printed": f"{judged.cell.mean:.1f} ± {judged.cell.sd:.1f}",
            "ours": "" if judged.ours is None else _with_sd(judged),
            "n": "" if judged.ours is None else str(judged.ours.n),
            "verdict": judged.verdict.name,
            "why": judged.verdict.why,
        }
        for row in comparison.rows
        for judged in row.judged
    ]


def _with_sd(judged: Judged) -> str:
    mean, sd = _ours(judged)
    return f"{mean} ± {sd}" if sd else mean


def _ours(judged: Judged) -> tuple[str, str]:
    if judged.ours is None:
        return "", ""
    return f"{100 * judged.ours.mean:.1f}", f"{100 * judged.ours.sd:.1f}" if judged.ours.n > 1 else ""


def _row(comparison: Comparison, label: str, columns: list[str]) -> dict[str, Any]:
    on = {row.split: row for row in comparison.rows if row.label == label}
    lines = [_printed_line(comparison, on, columns)]
    lines += [_our_line(comparison, on, columns, protocol) for protocol in comparison.protocols]
    main = [judged.verdict.name for row in on.values() for judged in row.by(comparison.protocols[0])]
    return {
        "label": label,
        "method": next(iter(on.values())).method,
        "lines": lines,
        "verdicts": list(dict.fromkeys(main)),
        "readings": _readings(on),
    }


def _readings(on: dict[str, ComparedRow]) -> list[dict[str, str]]:
    """One sentence where all splits say the same."""
    texts = {split: reading(row) for split, row in on.items()}
    if len(set(texts.values())) == 1:
        return [{"split": "", "text": next(iter(texts.values()))}]
    return [{"split": split, "text": text} for split, text in texts.items()]


def _printed_line(comparison: Comparison, on: dict[str, ComparedRow], columns: list[str]) -> dict[str, Any]:
    numbers = []
    for split in comparison.splits:
        printed = {j.cell.column: j.cell for j in on[split].judged} if split in on else {}
        for column in columns:
            cell = printed.get(column)
            numbers.append(
                {
                    "text": f"{cell.mean:.1f}" if cell else "",
                    "sd": f"{cell.sd:.1f}" if cell else "",
                    "underlined": bool(cell and cell.emphasis),
                    "edge": column == columns[0],
                    "verdict": "",
                    "why": "",
                }
            )
    return {"kind": "printed", "who": "printed", "numbers": numbers}


def _our_line(
    comparison: Comparison, on: dict[str, ComparedRow], columns: list[str], protocol: str
) -> dict[str, Any]:
    numbers = []
    for split in comparison.splits:
        judged = {j.cell.column: j for j in on[split].by(protocol)} if split in on else {}
        for column in columns:
            one = judged.get(column)
            mean, sd = _ours(one) if one else ("", "")
            numbers.append(
                {
                    "text": mean,
                    "sd": sd,
                    "underlined": False,
                    "edge": column == columns[0],
                    "verdict": one.verdict.name if one else "",
                    "why": one.verdict.why if one else "",
                }
            )
    return {"kind": "ours", "who": _who(on, protocol), "numbers": numbers}


def _who(on: dict[str, ComparedRow], protocol: str) -> str:
    """'corrected, n = 3', and which method it was where that is not the row's own or the plain one."""
    run = [judged for row in on.values() for judged in row.by(protocol) if judged.ours]
    seeds = max((judged.ours.n for judged in run if judged.ours), default=0)
    others = dict.fromkeys(judged.another for judged in run if judged.another)
    return (
        f"{protocol}, n = {seeds}{f'; ours: {listed(list(others))}' if others else ''}" if run else protocol
    )


def _notes(comparison: Comparison) -> list[str]:
    notes = []
    renamed = {(c.column, c.metric) for c in comparison.table.cells if c.column == "B-ACC"}
    if any(name == "accuracy" for _, name in renamed):
        notes.append(
            "The paper's B-ACC is plain accuracy, ASCA the balanced accuracy, GM the geometric mean."
        )
    if any(j.metric.startswith("batch_") for row in comparison.rows for j in row.judged):
        notes.append(
            "Under released, metrics are averaged over batches of 100, as the authors computed them."
        )
    notes += [finding.why for finding in comparison.findings if finding.kind == "inconsistent"]
    printed = {cell.runs for cell in comparison.table.cells}
    notes.append(f"Printed means are over {plural(max(printed), 'run')}.")
    return notes
