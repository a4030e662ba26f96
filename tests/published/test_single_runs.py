"""Numbers of one run: what the tolerance makes of them, and what the audit can and cannot know."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tailmark import metrics
from tailmark.published import PrintedCell, PublishedTable, audit, tables
from tailmark.published.verdicts import tolerance
from tailmark.statistics import Summary


def one_run(counts, accuracy, f1, runs=1):
    pair = {"accuracy": accuracy, "macro_f1": f1}
    cells = tuple(
        PrintedCell("ROW", "erm", "official", name, name, round(value, 2), None, 0.01, runs, None)
        for name, value in pair.items()
    )
    return PublishedTable("test/1", "test", 1, "One run", "test", counts, cells)


def kinds(table):
    return [finding.kind for finding in audit(table)]


def test_the_tolerance_is_that_of_one_new_run_beside_the_mean_of_ours():
    """t at 4 degrees of freedom is 2.776: our spread stands for that of the one run."""
    (cell, _) = one_run(None, 60.0, 60.0).cells
    ours = Summary(0.6, 0.009, 5, math.nan, math.nan)
    assert tolerance(cell, ours) == pytest.approx(2.7764 * 0.9 * math.sqrt(1 + 1 / 5) + 0.005, abs=1e-4)


def test_without_counts_nothing_is_claimed():
    assert kinds(one_run(None, 60.0, 99.0)) == []
    assert kinds(one_run((124,) * 6, 60.0, 99.0)) == ["impossible"]


def test_one_run_cannot_be_a_mean_of_runs_that_differ():
    """The strained pair of paper 004: a mean over runs far apart can have it, one run cannot."""
    counts = (892,) * 10
    assert kinds(one_run(counts, 97.50, 97.76, runs=10)) == ["uneven"]
    (finding,) = audit(one_run(counts, 97.50, 97.76))
    assert finding.kind == "impossible"
    assert "one run of that accuracy has a macro F1 of" in finding.why


@given(st.integers(2, 6), st.data())
@settings(deadline=None, max_examples=200)
def test_an_honest_run_is_never_called_impossible(classes, data):
    matrix = np.array(
        data.draw(
            st.lists(
                st.lists(st.integers(0, 40), min_size=classes, max_size=classes),
                min_size=classes,
                max_size=classes,
            )
        )
    ) + np.eye(classes, dtype=int)
    values = metrics.from_confusion(matrix)
    counts = tuple(int(n) for n in matrix.sum(axis=1))
    assert "impossible" not in kinds(one_run(counts, 100 * values["accuracy"], 100 * values["macro_f1"]))


def test_the_audit_finds_nothing_where_it_can_know_nothing():
    assert {id: audit(table) for id, table in tables().items() if table.test_counts is None} == {
        id: [] for id in tables() if id.partition("/")[0] in ("arl", "balance")
    }
