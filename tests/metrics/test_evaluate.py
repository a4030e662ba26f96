"""All metrics of a run at once."""

import subprocess
import sys

import numpy as np
import pytest

from tailmark import metrics
from tailmark.errors import TailmarkError

LOGITS = np.array([[2.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 3.0], [1.0, 0.0, 0.5]])
LABELS = np.array([0, 1, 2, 2], dtype=np.int16)


def test_names_of_the_metrics():
    values = metrics.evaluate(LOGITS, LABELS, [50, 10, 5])
    assert list(values) == [
        *("accuracy", "macro_f1", "balanced_accuracy", "gmean", "worst_recall"),
        *("recall/0", "recall/1", "recall/2", "f1/0", "f1/1", "f1/2"),
        *("many_recall", "medium_recall", "few_recall", "ece"),
    ]
    assert values["accuracy"] == 0.75
    assert values["few_recall"] == 0.5
    assert all(type(value) is float for value in values.values())


def test_two_classes_are_ranked_and_the_released_protocol_adds_batches():
    logits, labels = LOGITS[:, :2], [0, 1, 0, 1]
    plain = metrics.evaluate(logits, labels, [90, 10])
    released = metrics.evaluate(logits, labels, [90, 10], released=True)
    assert {"auroc", "average_precision", "sensitivity_at_90"} <= plain.keys()
    assert released.keys() - plain.keys() == {"batch_accuracy", "batch_balanced_accuracy", "batch_gmean"}
    assert plain.items() <= released.items()


def test_training_counts_of_another_dataset_are_refused():
    with pytest.raises(TailmarkError, match="Expected 3 training counts, one a class; got 2"):
        metrics.evaluate(LOGITS, LABELS, [50, 10])


def test_a_diverged_run_is_refused():
    with pytest.raises(TailmarkError, match="diverged"):
        metrics.evaluate(np.full((4, 3), np.inf), LABELS, [50, 10, 5])


def test_accuracy_and_macro_f1_of_different_predictions_are_refused(monkeypatch):
    """As if the macro F1 came from an evaluation script of its own."""
    honest = metrics.from_confusion
    monkeypatch.setattr(metrics, "from_confusion", lambda matrix: honest(matrix) | {"macro_f1": 0.2})
    with pytest.raises(TailmarkError, match="not computed from the same predictions"):
        metrics.evaluate(LOGITS, LABELS, [50, 10, 5])


def test_needs_numpy_alone():
    """A training process watches a metric, and must not pay for pandas or scipy."""
    code = "import sys, tailmark.metrics; print(*{name.partition('.')[0] for name in sys.modules})"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    heavy = {"torch", "pandas", "scipy", "sklearn", "imblearn", "yaml", "matplotlib", "pyarrow"}
    assert "numpy" in loaded.stdout.split()
    assert not heavy & set(loaded.stdout.split())
