"""Metrics from a confusion matrix: golden numbers, agreement with the libraries, and the libraries' traps."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from imblearn.metrics import geometric_mean_score
from sklearn import metrics as sk
from sklearn.exceptions import UndefinedMetricWarning

from tailmark import metrics
from tailmark.errors import TailmarkError


@st.composite
def predictions(draw, max_classes=6, max_samples=60):
    """Labels that hold every class, and any predictions."""
    n_classes = draw(st.integers(2, max_classes))
    indices = st.integers(0, n_classes - 1)
    labels = [*range(n_classes), *draw(st.lists(indices, max_size=max_samples))]
    predicted = draw(st.lists(indices, min_size=len(labels), max_size=len(labels)))
    return np.array(labels), np.array(predicted), n_classes


def test_constant_prediction_on_the_mnist_groups():
    labels = np.repeat([0, 1], [5139, 4861])
    values = metrics.from_confusion(metrics.confusion(labels, np.zeros_like(labels), 2))
    assert values == pytest.approx(
        {
            "accuracy": 0.5139,
            "balanced_accuracy": 0.5,
            "gmean": 0.0,
            "worst_recall": 0.0,
            "macro_f1": 5139 / (5139 + 10000),
            "recall/0": 1.0,
            "recall/1": 0.0,
            "f1/0": 2 * 5139 / (5139 + 10000),
            "f1/1": 0.0,
        }
    )


def test_golden_numbers_of_three_classes():
    matrix = np.array([[8, 1, 1], [2, 2, 0], [0, 1, 1]])
    values = metrics.from_confusion(matrix)
    assert values["accuracy"] == pytest.approx(11 / 16)
    assert values["balanced_accuracy"] == pytest.approx((0.8 + 0.5 + 0.5) / 3)
    assert values["gmean"] == pytest.approx(0.2 ** (1 / 3))
    assert values["worst_recall"] == 0.5
    assert [values[f"f1/{k}"] for k in range(3)] == pytest.approx([16 / 20, 4 / 8, 2 / 4])
    assert values["macro_f1"] == pytest.approx(0.6)


@given(predictions())
@settings(deadline=None)
def test_agrees_with_scikit_learn_and_imbalanced_learn(case):
    labels, predicted, n_classes = case
    classes = list(range(n_classes))
    matrix = metrics.confusion(labels, predicted, n_classes)
    values = metrics.from_confusion(matrix)
    recall = sk.recall_score(labels, predicted, labels=classes, average=None)
    f1 = sk.f1_score(labels, predicted, labels=classes, average=None, zero_division=0)
    assert (matrix == sk.confusion_matrix(labels, predicted, labels=classes)).all()
    assert values["accuracy"] == pytest.approx(sk.accuracy_score(labels, predicted))
    assert values["macro_f1"] == pytest.approx(f1.mean())
    assert values["balanced_accuracy"] == pytest.approx(sk.balanced_accuracy_score(labels, predicted))
    assert values["gmean"] == pytest.approx(geometric_mean_score(labels, predicted, average="multiclass"))
    assert [values[f"recall/{k}"] for k in classes] == pytest.approx(list(recall))
    assert [values[f"f1/{k}"] for k in classes] == pytest.approx(list(f1))


@given(predictions(), st.randoms(use_true_random=False))
@settings(deadline=None)
def test_order_of_samples_and_names_of_classes_do_not_matter(case, random):
    labels, predicted, n_classes = case
    order = random.sample(range(labels.size), labels.size)
    renamed = np.array(random.sample(range(n_classes), n_classes))
    first = metrics.from_confusion(metrics.confusion(labels, predicted, n_classes))
    second = metrics.from_confusion(
        metrics.confusion(renamed[labels[order]], renamed[predicted[order]], n_classes)
    )
    for name in ("accuracy", "macro_f1", "balanced_accuracy", "gmean", "worst_recall"):
        assert second[name] == pytest.approx(first[name])
    for k in range(n_classes):
        assert second[f"recall/{renamed[k]}"] == first[f"recall/{k}"]


@given(predictions())
@settings(deadline=None)
def test_the_means_of_the_recalls_are_in_order(case):
    labels, predicted, n_classes = case
    values = metrics.from_confusion(metrics.confusion(labels, predicted, n_classes))
    assert values["worst_recall"] <= values["gmean"] + 1e-12
    assert values["gmean"] <= values["balanced_accuracy"] + 1e-12


def test_small_integers_do_not_overflow():
    labels = np.arange(200, dtype=np.int16)
    assert metrics.from_confusion(metrics.confusion(labels, labels, 200))["accuracy"] == 1.0


class TestTrapsOfTheLibraries:
    """Why the metrics are our own: what happens when a class is absent from the truth or the predictions."""

    labels = np.array([0, 0, 0, 1, 1])
    stray = np.array([0, 0, 2, 1, 1])  # class 2 is predicted, and not in the truth

    def test_gmean_of_imbalanced_learn_is_0_when_a_predicted_class_is_absent_from_the_truth(self):
        with pytest.warns(UndefinedMetricWarning, match="no true samples"):
            assert geometric_mean_score(self.labels, self.stray, average="multiclass") == 0
        assert geometric_mean_score(self.labels, self.stray, average="multiclass", labels=[0, 1]) > 0.8

    def test_macro_gmean_of_imbalanced_learn_is_not_the_geometric_mean_of_recalls(self):
        labels, predicted = np.repeat([0, 1, 2], 10), np.repeat([0, 1, 0], 10)
        ours = metrics.from_confusion(metrics.confusion(labels, predicted, 3))
        assert ours["gmean"] == 0.0  # class 2 is never found
        assert geometric_mean_score(labels, predicted, average="macro") > 0.5

    def test_balanced_accuracy_of_scikit_learn_drops_an_absent_class_where_macro_f1_counts_it_as_0(self):
        with pytest.warns(UserWarning, match="not in y_true"):
            assert sk.balanced_accuracy_score(self.labels, self.stray) == pytest.approx((2 / 3 + 1) / 2)
        f1 = sk.f1_score(self.labels, self.stray, average="macro")
        assert f1 == pytest.approx((0.8 + 1 + 0) / 3)

    def test_macro_f1_of_scikit_learn_forgets_a_class_that_neither_side_holds(self):
        labels, predicted = np.array([0, 1]), np.array([0, 1])
        assert sk.f1_score(labels, predicted, average="macro") == 1.0
        assert sk.f1_score(labels, predicted, average="macro", labels=[0, 1, 2], zero_division=0) < 0.7

    def test_ours_calls_an_absent_class_an_error(self):
        with pytest.raises(TailmarkError, match="no sample of class 2"):
            metrics.from_confusion(metrics.confusion(self.labels, self.stray, 3))


def test_an_empty_class_is_named_in_every_recall():
    with pytest.raises(TailmarkError, match="no sample of class 1, 2"):
        metrics.shot_recalls(np.diag([3, 0, 0]), [30, 20, 10])


@pytest.mark.parametrize(
    ("labels", "predicted", "message"),
    [
        ([0, 1], [0], "got 1 for 2 labels"),
        ([0, 2], [0, 1], "from 0 to 1; got 0 to 2"),
        ([0, 1], [-1, 1], "got -1 to 1"),
        ([], [], "Expected a list of class indices"),
        ([0.0, 1.0], [0, 1], "float64"),
        ([[0], [1]], [0, 1], r"shape \(2, 1\)"),
    ],
)
def test_labels_that_are_no_class_indices_are_refused(labels, predicted, message):
    with pytest.raises(TailmarkError, match=message):
        metrics.confusion(labels, predicted, 2)


def test_thirds_go_by_training_counts():
    matrix = np.diag([5, 4, 3, 2, 1, 10])
    matrix[:, 5] += [5, 6, 7, 8, 9, 0]  # recalls .5 .4 .3 .2 .1 1
    thirds = metrics.shot_recalls(matrix, [10, 20, 30, 40, 50, 60])
    assert thirds == pytest.approx({"many_recall": 0.55, "medium_recall": 0.25, "few_recall": 0.45})


def test_thirds_of_ten_classes_leave_the_odd_one_to_the_head():
    matrix = np.diag(np.full(10, 10))
    matrix[3, 3], matrix[3, 0] = 0, 10
    tail = [int(1000 * 0.5**k) for k in range(10)]
    assert metrics.shot_recalls(matrix, tail)["many_recall"] == pytest.approx(0.75)
    assert metrics.shot_recalls(matrix, tail[::-1])["medium_recall"] == pytest.approx(2 / 3)


def test_equal_counts_keep_the_classes_of_the_tail():
    matrix = np.diag([9, 6, 3])
    matrix[:, 0] += [0, 3, 6]
    assert metrics.shot_recalls(matrix, [7, 7, 7]) == metrics.shot_recalls(matrix, [100, 10, 1])


def test_two_classes_have_no_thirds():
    assert metrics.shot_recalls(np.diag([5, 5]), [100, 1]) == {}
