"""How much each expert counts, from logits alone: the experts are trained and stay as they are.

Weights w = softmax(a) lie on the simplex, and the answer is sum_j w_j v_j. `by_stability` needs no labels: it looks for
the mixture that says the same of two views of a sample, as SADE's script does. `by_labels` and `oracle` lower the
cross-entropy against labels. With three numbers to learn, closed gradients in numpy are all that it takes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from tailmark.errors import TailmarkError
from tailmark.streams import stream

Floats = NDArray[np.float64]
Logits = NDArray[np.floating]  # (samples, experts, classes)
Views = tuple[Logits, Logits]
Similarity = Literal["cosine", "dot"]

EPOCHS, BATCH, RATE, MOMENTUM, DECAY = 5, 128, 0.1, 0.9, 5e-4  # of SADE's script
LEAST_WEIGHT = 0.05
LABEL_STEPS, LABEL_RATE = 300, 0.05
_GAP = 1e-5  # how far from the least cross-entropy an oracle may be


@dataclass(frozen=True)
class Fitted:
    """Weights of the experts, and how long they were sought."""

    weights: tuple[float, ...]
    epochs: int
    stopped_early: bool  # because an expert's weight had all but vanished


def combined(logits: Logits, weights: Sequence[float] | Floats) -> Floats:
    """The logits (n, K) of a mixture of experts."""
    return np.einsum("nek,e->nk", logits, np.asarray(weights, dtype=np.float64))


def cyclic(views: int) -> list[tuple[int, int]]:
    """Which cached views make the pair of each epoch: neighbours in a ring.

    Two fresh views for each of five epochs are ten passes over the test pool: 2.6 % of the paper's smallest training,
    where an adaptation may cost 2 %. In a ring five do, and each epoch still compares two views drawn apart.
    """
    if views < 2:
        raise TailmarkError(f"Expected at least 2 views to compare; got {views}. Cache more views.")
    return [(view, (view + 1) % views) for view in range(views)]


def by_stability(pairs: Sequence[Views], seed: int, objective: Similarity = "cosine") -> Fitted:
    """The weights under which predictions of two views are most alike; an epoch for each pair, up to five.

    It stops after an epoch in which a weight, to two decimals, fell under 0.05.
    """
    order = stream(seed, "adapt/order")
    experts = pairs[0][0].shape[1]
    descent = _Momentum(np.full(experts, 1 / experts))
    epochs = 0
    dropped = False
    while epochs < min(len(pairs), EPOCHS) and not dropped:
        _adapt(descent, pairs[epochs], order, objective)
        epochs += 1
        weights = _softmax(descent.at)
        dropped = weights.round(2).min() < LEAST_WEIGHT
    return Fitted(tuple(weights.tolist()), epochs, bool(dropped))


def _adapt(descent: _Momentum, pair: Views, order: np.random.Generator, objective: Similarity) -> None:
    """One epoch, over the samples in a new order."""
    shuffled = order.permutation(len(pair[0]))
    one, two = (_experts_first(view, shuffled) for view in pair)
    for start in range(0, len(shuffled), BATCH):
        batch, weights = slice(start, start + BATCH), _softmax(descent.at)
        likeness = similarity(one[:, batch], two[:, batch], weights, objective)[1]
        descent.step(_through_softmax(-likeness, weights))


class _Momentum:
    """Stochastic gradient descent with Nesterov's momentum and weight decay."""

    def __init__(self, start: Floats) -> None:
        self.at = start
        self.velocity = np.zeros_like(start)

    def step(self, gradient: Floats) -> None:
        gradient = gradient + DECAY * self.at
        self.velocity = MOMENTUM * self.velocity + gradient
        self.at = self.at - RATE * (gradient + MOMENTUM * self.velocity)


def similarity(one: Floats, two: Floats, weights: Floats, objective: Similarity) -> tuple[float, Floats]:
    """Mean likeness of the predictions of two views (E, n, K), and its gradient with respect to the weights."""
    said, again = _softmax(_mixed(one, weights)), _softmax(_mixed(two, weights))
    dot = (said * again).sum(1, keepdims=True)
    towards_said, towards_again = again, said
    if objective == "cosine":
        said_norm, again_norm = (np.sqrt((p * p).sum(1, keepdims=True)) for p in (said, again))
        dot = dot / (said_norm * again_norm)
        towards_said = (again / again_norm - dot * said / said_norm) / said_norm
        towards_again = (said / said_norm - dot * again / again_norm) / again_norm
    gradient = _towards_weights(towards_said, said, one) + _towards_weights(towards_again, again, two)
    return float(dot.mean()), gradient / len(said)


def _towards_weights(gradient: Floats, said: Floats, logits: Floats) -> Floats:
    """A gradient with respect to probabilities, carried to the weights of the logits behind them."""
    carried = said * (gradient - (said * gradient).sum(1, keepdims=True))
    return logits.reshape(len(logits), -1) @ carried.ravel()


def by_labels(logits: Logits, labels: NDArray[np.integer]) -> Fitted:
    """The weights after 300 full-batch steps of Adam down the cross-entropy, from equal ones."""
    loss = cross_entropy(logits, labels)
    at = first = second = np.zeros(logits.shape[1])
    for step in range(1, LABEL_STEPS + 1):
        weights = _softmax(at)
        gradient = _through_softmax(loss(weights)[1], weights)
        first, second = 0.9 * first + 0.1 * gradient, 0.999 * second + 0.001 * gradient**2
        scale = np.sqrt(second / (1 - 0.999**step)) + 1e-8
        at = at - LABEL_RATE * first / (1 - 0.9**step) / scale
    return Fitted(tuple(_softmax(at).tolist()), LABEL_STEPS, False)


def oracle(logits: Logits, labels: NDArray[np.integer]) -> Fitted:
    """The weights of the least cross-entropy. On test labels this is an upper bound, not a method."""
    from scipy.optimize import minimize  # noqa: PLC0415 (training machines may not have it)

    loss = cross_entropy(logits, labels)
    equal = np.full(logits.shape[1], 1 / logits.shape[1])
    scale = max(
        float(np.ptp(loss(equal)[1])), _GAP
    )  # the search takes its first step without a look at the scale

    def scaled(weights: Floats) -> tuple[float, Floats]:
        value, gradient = loss(weights)
        return value / scale, gradient / scale

    found = minimize(
        scaled,
        equal,
        jac=True,
        method="SLSQP",
        bounds=[(0, 1)] * len(equal),
        constraints={"type": "eq", "fun": lambda weights: weights.sum() - 1, "jac": np.ones_like},
        options={"ftol": 1e-18, "maxiter": 500},
    )
    inside = np.clip(found.x, 0, 1)
    weights = inside / inside.sum()
    gradient = loss(weights)[1]
    gap = (
        weights @ gradient - gradient.min()
    )  # the function is convex: no point of the simplex is lower by more
    if not gap <= _GAP:
        raise TailmarkError(
            f"Expected weights within {_GAP} of the least cross-entropy; got within {gap:.2g}. "
            "Look for logits that are huge or no numbers."
        )
    return Fitted(tuple(weights.tolist()), int(found.nit), False)


def cross_entropy(logits: Logits, labels: NDArray[np.integer]) -> Callable[[Floats], tuple[float, Floats]]:
    """Mean cross-entropy of a mixture as a function of the weights, with its gradient."""
    first = _experts_first(logits, np.arange(len(logits)))
    rows, true = np.arange(len(logits)), np.asarray(labels, dtype=np.intp)

    def value(weights: Floats) -> tuple[float, Floats]:
        mixed = _mixed(first, weights)
        mixed -= mixed.max(1, keepdims=True)
        chances = np.exp(mixed)
        total = chances.sum(1, keepdims=True)
        loss = np.log(total).mean() - mixed[rows, true].mean()
        error = chances / total
        error[rows, true] -= 1
        return float(loss), first.reshape(len(first), -1) @ error.ravel() / len(rows)

    return value


def _experts_first(logits: Logits, order: NDArray[np.integer]) -> Floats:
    """Samples in this order as (E, n, K), so that a mixture is one product with a matrix."""
    return np.ascontiguousarray(np.asarray(logits)[order].transpose(1, 0, 2), dtype=np.float64)


def _mixed(logits: Floats, weights: Floats) -> Floats:
    return (weights @ logits.reshape(len(logits), -1)).reshape(logits.shape[1:])


def _through_softmax(gradient: Floats, weights: Floats) -> Floats:
    return weights * (gradient - weights @ gradient)


def _softmax(values: Floats) -> Floats:
    powers = np.exp(values - values.max(-1, keepdims=True))
    return powers / powers.sum(-1, keepdims=True)
