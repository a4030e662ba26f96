"""The report as one HTML file: no network, light and dark, sortable where there is JavaScript."""

from __future__ import annotations

import re
from functools import cache
from html import escape
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from tailmark.published import RULE
from tailmark.report.beside import heading, judged_numbers, short, side_by_side
from tailmark.report.content import Content
from tailmark.report.figures.style import FAINT, INK, MUTED
from tailmark.report.generated import HOW_TO_READ, columns
from tailmark.report.licences import WITHHELD
from tailmark.report.missing import runs_planned
from tailmark.report.semi import unprinted
from tailmark.report.setting import facts, provenance, setting, strapline
from tailmark.report.words import METRICS, PROTOCOLS, REFERENCES, VERDICTS, plural


def page(content: Content) -> str:
    """The whole file."""
    return _environment().get_template("page.html.j2").render(_context(content))


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("tailmark.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"slug": slug, "inline": inline}
    return environment


def slug(text: str) -> str:
    """Fit for a class name or an anchor."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")


def inline(svg: str, alt: str) -> Markup:
    """A figure inside of the page: read aloud by its alternative text, coloured by the page's theme."""
    themed = svg
    for colour, variable in ((INK, "--ink"), (MUTED, "--muted"), (FAINT, "--line")):
        themed = themed.replace(colour, f"var({variable})")
    themed = re.sub(r"<defs>\s*<style.*?</style>\s*</defs>\s*", "", themed, count=1, flags=re.S)
    themed = re.sub(r'(<svg\b[^>]*?) width="[^"]*" height="[^"]*"', r"\1", themed, count=1)
    return Markup(themed.replace("<svg ", f'<svg role="img" aria-label="{escape(alt)}" ', 1))


def _context(content: Content) -> dict[str, Any]:
    shown = {column for table in content.tables for column in table.columns}
    return {
        "tier": content.params.tier,
        "strapline": strapline(content, runs_planned(content.params)),
        "facts": facts(content),
        "outcomes": content.outcomes,
        "doubts": content.doubts,
        "answered": content.answered,
        "findings": content.findings,
        "how_to_read": HOW_TO_READ,
        "withheld": WITHHELD,
        "signs": VERDICTS,
        **_verdicts(content),
        "suites": [_suite(content, name) for name in content.params.suites],
        "across": [picture for picture in content.pictures if not picture.suite],
        "missing": _missing(content),
        "metrics": [metric for metric in METRICS.values() if metric.short in shown],
        "protocols": PROTOCOLS,
        "references": REFERENCES,
        "rule": RULE,
        "provenance": provenance(content),
        "digests": dict(sorted(content.records.data_digests.items())),
        "environments": content.records.environments,
    }


def _verdicts(content: Content) -> dict[str, Any]:
    total = {name: 0 for name in VERDICTS}
    for comparison in content.comparisons:
        for name, count in comparison.counts(comparison.protocols[0]).items():
            total[name] += count
    tables = plural(len(content.comparisons), "published table")
    return {
        "comparisons": [_comparison(c) for c in content.comparisons],
        "verdict_counts": total,
        "verdict_total": f"{plural(sum(total.values()), 'printed number')} in {tables}, judged by our corrected runs. "
        "The bars below also judge the other protocols.",
        "collapse": any(row.collapsed for c in content.comparisons for row in c.rows)
        or any(place.protocol == "released" for place in content.results.places),
        "audit": [
            {"table": short(c), **vars(finding)} for c in content.comparisons for finding in c.findings
        ],
        "judged": [line for c in content.comparisons for line in judged_numbers(c)],
    }


def _comparison(comparison: Any) -> dict[str, Any]:
    return {
        "anchor": comparison.anchor,
        "short": short(comparison),
        "heading": heading(comparison),
        "counts": {protocol: comparison.counts(protocol) for protocol in comparison.protocols},
        **side_by_side(comparison),
    }


def _suite(content: Content, name: str) -> dict[str, Any]:
    suite = content.params.suites[name]
    made = [made for made in content.made if made.place.suite == name]
    return {
        "made": made,
        "qualities": columns(made),
        "experts": [one for one in content.experts if one.place.suite == name],
        "grids": [grid for grid in content.of_suites if grid.suite == name],
        "unprinted": unprinted(suite),
        "reduced": content.reduced[name],
        "withheld": any(picture.suite == name for picture in content.local),
        "name": name,
        "title": suite.title,
        "note": suite.note,
        "setting": setting(suite),
        "protocol": content.results.main_protocol(name),
        "outcomes": [outcome for outcome in content.outcomes if outcome.place.suite == name],
        "tables": [table for table in content.tables if table.suite == name],
        "pictures": [picture for picture in content.pictures if picture.suite == name],
    }


def _missing(content: Content) -> list[dict[str, str]]:
    failures = content.records.failures
    return [
        {
            "suite": cell.suite,
            "split": cell.split,
            "protocol": cell.protocol,
            "method": cell.method,
            "seeds": "all" if len(cell.seeds) == cell.of else ", ".join(map(str, cell.seeds)),
            "why": failures.get((cell.suite, cell.split, cell.protocol, cell.method), "never started"),
        }
        for cell in content.missing
    ]
