"""The audit of a table: every check, row by row and then over all rows."""

from __future__ import annotations

from collections.abc import Iterator

from tailmark.published import identities, macro_f1, standard_errors, two_classes, weights
from tailmark.published.findings import Finding
from tailmark.published.printed import PublishedTable


def audit(table: PublishedTable) -> list[Finding]:
    """Every number that cannot be as printed, or hardly can, and what the rows together say against the text."""
    return [*_of_rows(table), *_of_all(table)]


def _of_rows(table: PublishedTable) -> Iterator[Finding]:
    for row in table.rows().values():
        counts = table.counts(next(iter(row.values())).mix)
        found = [breach.finding() for breach in identities.breaches(row, counts)]
        found += [macro_f1.contradiction(row, counts), weights.not_summing_to_one(row)]
        yield from (finding for finding in found if finding is not None)


def _of_all(table: PublishedTable) -> Iterator[Finding]:
    yield from standard_errors.impossible(table)
    yield from identities.not_balanced(table)
    yield from standard_errors.of_another_unit(table)
    yield from two_classes.readings(table)
    yield from weights.of_the_stop_rule(table)
