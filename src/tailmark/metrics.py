"""What predictions are worth: most metrics from one confusion matrix, a few from scores.

All values are fractions. Only numpy is needed, so that a training loop can watch a metric.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tailmark.errors import TailmarkError
from tailmark.published.bounds import macro_f1_bounds

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

CALIBRATION_BINS = 15
BATCH_ORDER_SEED = 0


def evaluate(
    logits: ArrayLike, labels: ArrayLike, train_counts: Sequence[int], *, released: bool = False
) -> dict[str, float]:
    """Every metric of one run on one test mix; `released` adds those that the authors' code printed."""
    scores = _finite_scores(logits)
    n_classes = scores.shape[1]
    if len(train_counts) != n_classes:
        raise TailmarkError(f"Expected {n_classes} training counts, one a class; got {len(train_counts)}.")
    predicted = scores.argmax(axis=1)
    matrix = confusion(labels, predicted, n_classes)
    values = from_confusion(matrix) | shot_recalls(matrix, train_counts) | from_scores(scores, labels)
    _check_possible(values, matrix)
    return values | batchwise(labels, predicted, n_classes) if released else values


def confusion(labels: ArrayLike, predicted: ArrayLike, n_classes: int) -> Ints:
    """Counts of samples: a row for each true class, a column for each predicted class."""
    true, said = _class_indices(labels, n_classes), _class_indices(predicted, n_classes)
    if true.shape != said.shape:
        raise TailmarkError(f"Expected a prediction for each label; got {said.size} for {true.size} labels.")
    return np.bincount(true * n_classes + said, minlength=n_classes**2).reshape(n_classes, n_classes)


def from_confusion(matrix: Ints) -> dict[str, float]:
    """Accuracy, macro F1, balanced accuracy, geometric mean, and recall and F1 of each class."""
    recall = _recalls(matrix)
    f1 = 2 * np.diagonal(matrix) / (matrix.sum(axis=1) + matrix.sum(axis=0))
    values = {
        "accuracy": np.trace(matrix) / matrix.sum(),
        "macro_f1": f1.mean(),
        "balanced_accuracy": recall.mean(),
        "gmean": _geometric_mean(recall),
        "worst_recall": recall.min(),
    }
    values |= {f"recall/{k}": value for k, value in enumerate(recall)}
    values |= {f"f1/{k}": value for k, value in enumerate(f1)}
    return {name: float(value) for name, value in values.items()}


def shot_recalls(matrix: Ints, train_counts: Sequence[int]) -> dict[str, float]:
    """Mean recall of the third of the classes with most training samples, the middle third, and the last.

    Thirds, not the usual limits of 100 and 20 samples: those suit data sets of a thousand classes,
    and leave `few` empty on most of ours. Thirds hold the same classes at every imbalance ratio.
    Equal counts keep the order of the classes; what does not divide goes to the head.
    """
    if len(train_counts) <= 2:
        return {}
    most_first = np.argsort(-np.asarray(train_counts), kind="stable")
    recall = _recalls(matrix)
    thirds = zip(("many", "medium", "few"), np.array_split(most_first, 3), strict=True)
    return {f"{name}_recall": float(recall[classes].mean()) for name, classes in thirds}


def from_scores(logits: ArrayLike, labels: ArrayLike) -> dict[str, float]:
    """Calibration error, and for two classes how well the scores rank class 1 above class 0."""
    scores = _finite_scores(logits)
    true = _class_indices(labels, scores.shape[1])
    if true.size != len(scores):
        raise TailmarkError(f"Expected a row of logits a label; got {len(scores)} for {true.size} labels.")
    values = {"ece": calibration_error(_softmax(scores), true)}
    if scores.shape[1] == 2:
        # A difference of logits, because probabilities near 1 round to ties that the model did not make.
        values |= _ranking(scores[:, 1] - scores[:, 0], true == 1)
    return values


def calibration_error(probabilities: Floats, labels: Ints, bins: int = CALIBRATION_BINS) -> float:
    """Expected calibration error of the top class, over bins (0, 1/15], (1/15, 2/15], ... of its score."""
    confidence = probabilities.max(axis=1)
    surplus = confidence - (probabilities.argmax(axis=1) == labels)
    which = np.clip(np.ceil(confidence * bins).astype(np.int64) - 1, 0, bins - 1)
    return float(np.abs(np.bincount(which, weights=surplus, minlength=bins)).sum() / len(labels))


def batchwise(labels: ArrayLike, predicted: ArrayLike, n_classes: int, batch: int = 100) -> dict[str, float]:
    """Metrics computed for each batch and then averaged, as in the released code of MGVAE.

    There a batch knows only the classes that occur in it, as a label or as a prediction. A class
    that is only predicted has no recall (the released code gives NaN); here it counts as 0.
    The test set was shuffled once; ours is shuffled by a fixed seed.
    """
    true, said = _class_indices(labels, n_classes), _class_indices(predicted, n_classes)
    order = np.random.default_rng(BATCH_ORDER_SEED).permutation(true.size)
    position = np.empty_like(order)
    position[order] = np.arange(true.size)
    cells = (position // batch * n_classes + true) * n_classes + said
    n_batches = -(-true.size // batch)
    matrices = np.bincount(cells, minlength=n_batches * n_classes**2).reshape(-1, n_classes, n_classes)

    hits, support = np.diagonal(matrices, axis1=1, axis2=2), matrices.sum(axis=2)
    seen = support + matrices.sum(axis=1) > 0
    recall = hits / np.maximum(support, 1)
    values = {
        "batch_accuracy": hits.sum(axis=1) / support.sum(axis=1),
        "batch_balanced_accuracy": recall.sum(axis=1) / seen.sum(axis=1),
        "batch_gmean": np.where(seen, recall, 1).prod(axis=1) ** (1 / seen.sum(axis=1)),
    }
    # A last batch that is not full weighs less, as in the logger of the released code.
    return {name: float(np.average(value, weights=support.sum(axis=1))) for name, value in values.items()}


def _recalls(matrix: Ints) -> Floats:
    support = matrix.sum(axis=1)
    if not support.all():
        absent = ", ".join(map(str, np.flatnonzero(support == 0)))
        raise TailmarkError(
            f"Expected every class in the test set; got no sample of class {absent}, so its recall is "
            "undefined. Use a test mix that holds every class."
        )
    recall: Floats = np.diagonal(matrix) / support
    return recall


def _geometric_mean(recall: Floats) -> float:
    return float(np.exp(np.log(recall).mean())) if recall.all() else 0.0


def _softmax(scores: Floats) -> Floats:
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    shares: Floats = powers / powers.sum(axis=1, keepdims=True)
    return shares


def _ranking(score: Floats, positive: NDArray[np.bool_]) -> dict[str, float]:
    """Area under ROC, average precision (a step sum), and sensitivity where specificity is at least 90 %."""
    n_positive, n_negative = int(positive.sum()), int((~positive).sum())
    if not (n_positive and n_negative):
        raise TailmarkError("Expected both classes in the test set; got one only, so a ranking is undefined.")
    hits, false_alarms = _operating_points(score, positive)
    new_hits, new_false_alarms = np.diff(hits), np.diff(false_alarms)
    area = (new_false_alarms * (hits[1:] + hits[:-1]) / 2).sum() / (n_positive * n_negative)
    precision = hits[1:] / (hits[1:] + false_alarms[1:])
    at_90 = hits[10 * false_alarms <= n_negative].max() / n_positive  # in integers: 3 of 30 is 10 % exactly
    return {
        "auroc": float(area),
        "average_precision": float((new_hits * precision).sum() / n_positive),
        "sensitivity_at_90": float(at_90),
    }


def _operating_points(score: Floats, positive: NDArray[np.bool_]) -> tuple[Ints, Ints]:
    """Hits and false alarms at each distinct threshold, from "nothing is positive" downwards."""
    order = np.argsort(-score, kind="stable")
    last_of_tie = np.append(np.flatnonzero(np.diff(score[order])), score.size - 1)
    hits = np.cumsum(positive[order])[last_of_tie]
    return np.append(0, hits), np.append(0, last_of_tie + 1 - hits)


def _finite_scores(logits: ArrayLike) -> Floats:
    scores = np.asarray(logits, dtype=np.float64)
    if scores.ndim != 2 or not scores.size:
        raise TailmarkError(f"Expected logits of shape (samples, classes); got shape {scores.shape}.")
    if not np.isfinite(scores).all():
        bad = int((~np.isfinite(scores)).any(axis=1).sum())
        raise TailmarkError(f"Expected finite logits; got NaN or infinity in {bad} rows. The run diverged.")
    return scores


def _class_indices(values: ArrayLike, n_classes: int) -> Ints:
    """Class indices as int64, because products of the small integers that labels are stored in overflow."""
    given = np.asarray(values)
    if given.ndim != 1 or not given.size or given.dtype.kind not in "iub":
        raise TailmarkError(f"Expected a list of class indices; got shape {given.shape} of {given.dtype}.")
    indices = given.astype(np.int64)
    if indices.min() < 0 or indices.max() >= n_classes:
        raise TailmarkError(
            f"Expected class indices from 0 to {n_classes - 1}; got {indices.min()} to {indices.max()}."
        )
    return indices


def _check_possible(values: dict[str, float], matrix: Ints) -> None:
    """Accuracy and macro F1 of the same predictions bound each other; a break means mixed-up predictions."""
    low, high = macro_f1_bounds(matrix.sum(axis=1), values["accuracy"])
    if not low - 1e-9 <= values["macro_f1"] <= high + 1e-9:
        raise TailmarkError(
            f"Expected a macro F1 from {low:.4f} to {high:.4f} at accuracy {values['accuracy']:.4f}; "
            f"got {values['macro_f1']:.4f}. The two were not computed from the same predictions."
        )
