"""The report's tables for a paper: booktabs, one file a table."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from tailmark.report.beside import heading, side_by_side
from tailmark.report.comparison import Comparison
from tailmark.report.content import Content
from tailmark.report.generated import Made, Maker, Quality, columns
from tailmark.report.grid import Cell, Grid
from tailmark.report.tables import Entry, Row, Table
from tailmark.report.words import Metric

SPECIAL = {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "±": r"$\pm$",
    "≈": r"$\approx$",
    **{sign: f"\\{sign}" for sign in "&%$#_{}"},
}
LETTERS = {
    "reproduced": "r",
    "not reproduced": "n",
    "impossible as printed": "i",
    "stand-in": "s",
    "not run": "",
}


def latex(content: Content) -> dict[str, str]:
    """File name -> a `tabular` to \\input; needs \\usepackage{booktabs}."""
    files = {f"{table.name}.tex": _results(table) for table in content.tables}
    for suite in dict.fromkeys(made.place.suite for made in content.made):
        files[f"{suite}-generated.tex"] = _generated([m for m in content.made if m.place.suite == suite])
    for grid in content.grids:
        files[f"{grid.name}.tex"] = _grid(grid)
    return files | {f"{c.anchor}.tex": _comparison(c) for c in content.comparisons}


def escape(text: str) -> str:
    """Text as text."""
    return re.sub(r"[\\~^±≈&%$#_{}]", lambda match: SPECIAL[match.group()], text)


def _tabular(comment: str, columns: str, header: list[str], body: Iterator[str]) -> str:
    lines = [
        *(f"% {line}" for line in comment.splitlines()),
        f"\\begin{{tabular}}{{{columns}}}",
        r"\toprule",
        *header,
        r"\midrule",
        *body,
        r"\bottomrule",
        r"\end{tabular}",
    ]
    return "\n".join(lines) + "\n"


def _row(cells: list[str]) -> str:
    return " & ".join(cells) + r" \\"


def _results(table: Table) -> str:
    header = [_row(["Method", "$n$", *map(escape, table.columns)])]
    comment = (
        f"{table.title}. Percent, mean and SD over n seeds. Bold: best; underlined: second;\n"
        "raised approx: not shown to differ from the best (paired by seed, Holm, 5 %)."
    )
    return _tabular(comment, "l" + "r" * (1 + len(table.columns)), header, _blocks(table))


def _blocks(table: Table) -> Iterator[str]:
    width = 2 + len(table.columns)
    for number, block in enumerate(table.blocks):
        if number:
            yield r"\addlinespace"
        yield f"\\multicolumn{{{width}}}{{l}}{{\\emph{{{escape(block.name)}}}}} \\\\"
        yield from (_line(row) for row in block.rows)


def _line(row: Row) -> str:
    name = f"\\textit{{{escape(row.method)}}}, {row.aside}" if row.reference else escape(row.method)
    return _row([name, str(row.n), *(_entry(entry) for entry in row.entries)])


def _entry(entry: Entry) -> str:
    mean, _, sd = entry.text.partition(" ± ")
    command = {"best": r"\textbf{%s}", "second": r"\underline{%s}"}.get(entry.place, "%s")
    spread = f" {{\\scriptsize $\\pm$ {sd}}}" if sd else ""
    return (command % mean if mean else "--") + spread + (r"$^{\approx}$" if entry.tied else "")


def _generated(found: list[Made]) -> str:
    shown = columns(found)
    header = [_row(["Method", "$n$", *(escape(of.short) for of in shown)])]
    comment = (
        f"{found[0].place.suite}: what the generators made. Ratios and shares, mean and SD over n seeds.\n"
        "After a stroke: the same number for real samples."
    )
    return _tabular(comment, "l" + "r" * (1 + len(shown)), header, _makers(found, shown))


def _makers(found: list[Made], shown: list[Metric]) -> Iterator[str]:
    for number, one in enumerate(found):
        if number:
            yield r"\addlinespace"
        yield f"\\multicolumn{{{2 + len(shown)}}}{{l}}{{\\emph{{{escape(one.place.split)}}}}} \\\\"
        yield from (_maker(maker, shown) for maker in one.makers)


def _maker(maker: Maker, shown: list[Metric]) -> str:
    name = escape("; ".join((maker.method, *maker.flags)))
    return _row([name, str(maker.n), *(_quality(quality) for quality in maker.pick(shown))])


def _quality(quality: Quality) -> str:
    limit = f" / {quality.limit}" if quality.limit else ""
    return escape(quality.text) + limit if quality.text else "--"


def _grid(grid: Grid) -> str:
    header = [_row([escape(grid.first), *map(escape, grid.columns)])]
    return _tabular(f"{grid.title}. {grid.unit}", "l" + "r" * len(grid.columns), header, _bands(grid))


def _bands(grid: Grid) -> Iterator[str]:
    for number, band in enumerate(grid.bands):
        if number:
            yield r"\addlinespace"
        if band.name:
            yield f"\\multicolumn{{{1 + len(grid.columns)}}}{{l}}{{\\emph{{{escape(band.name)}}}}} \\\\"
        for line in band.lines:
            yield _row([escape(line.head), *map(_cell, line.cells)])


def _cell(cell: Cell) -> str:
    """Without p, which the bold says well enough in a column."""
    text = escape(cell.text) or "--"
    return " ".join([rf"\textbf{{{text}}}" if cell.strong else text, *map(escape, cell.more[:1])])


def _comparison(comparison: Comparison) -> str:
    layout = side_by_side(comparison)
    splits, columns = layout["splits"], layout["columns"]
    groups = [f"\\multicolumn{{{len(columns)}}}{{c}}{{{escape(split)}}}" for split in splits]
    rules = [
        f"\\cmidrule(lr){{{3 + i * len(columns)}-{2 + (i + 1) * len(columns)}}}" for i in range(len(splits))
    ]
    header = [
        _row(["", "", *groups]),
        " ".join(rules),
        _row(["Printed row", "Numbers", *(escape(c["printed"]) for _ in splits for c in columns)]),
    ]
    comment = (
        f"{heading(comparison)}. {layout['unit']}, mean and SD. {layout['attested']}".rstrip() + "\n"
        "Raised letters: r reproduced, n not reproduced, i impossible as printed, s stand-in; -- not run."
    )
    return _tabular(comment, "ll" + "r" * len(splits) * len(columns), header, _pairs(layout["rows"]))


def _pairs(rows: list[dict[str, Any]]) -> Iterator[str]:
    for number, row in enumerate(rows):
        if number:
            yield r"\addlinespace"
        for line in row["lines"]:
            label = escape(row["label"]) if line["kind"] == "printed" else ""
            yield _row([label, escape(line["who"]), *(_number(number) for number in line["numbers"])])


def _number(number: dict[str, Any]) -> str:
    if not number["text"]:
        return "--" if number["verdict"] else ""
    spread = f" {{\\scriptsize $\\pm$ {number['sd']}}}" if number["sd"] else ""
    mean = f"\\underline{{{number['text']}}}" if number["underlined"] else number["text"]
    letter = LETTERS.get(number["verdict"], "")
    return mean + spread + (f"$^{{\\mathrm{{{letter}}}}}$" if letter else "")
