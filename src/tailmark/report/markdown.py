"""The report as Markdown: the same tables and sentences, for a reader of the repository."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from tailmark.published import RULE
from tailmark.report.answered import Answered
from tailmark.report.beside import heading, side_by_side
from tailmark.report.comparison import Comparison
from tailmark.report.content import Content
from tailmark.report.experts import Experts
from tailmark.report.finding import Finding
from tailmark.report.generated import HOW_TO_READ, Made, Quality, columns
from tailmark.report.grid import Cell, Grid
from tailmark.report.licences import WITHHELD
from tailmark.report.missing import runs_planned
from tailmark.report.semi import unprinted
from tailmark.report.setting import facts, setting, strapline
from tailmark.report.tables import Entry, Row, Table
from tailmark.report.words import VERDICTS

LEGEND = (
    "Percent, mean ± SD over n seeds. **Bold**: best; <u>underlined</u>: second; ≈: not shown to differ from the "
    "best (paired by seed, Holm, 5 %). Rows in italics frame the table and are not ranked."
)


def markdown(content: Content) -> str:
    """The whole file."""
    parts = [
        "# Tailmark: learning from long-tailed data",
        escape(strapline(content, runs_planned(content.params))) + ".",
        *_glance(content),
        *(part for one in content.answered for part in _answered(one)),
        *(part for one in content.findings for part in _finding(one)),
        *(part for comparison in content.comparisons for part in _comparison(comparison)),
        *(part for suite in content.params.suites for part in _suite(content, suite)),
        *_figures(content, ""),
        *_rule(content),
    ]
    return "\n\n".join(parts) + "\n"


def escape(text: str) -> str:
    """Text as text: no emphasis, links, tables or HTML by accident."""
    return re.sub(r"([\\`*_\[\]<>|~#])", r"\\\1", text)


def table(header: Sequence[str], lines: Sequence[Sequence[str]], numbers_from: int) -> str:
    """A pipe table; columns from `numbers_from` on stand right."""
    rule = ["---" if column < numbers_from else "---:" for column in range(len(header))]
    return "\n".join(f"| {' | '.join(line)} |" for line in (header, rule, *lines))


def _glance(content: Content) -> Iterator[str]:
    yield "## At a glance"
    yield "\n".join(f"- {term}: {escape(text)}" for term, text in facts(content))
    if content.outcomes:
        yield "**Highest balanced accuracy**"
        yield "\n".join(
            f"- {escape(f'{o.place.suite}, {o.place.split}: {o.best} {o.score} (n = {o.n}). {o.rest}')}"
            for o in content.outcomes
        )
    if content.comparisons:
        yield "**What reproduces**"
        lines = [
            [escape(c.table.id), protocol, *(str(n) for n in c.counts(protocol).values())]
            for c in content.comparisons
            for protocol in c.protocols
        ]
        yield table(["Table", "Protocol", *(f"{sign} {name}" for name, sign in VERDICTS.items())], lines, 2)
    if content.doubts:
        yield "**What to distrust**"
        yield "\n".join(f"- **{escape(doubt.what)}.** {escape(doubt.why)}" for doubt in content.doubts)


def _comparison(comparison: Comparison) -> Iterator[str]:
    layout = side_by_side(comparison)
    columns = [f"{column['printed']} ({s})" for s in layout["splits"] for column in layout["columns"]]
    yield f"## {escape(heading(comparison))}"
    yield escape(layout["setting"])
    if layout["attested"]:
        yield f"**{escape(layout['attested'])}**"
    lines = [
        [
            escape(row["label"]) if line["kind"] == "printed" else "",
            escape(line["who"]),
            *map(_number, line["numbers"]),
        ]
        for row in layout["rows"]
        for line in row["lines"]
    ]
    yield table(["Printed row", "Numbers", *map(escape, columns)], lines, 2)
    yield "\n".join(f"- {escape(row['label'])}: {escape(_said(row['readings']))}" for row in layout["rows"])
    yield " ".join(map(escape, layout["notes"]))


def _said(readings: list[dict[str, str]]) -> str:
    return " ".join(f"{r['split']}: {r['text']}" if r["split"] else r["text"] for r in readings)


def _number(number: dict[str, Any]) -> str:
    text = f"{number['text']} ± {number['sd']}" if number["sd"] else number["text"]
    marked = f"<u>{text}</u>" if number["underlined"] else text
    return f"{marked} {VERDICTS[number['verdict']]}".strip() if number["verdict"] else marked


def _suite(content: Content, name: str) -> Iterator[str]:
    suite = content.params.suites[name]
    yield f"## {escape(suite.title)}"
    yield escape(setting(suite))
    if suite.note:
        yield f"Note. {escape(suite.note)}"
    if said := unprinted(suite):
        yield f"Note. {escape(said)}"
    found = [table for table in content.tables if table.suite == name]
    for one in found:
        yield from _results(one)
    yield LEGEND if found else "Nothing of this suite was run."
    yield from map(escape, content.reduced[name])
    yield from _generated([made for made in content.made if made.place.suite == name])
    yield from _experts([one for one in content.experts if one.place.suite == name])
    for grid in content.of_suites:
        if grid.suite == name:
            yield from _grid(grid)
            yield escape(grid.unit)
    if any(picture.suite == name for picture in content.local):
        yield f"Note. {escape(WITHHELD)}"
    yield from _figures(content, name)


def _results(one: Table) -> Iterator[str]:
    for block in one.blocks:
        yield f"### {escape(f'{one.title}: {block.name}')}"
        yield table(["Method", "n", *map(escape, one.columns)], [_line(row) for row in block.rows], 1)
    shared = {row.method: row.same_runs_as for block in one.blocks for row in block.rows if row.same_runs_as}
    for method, owner in shared.items():
        yield f"{escape(method)} has the same runs as {escape(owner)}."


def _line(row: Row) -> list[str]:
    name = f"*{escape(row.method)}*, {row.aside}" if row.reference else escape(row.method)
    return [name, str(row.n), *(_entry(entry) for entry in row.entries)]


def _entry(entry: Entry) -> str:
    text = {"best": f"**{entry.text}**", "second": f"<u>{entry.text}</u>"}.get(entry.place, entry.text)
    return f"{text} ≈" if entry.tied else text


def _answered(one: Answered) -> Iterator[str]:
    yield f"## {escape(one.asked.title)}"
    yield escape(" ".join(one.question.overall))
    if one.by_place:
        yield "\n".join(f"- **{escape(where)}:** {escape(text)}" for where, text in one.by_place)
    for grid in one.grids:
        yield from _grid(grid)
    yield escape(one.asked.meaning)
    yield f"![{one.asked.who} less each rival](figures/{one.asked.name}.svg)"


def _finding(one: Finding) -> Iterator[str]:
    yield f"## {escape(one.title)}"
    yield "\n".join(f"- {escape(sentence)}" for sentence in one.said)
    for grid in one.grids:
        yield from _grid(grid)
    yield escape(one.meaning)
    if one.picture:
        yield f"![{escape(one.picture.alt)}](figures/{one.picture.name}.svg)"
        yield f"*{escape(one.picture.title)}.* {escape(one.picture.caption)}"


def _experts(found: list[Experts]) -> Iterator[str]:
    if found:
        yield "### Experts and their weights"
        yield escape(" ".join(found[0].told))
    for one in found:
        yield "\n".join(f"- {escape(sentence)}" for sentence in one.drift)
        yield from _grid(one.grid)
        yield escape(one.grid.unit)


def _grid(grid: Grid) -> Iterator[str]:
    """A table a band, for pipe tables have no bands."""
    for band in grid.bands:
        yield f"#### {escape(': '.join(filter(None, (grid.title, band.name))))}"
        lines = [
            [escape(": ".join(filter(None, (line.head, line.aside)))), *map(_cell, line.cells)]
            for line in band.lines
        ]
        yield table([grid.first, *map(escape, grid.columns)], lines, 1)


def _cell(cell: Cell) -> str:
    text = f"**{escape(cell.text)}**" if cell.strong else escape(cell.text)
    return f"{text} ({escape('; '.join(cell.more))})" if cell.more else text


def _generated(found: list[Made]) -> Iterator[str]:
    shown = columns(found)
    for one in found:
        yield f"### {escape(f'{one.place.suite}, what the generators made: {one.place.split}')}"
        lines = [
            [escape("; ".join((m.method, *m.flags))), str(m.n), *(_quality(q) for q in m.pick(shown))]
            for m in one.makers
        ]
        yield table(["Method", "n", *(escape(of.short) for of in shown)], lines, 1)
        if one.diversity:
            yield escape(one.diversity)
    if found:
        yield escape(HOW_TO_READ)
        yield "\n".join(f"- {escape(of.short)}: {escape(of.meaning)}." for of in shown)


def _quality(quality: Quality) -> str:
    return f"{quality.text} / {quality.limit}" if quality.limit and quality.text else quality.text


def _figures(content: Content, suite: str) -> Iterator[str]:
    for picture in content.pictures:
        if picture.suite == suite:
            yield f"![{escape(picture.alt)}](figures/{picture.name}.svg)"
            yield f"*{escape(picture.title)}.* {escape(picture.caption)}"


def _rule(content: Content) -> Iterator[str]:
    if content.comparisons:
        yield "## When a number counts as reproduced"
        yield escape(RULE)
