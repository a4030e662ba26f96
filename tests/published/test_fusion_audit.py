"""Paper 004: pairs of accuracy and F1 that no runs have, weights that do not sum to 1, and what F1 means."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tailmark import metrics
from tailmark.published import PrintedCell, PublishedTable, audit, macro_f1_bounds, table
from tailmark.published.envelope import mean_macro_f1_bounds


def found(of, kind):
    return [finding for finding in audit(of) if finding.kind == kind]


def test_every_impossible_pair_in_print():
    broken = found(table("fusion/1"), "impossible")
    assert Counter(finding.row for finding in broken) == {
        "MMD": 19,
        "MMD-LA": 20,
        "M²LC-NET": 20,
        "SADE-LMF": 4,
    }
    assert {finding.metrics for finding in broken} == {("accuracy", "macro_f1")}
    assert {f.split.partition(", ")[2] for f in broken if f.row == "SADE-LMF"} == {"forward-50"}
    of_mmd = {finding.split for finding in broken if finding.row == "MMD"}
    assert {where for row, where in table("fusion/1").rows() if row == "MMD"} - of_mmd == {
        "tail-100, forward-50"
    }
    assert min(finding.gap for finding in broken) > 0.5  # points: none hangs on rounding


def test_the_reason_and_the_arithmetic_hold_the_printed_numbers():
    finding = next(f for f in audit(table("fusion/1")) if (f.row, f.split) == ("MMD", "tail-100, uniform"))
    assert finding.arithmetic == "F1 0.6507, but 0.9656 to 0.9837 at ACC 97.67"
    assert finding.why == (
        "ACC 97.67 and F1 0.6507: runs of that accuracy have a macro F1 of 0.9656 to 0.9837 on these test counts."
    )


@pytest.mark.parametrize(
    ("row", "low", "high"),
    [
        ("MMD", 0.9753, 0.9778),
        ("MMD-LA", 0.9811, 0.9826),
        ("M²LC-NET", 0.9927, 0.9929),
        ("SADE", 0.843, 0.907),
        ("SADE-LMF", 0.9856, 0.9865),
        ("PROPOSED METHOD", 0.9734, 0.9762),
    ],
)
def test_what_one_run_leaves_on_the_uniform_mix(row, low, high):
    """At training ratio 100; the bounds of the mean over runs lie around them."""
    of = table("fusion/1")
    accuracy = of.rows()[row, "tail-100, uniform"]["accuracy"].mean / 100
    one, runs = (bounds(of.counts("uniform"), accuracy) for bounds in (macro_f1_bounds, mean_macro_f1_bounds))
    assert one == pytest.approx((low, high), abs=1.2e-3 if row == "SADE" else 1.2e-4)
    assert runs[0] <= one[0] <= one[1] <= runs[1]


def test_the_one_pair_that_only_runs_far_apart_can_have():
    (finding,) = found(table("fusion/1"), "uneven")
    assert (finding.row, finding.split) == ("PROPOSED METHOD", "tail-100, uniform")
    assert finding.gap == pytest.approx(0.1346, abs=1e-3)  # 0.0014 above the highest of one run
    assert "strained, not impossible" in finding.why


def one_pair(counts, accuracy, f1, digits=2):
    unit = 10.0**-digits
    cells = (
        PrintedCell(
            "ROW", "mmd", "holdout", "ACC", "accuracy", round(accuracy, digits), None, unit, 10, None
        ),
        PrintedCell("ROW", "mmd", "holdout", "F1", "macro_f1", round(f1, digits), None, unit, 10, None),
    )
    return PublishedTable("test/1", "test", 1, "One pair", "test", tuple(counts), cells)


def test_a_mean_of_runs_leaves_the_bounds_of_one_run():
    """Nine perfect runs and one that loses a class: each run is possible, their mean is no single run."""
    counts = (20,) * 5
    lost = np.diag([20, 20, 20, 20, 0])
    lost[4, :4] = 5
    values = metrics.from_confusion(lost)
    accuracy, f1 = (0.9 + 0.1 * values[name] for name in ("accuracy", "macro_f1"))
    assert f1 < macro_f1_bounds(counts, accuracy)[0] - 0.001
    assert f1 >= mean_macro_f1_bounds(counts, accuracy)[0]
    assert [f.kind for f in audit(one_pair(counts, 100 * accuracy, 100 * f1))] == ["uneven"]


@st.composite
def runs_of_predictions(draw):
    """Up to four confusion matrices on the same classes, from perfect to hopeless."""
    n_classes = draw(st.integers(2, 4))
    counts = draw(st.lists(st.integers(1, 60), min_size=n_classes, max_size=n_classes))
    runs = []
    for _ in range(draw(st.integers(1, 4))):
        matrix = np.diag(counts)
        for k, n in enumerate(counts):
            wrong, to = draw(st.integers(0, n)), draw(st.integers(1, n_classes - 1))
            matrix[k, k] -= wrong
            matrix[k, (k + to) % n_classes] += wrong
        runs.append(metrics.from_confusion(matrix))
    return counts, {m: 100 * float(np.mean([run[m] for run in runs])) for m in ("accuracy", "macro_f1")}


@given(runs_of_predictions(), st.sampled_from([1, 2]))
@settings(deadline=None, max_examples=60)
def test_honest_runs_are_never_called_impossible(case, digits):
    counts, means = case
    findings = audit(one_pair(counts, means["accuracy"], means["macro_f1"], digits))
    assert "impossible" not in {finding.kind for finding in findings}


def test_without_both_numbers_or_a_test_set_nothing_is_said():
    whole = one_pair((20, 20, 20), 90.0, 10.0)
    assert [f.kind for f in audit(whole)] == ["impossible"]
    assert audit(PublishedTable("t/1", "t", 1, "", "t", (20, 20, 20), whole.cells[:1])) == []
    assert audit(PublishedTable("t/1", "t", 1, "", "t", (), whole.cells)) == []


def test_weights_that_do_not_sum_to_one():
    (finding,) = found(table("fusion/2"), "impossible")
    assert (finding.row, finding.split) == ("SADE", "tail-50, backward-10")
    assert finding.arithmetic == "0.05 + 0.06 + 0.86 = 0.97, but 1 within 0.015"
    assert finding.metrics == ("weight/1", "weight/2", "weight/3")
    assert found(table("fusion/4"), "impossible") == []


def test_the_trace_of_the_stop_rule():
    (remark,) = found(table("fusion/2"), "remark")
    assert {cell.text for cell in remark.cells} == {"0.04"}
    assert len(remark.cells) == 5
    assert found(table("fusion/4"), "remark") == []


def test_f1_of_melanoma_is_not_that_of_the_rare_class():
    (finding,) = found(table("fusion/3"), "inconsistent")
    assert finding.row == "1 of 6 rows"
    assert [cell.row for cell in finding.cells] == ["SADE"]
    assert finding.arithmetic.endswith("= 0.5436 x 308.7 / (2 x 0.4564) = 183.9, but at most 115")


def test_no_accuracy_of_melanoma_is_above_the_constant_answer():
    (remark,) = found(table("fusion/3"), "remark")
    assert "gives an accuracy of 98.26 and a mean F1 of 0.4956" in remark.why
    assert "No row is more than 0.02 points above" in remark.why
    assert found(table("fusion/3"), "impossible") == []
    better = one_pair((6510, 115), 98.5, 62.0)
    assert [finding.kind for finding in audit(better)] == []


@pytest.mark.parametrize("mix", ["forward-50", "uniform"])
def test_the_bounds_of_means_hold_between_the_points_they_are_taken_at(mix):
    """One run is a mean of runs too: nowhere is it allowed more, but for 0.001 points."""
    counts = table("fusion/1").counts(mix)
    for accuracy in np.random.default_rng(0).uniform(0, 1, 300) ** [[1], [4]]:
        for at in accuracy:
            (low, high), (least, most) = macro_f1_bounds(counts, at), mean_macro_f1_bounds(counts, at)
            assert least <= low + 1e-5
            assert high <= most + 1e-5
