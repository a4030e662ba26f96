"""The bounds of macro F1: real predictions stay inside, and known impossible numbers fall outside."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tailmark import metrics
from tailmark.errors import TailmarkError
from tailmark.published import macro_f1_bounds
from tailmark.published.bounds import _least_f1

FORWARD_50 = [892, 577, 373, 242, 156, 101, 65, 42, 27, 17]


def macro_f1(matrix):
    values = metrics.from_confusion(np.asarray(matrix))
    return values["accuracy"], values["macro_f1"]


@st.composite
def confusion_matrices(draw):
    """Any errors, from none to nothing but errors, concentrated or spread."""
    n_classes = draw(st.integers(2, 5))
    counts = st.one_of(st.just(0), st.integers(0, 5), st.integers(0, 200))
    cells = draw(st.lists(counts, min_size=n_classes**2, max_size=n_classes**2))
    matrix = np.array(cells).reshape(n_classes, n_classes)
    matrix[:, 0] += matrix.sum(axis=1) == 0  # no class is empty
    return matrix


@given(confusion_matrices())
@settings(deadline=None, max_examples=300)
def test_no_predictions_are_outside(matrix):
    accuracy, f1 = macro_f1(matrix)
    low, high = macro_f1_bounds(matrix.sum(axis=1), accuracy)
    assert 0 <= low <= high <= 1
    assert low - 1e-9 <= f1 <= high + 1e-9


@pytest.mark.parametrize(("first", "second"), [(5, 5), (9, 3), (12, 1)])
def test_two_classes_reach_both_bounds(first, second):
    """Every confusion matrix of two classes, by brute force; at an odd number of errors the top is between two."""
    found: dict[int, list[float]] = {}
    for missed, alarms in itertools.product(range(first + 1), range(second + 1)):
        f1 = macro_f1([[first - missed, missed], [alarms, second - alarms]])[1]
        found.setdefault(missed + alarms, []).append(f1)
    for errors, f1s in found.items():
        low, high = macro_f1_bounds([first, second], 1 - errors / (first + second))
        assert min(f1s) == pytest.approx(low)
        assert max(f1s) <= high + 1e-12
        if (first + second - errors) % 2 == 0:
            assert max(f1s) == pytest.approx(high)


def test_three_classes_come_close_to_both_bounds():
    """All ways to spread a few errors over three classes, by brute force."""
    counts, pairs = [8, 5, 4], [(0, 1), (0, 2), (1, 0), (1, 2), (2, 0), (2, 1)]
    for errors in range(1, 5):
        f1s = []
        for chosen in itertools.combinations_with_replacement(pairs, errors):
            matrix = np.diag(counts)
            for true, said in chosen:
                matrix[true, true] -= 1
                matrix[true, said] += 1
            if (np.diagonal(matrix) >= 0).all():
                f1s.append(macro_f1(matrix)[1])
        low, high = macro_f1_bounds(counts, 1 - errors / sum(counts))
        assert low <= min(f1s) < low + 0.06
        assert high - 0.04 < max(f1s) <= high + 1e-12


def lowest_of_all_corners(sizes, accuracy):
    """Every set of classes that is lost entirely, with every class that takes the rest of the misses."""
    errors = (1 - accuracy) * sum(sizes)
    found = []
    for lost in itertools.product([False, True], repeat=len(sizes)):
        rest = errors - sum(itertools.compress(sizes, lost))
        left = [n for n, gone in zip(sizes, lost, strict=True) if not gone]
        for one, n in enumerate(left):
            if 0 <= rest < n:
                hits = np.array(left, dtype=float)
                hits[one] -= rest
                found.append(_least_f1(np.array(left, dtype=float), hits, errors) / len(sizes))
    return min(found)


@pytest.mark.parametrize("accuracy", [0.999, 0.99, 0.95, 0.8, 0.3])
def test_to_lose_the_smallest_classes_first_is_worst(accuracy):
    """On the most uneven mix of paper 004, less its three middle classes to be quick."""
    sizes = FORWARD_50[:3] + FORWARD_50[6:]
    assert macro_f1_bounds(sizes, accuracy)[0] == pytest.approx(lowest_of_all_corners(sizes, accuracy))


@given(st.lists(st.integers(1, 60), min_size=3, max_size=5), st.floats(0.01, 0.99))
@settings(deadline=None, max_examples=60)
def test_so_it_is_for_any_sizes(sizes, accuracy):
    assert macro_f1_bounds(sizes, accuracy)[0] == pytest.approx(lowest_of_all_corners(sizes, accuracy))


@pytest.mark.parametrize(
    ("accuracy", "low", "high"),
    [
        (0.9767, 0.9753, 0.9778),
        (0.9819, 0.9811, 0.9826),
        (0.9928, 0.9927, 0.9929),
        (0.9861, 0.9856, 0.9865),
        (0.9750, 0.9734, 0.9763),
        (0.8896, 0.8425, 0.9079),
    ],
)
def test_golden_bounds_on_ten_equal_classes(accuracy, low, high):
    assert macro_f1_bounds([892] * 10, accuracy) == pytest.approx((low, high), abs=6e-5)


@pytest.mark.parametrize(
    ("accuracy", "f1"), [(0.9963, 0.7921), (0.9959, 0.8798), (0.9937, 0.7894), (0.9970, 0.8816)]
)
def test_a_printed_macro_f1_that_no_predictions_have(accuracy, f1):
    """Paper 004, Table 1: SADE-LMF on the forward mix of ratio 50."""
    assert f1 < macro_f1_bounds(FORWARD_50, accuracy)[0]


@pytest.mark.parametrize("counts", [[3, 7], [3, 7, 20], [5] * 26])
def test_perfect_and_hopeless(counts):
    assert macro_f1_bounds(counts, 1.0) == (1.0, 1.0)
    assert macro_f1_bounds(counts, 0.0) == pytest.approx((0.0, 0.0))


def test_order_of_classes_does_not_matter():
    assert macro_f1_bounds([1, 50, 9], 0.7) == macro_f1_bounds([50, 9, 1], 0.7)


@pytest.mark.parametrize(
    ("counts", "accuracy", "message"),
    [
        ([10, 0], 0.5, "positive class counts"),
        ([10], 0.5, "two or more"),
        ([[5, 5]], 0.5, "class counts"),
        ([5, 5], 97.67, "Divide a percentage by 100"),
        ([5, 5], -0.1, "from 0 to 1"),
    ],
)
def test_bad_input(counts, accuracy, message):
    with pytest.raises(TailmarkError, match=message):
        macro_f1_bounds(counts, accuracy)
