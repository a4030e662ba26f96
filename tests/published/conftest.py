"""Printed cells and tables made for a test."""

import pytest

from tailmark.published import PrintedCell, PublishedTable

COLUMNS = {"accuracy": "B-ACC", "balanced_accuracy": "ASCA", "gmean": "GM"}


@pytest.fixture
def cell():
    def make(mean, sd=1.0, metric="accuracy", unit=0.1, runs=3):
        return PrintedCell("ROW", "erm", "natural", COLUMNS[metric], metric, mean, sd, unit, runs, None)

    return make


@pytest.fixture
def one_row(cell):
    """A table of one row, from the means of its metrics."""

    def make(counts, unit=0.1, **means):
        cells = tuple(cell(mean, metric=metric, unit=unit) for metric, mean in means.items())
        return PublishedTable("test/1", "test", 1, "One row", "test", tuple(counts), cells)

    return make
