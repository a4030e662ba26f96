"""A comparison laid out: under each printed row ours, protocol by protocol, column by column."""

from __future__ import annotations

from typing import Any

from tailmark.published import PrintedCell, PublishedTable, caution, gathered_in
from tailmark.report.comparison import ComparedRow, Comparison, Judged, reading
from tailmark.report.words import listed, metric, plural


def short(comparison: Comparison) -> str:
    """'mgvae/2'."""
    return comparison.table.id


def heading(comparison: Comparison) -> str:
    """'Table 2 of mgvae: MNIST, digits 0-4 against 5-9'; a list is none that the paper prints."""
    table = comparison.table
    return f"{gathered_in(table.attested[0])} {table.number} of {table.paper}: {table.title}"


def attested(table: PublishedTable) -> str:
    """How far to trust what is not print at first hand, and which rows where it is not all; else empty."""
    said = []
    for kind in table.attested:
        rows = list(dict.fromkeys(cell.row for cell in table.cells if cell.attested == kind))
        these = f" These rows: {listed(rows, most=len(rows))}." if len(table.attested) > 1 else ""
        said += [f"{caution(kind)}{these}"] if caution(kind) else []
    return " ".join(said)


def side_by_side(comparison: Comparison) -> dict[str, Any]:
    """The table's columns, rows and notes, for any writer."""
    cells = comparison.table.cells
    columns = {cell.column: metric(cell.metric).meaning for cell in cells}
    heads = dict.fromkeys(map(comparison.head, comparison.rows))
    return {
        "splits": comparison.groups,
        "columns": [{"printed": column, "meaning": meaning} for column, meaning in columns.items()],
        "unit": "In the unit of print" if any(cell.fraction for cell in cells) else "Percent",
        "setting": f"Ours: suite {comparison.suite}. {comparison.stand_in}".strip(),
        "attested": attested(comparison.table),
        "rows": [_row(comparison, head, list(columns)) for head in heads],
        "notes": _notes(comparison),
    }


def judged_numbers(comparison: Comparison) -> list[dict[str, str]]:
    """One line a printed number and protocol: the whole record of verdicts."""
    return [
        {
            "table": comparison.table.id,
            "row": row.label,
            "split": row.where,
            "column": judged.cell.column,
            "protocol": judged.protocol,
            "printed": _marked(judged.cell),
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
    """Mean and SD in the unit and with the digits of print."""
    ours, shown = judged.ours, judged.cell.shown
    if ours is None:
        return "", ""
    return shown(100 * ours.mean), shown(100 * ours.sd) if ours.n > 1 else ""


def _marked(cell: PrintedCell) -> str:
    """As printed; a standard error that no runs have carries a mark."""
    return f"{cell.printed[:-1]}!)" if cell.error is not None and cell.sd is None else cell.printed


def _row(comparison: Comparison, head: str, columns: list[str]) -> dict[str, Any]:
    on = {comparison.group(row): row for row in comparison.rows if comparison.head(row) == head}
    lines = [_printed_line(comparison, on, columns)]
    lines += [_our_line(comparison, on, columns, protocol) for protocol in comparison.protocols]
    main = [judged.verdict.name for row in on.values() for judged in row.by(comparison.protocols[0])]
    return {
        "label": head,
        "method": next(iter(on.values())).method,
        "lines": lines,
        "verdicts": list(dict.fromkeys(main)),
        "readings": _readings(on),
    }


def _readings(on: dict[str, ComparedRow]) -> list[dict[str, str]]:
    """One sentence where all splits say the same."""
    texts = {group: reading(row) for group, row in on.items()}
    if len(set(texts.values())) == 1:
        return [{"split": "", "text": next(iter(texts.values()))}]
    return [{"split": group, "text": text} for group, text in texts.items()]


def _printed_line(comparison: Comparison, on: dict[str, ComparedRow], columns: list[str]) -> dict[str, Any]:
    numbers = []
    for group in comparison.groups:
        printed = {j.cell.column: j.cell for j in on[group].judged} if group in on else {}
        for column in columns:
            cell = printed.get(column)
            mean, _, sd = _marked(cell).partition(" ± ") if cell else ("", "", "")
            numbers.append(
                {
                    "text": mean,
                    "sd": sd,
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
    for group in comparison.groups:
        judged = {j.cell.column: j for j in on[group].by(protocol)} if group in on else {}
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
    notes += [finding.why for finding in comparison.findings if finding.kind in ("inconsistent", "remark")]
    notes += [comparison.table.note] if comparison.table.note else []
    cells = comparison.table.cells
    notes.append(_runs(sorted({cell.runs for cell in cells})))
    if any(cell.error is not None for cell in cells):
        notes.append("In brackets: the printed standard errors. Ours are SDs.")
    if any(cell.error is not None and cell.sd is None for cell in cells):
        notes.append("An exclamation mark: no runs with this mean have that standard error.")
    if any(cell.fraction for cell in cells):
        notes.append("Where print has fractions, so has ours.")
    return notes


def _runs(counts: list[int]) -> str:
    """'Printed means are over 3 runs.', '... over 1 or 5 runs.'"""
    if counts == [1]:
        return "Every number counts as one run, so nothing is known of its spread."
    *fewer, most = counts
    return f"Printed means are over {' or '.join([*map(str, fewer), plural(most, 'run')])}."
