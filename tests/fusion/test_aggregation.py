"""Weights of experts: against torch's optimisers, a grid over the simplex, and cases whose answer is known."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from torch.nn.functional import cosine_similarity

from tailmark.errors import TailmarkError
from tailmark.fusion.aggregation import (
    Fitted,
    Similarity,
    Views,
    by_labels,
    by_stability,
    combined,
    cross_entropy,
    cyclic,
    oracle,
    similarity,
)
from tailmark.streams import stream

Array = NDArray[np.float64]

Fit = Callable[[Array, NDArray[np.int64]], Fitted]

fits = pytest.mark.parametrize("fit", [by_labels, oracle])
objectives = pytest.mark.parametrize("objective", ["cosine", "dot"])


def random(seed: int, *shape: int, scale: float = 1.0) -> Array:
    return scale * np.random.default_rng(seed).standard_normal(shape)


def some(seed: int, n: int = 200, experts: int = 3, classes: int = 5) -> tuple[Array, NDArray[np.int64]]:
    """Experts that know something of the label, each in its own measure."""
    labels = np.random.default_rng(seed).integers(classes, size=n)
    logits = random(seed, n, experts, classes)
    logits[np.arange(n), :, labels] += np.linspace(2, 0, experts)
    return logits, labels


def pairs_of(logits: Array, noise: Array, views: int = 5) -> list[Views]:
    """Pairs of views whose noise has this size (broadcast over samples, experts and classes)."""
    seen = [logits + noise * random(view, *logits.shape) for view in range(views)]
    return [(seen[one], seen[two]) for one, two in cyclic(views)]


def by_torch(pairs: list[Views], seed: int, objective: Similarity) -> list[float]:
    """The same adaptation in torch: automatic gradients and its own optimiser."""
    experts = pairs[0][0].shape[1]
    at = torch.full((experts,), 1 / experts, dtype=torch.float64, requires_grad=True)
    optimiser = torch.optim.SGD([at], lr=0.1, momentum=0.9, nesterov=True, weight_decay=5e-4)
    order = stream(seed, "adapt/order")
    for views in pairs:
        for batch in torch.from_numpy(order.permutation(len(views[0]))).split(128):
            weights = at.softmax(0)
            one, two = (
                torch.einsum("nek,e->nk", torch.as_tensor(v)[batch], weights).softmax(1) for v in views
            )
            likeness = cosine_similarity(one, two) if objective == "cosine" else (one * two).sum(1)
            optimiser.zero_grad()
            (-likeness.mean()).backward()
            optimiser.step()
    return at.softmax(0).tolist()


def grid(step: float) -> Array:
    """The points of the simplex of three experts."""
    n = round(1 / step)
    return np.array([(i, j, n - i - j) for i in range(n + 1) for j in range(n + 1 - i)]) / n


# Mixtures and views


def test_a_mixture_is_the_weighed_sum_of_logits() -> None:
    logits = random(0, 7, 3, 4)
    expected = 0.5 * logits[:, 0] + 0.3 * logits[:, 1] + 0.2 * logits[:, 2]
    np.testing.assert_allclose(combined(logits, (0.5, 0.3, 0.2)), expected, rtol=1e-12)
    np.testing.assert_array_equal(combined(logits, (0, 1, 0)), logits[:, 1])


def test_a_ring_of_views_gives_each_of_them_twice() -> None:
    assert cyclic(5) == [(0, 1), (1, 2), (2, 3), (3, 4), (4, 0)]
    assert cyclic(2) == [(0, 1), (1, 0)]
    with pytest.raises(TailmarkError, match="at least 2 views to compare; got 1"):
        cyclic(1)


# Stability of two views (case 1)


@objectives
def test_an_adaptation_is_that_of_torch(objective: Similarity) -> None:
    pairs = pairs_of(random(0, 300, 3, 6, scale=2), np.array([0.5, 0.8, 1.1])[:, None])
    found = by_stability(pairs, 7, objective)
    assert found.epochs == 5 and not found.stopped_early
    np.testing.assert_allclose(found.weights, by_torch(pairs, 7, objective), rtol=1e-9)


@objectives
def test_the_gradient_is_that_of_finite_differences(objective: Similarity) -> None:
    one, two, weights = random(0, 3, 20, 4), random(1, 3, 20, 4), np.array([0.5, 0.2, 0.3])
    gradient = similarity(one, two, weights, objective)[1]
    for expert in range(3):
        step = 1e-6 * np.eye(3)[expert]
        up, down = (similarity(one, two, weights + s, objective)[0] for s in (step, -step))
        assert gradient[expert] == pytest.approx((up - down) / 2e-6, rel=1e-6, abs=1e-9)


@objectives
def test_experts_that_say_the_same_keep_equal_weights(objective: Similarity) -> None:
    one, two = (np.repeat(random(seed, 500, 1, 4, scale=3), 3, axis=1) for seed in (0, 1))
    equal = np.full(3, 1 / 3)
    gradient = similarity(one.transpose(1, 0, 2), two.transpose(1, 0, 2), equal, objective)[1]
    assert np.ptp(gradient) < 1e-15  # along the simplex there is none
    found = by_stability([(one, two)] * 5, 0, objective)
    np.testing.assert_allclose(found.weights, 1 / 3, atol=1e-12)


@objectives
def test_the_one_stable_expert_takes_over_within_five_epochs(objective: Similarity) -> None:
    logits = np.repeat(6 * np.eye(5)[np.arange(2000) % 5][:, None], 3, axis=1)
    logits[:, 1:] = 0  # the others say whatever their noise says
    found = by_stability(pairs_of(logits, np.array([0.0, 4, 4])[:, None]), 0, objective)
    assert found.weights[0] > 0.8
    assert found.epochs <= 5


def test_it_stops_when_an_expert_is_all_but_dropped() -> None:
    logits = np.repeat(6 * np.eye(5)[np.arange(2000) % 5][:, None], 3, axis=1)
    pairs = pairs_of(logits, np.array([0.0, 8, 8])[:, None])
    found = by_stability(pairs, 0)
    assert found.stopped_early and 1 < found.epochs < 5
    assert round(min(found.weights), 2) < 0.05
    before = by_stability(pairs[: found.epochs - 1], 0)
    assert not before.stopped_early and round(min(before.weights), 2) >= 0.05


def test_five_epochs_are_the_most() -> None:
    pairs = pairs_of(random(0, 100, 3, 4), np.ones((3, 1)), views=7)
    assert by_stability(pairs, 0) == by_stability(pairs[:5], 0)
    assert by_stability(pairs[:2], 0).epochs == 2


def simulated(mix: Array) -> list[Views]:
    """Experts whose priors lean to the head, nowhere and to the tail.

    The rarer an expert's prior says a class is, the more its logits change between two views of it. They must not
    change much faster than this, or the expert without a leaning is the most stable under every mix.
    """
    source = np.random.default_rng(0)
    prior = 100 ** -np.linspace(0, 1, 10)
    priors = np.stack([prior, np.full(10, prior.mean()), prior[::-1]]) / prior.sum()
    labels = source.choice(10, size=3000, p=mix / mix.sum())
    logits = (4 * np.eye(10)[labels] + source.standard_normal((3000, 10)))[:, None] + np.log(priors)
    noise = 0.4 * (priors.max() / priors[:, labels].T) ** 0.25
    return pairs_of(logits, noise[:, :, None])


@objectives
def test_the_weights_follow_the_mix_of_the_test_set(objective: Similarity) -> None:
    forward = 50 ** -np.linspace(0, 1, 10)
    mixes = (forward, np.ones(10), forward[::-1])
    weights = [by_stability(simulated(mix), 0, objective).weights for mix in mixes]
    assert [np.argmax(fitted) for fitted in weights] == [0, 1, 2]
    assert [np.argmin(fitted) for fitted in weights[::2]] == [2, 0]


def test_an_adaptation_is_given_no_labels() -> None:
    assert list(inspect.signature(by_stability).parameters) == ["pairs", "seed", "objective"]


@given(
    seed=st.integers(0, 100),
    experts=st.integers(1, 4),
    scale=st.floats(0.1, 30),
    objective=st.sampled_from(["cosine", "dot"]),
)
def test_adapted_weights_are_on_the_simplex_and_come_again(
    seed: int, experts: int, scale: float, objective: Similarity
) -> None:
    pairs = pairs_of(random(seed, 150, experts, 4, scale=scale), np.full((experts, 1), scale), views=3)
    found = by_stability(pairs, seed, objective)
    assert len(found.weights) == experts and min(found.weights) >= 0
    assert sum(found.weights) == pytest.approx(1)
    assert found == by_stability(pairs, seed, objective)


@given(seed=st.integers(0, 100), order=st.permutations([0, 1, 2]))
def test_experts_in_another_order_get_their_weights_in_that_order(seed: int, order: list[int]) -> None:
    pairs = pairs_of(random(seed, 150, 3, 4, scale=3), np.array([0.5, 1, 2])[:, None], views=3)
    permuted = [(one[:, order], two[:, order]) for one, two in pairs]
    expected = np.array(by_stability(pairs, seed).weights)[order]
    np.testing.assert_allclose(by_stability(permuted, seed).weights, expected, rtol=1e-6)


# Labels (case 2), and the least cross-entropy


def test_cross_entropy_and_its_gradient_are_those_of_torch() -> None:
    logits, labels = some(0)
    weights = torch.tensor([0.5, 0.3, 0.2], dtype=torch.float64, requires_grad=True)
    mixed = torch.einsum("nek,e->nk", torch.from_numpy(logits), weights)
    loss = torch.nn.functional.cross_entropy(mixed, torch.from_numpy(labels))
    loss.backward()
    value, gradient = cross_entropy(logits, labels)(weights.detach().numpy())
    assert value == pytest.approx(loss.item(), rel=1e-12)
    assert weights.grad is not None
    np.testing.assert_allclose(gradient, weights.grad.numpy(), rtol=1e-9)


def test_fitting_by_labels_is_that_of_torch() -> None:
    logits, labels = some(1)
    at = torch.zeros(3, dtype=torch.float64, requires_grad=True)
    optimiser = torch.optim.Adam([at], lr=0.05)
    for _ in range(300):
        mixed = torch.einsum("nek,e->nk", torch.from_numpy(logits), at.softmax(0))
        optimiser.zero_grad()
        torch.nn.functional.cross_entropy(mixed, torch.from_numpy(labels)).backward()
        optimiser.step()
    found = by_labels(logits, labels)
    assert (found.epochs, found.stopped_early) == (300, False)
    np.testing.assert_allclose(found.weights, at.softmax(0).tolist(), rtol=1e-7)


@fits
@pytest.mark.parametrize("seed", range(4))
def test_the_fit_is_the_best_of_a_grid(seed: int, fit: Fit) -> None:
    labels = np.random.default_rng(seed).integers(5, size=200)
    noise = random(seed, 200, 3, 5) * np.array([1.0, 1.2, 1.4])[:, None]
    logits = (
        2 * np.eye(5)[labels][:, None] + noise
    )  # each expert adds to the others: the best mixture lies inside
    loss = cross_entropy(logits, labels)
    points = grid(0.01)
    losses = [loss(point)[0] for point in points]
    best, found = points[int(np.argmin(losses))], np.array(fit(logits, labels).weights)
    assert best.min() > 0.05
    assert np.abs(found - best).max() <= 0.01
    assert loss(found)[0] <= min(losses)


@pytest.mark.parametrize("seed", range(4))
def test_the_oracle_finds_corners_and_edges_of_the_grid(seed: int) -> None:
    logits, labels = some(seed)
    loss = cross_entropy(logits, labels)
    points = grid(0.01)
    losses = [loss(point)[0] for point in points]
    found = np.array(oracle(logits, labels).weights)
    assert np.abs(found - points[int(np.argmin(losses))]).max() <= 0.01
    assert found.min() < 1e-6


@given(
    seed=st.integers(0, 200), experts=st.integers(1, 5), classes=st.integers(2, 6), scale=st.floats(0.01, 100)
)
def test_no_other_mixture_is_better_than_the_oracle(
    seed: int, experts: int, classes: int, scale: float
) -> None:
    logits, labels = some(seed, 100, experts, classes)
    logits = (scale * logits).astype(np.float32)
    loss = cross_entropy(logits, labels)
    best = oracle(logits, labels)
    assert sum(best.weights) == pytest.approx(1) and min(best.weights) >= 0
    others = [*np.random.default_rng(seed).dirichlet(np.ones(experts), 30), *np.eye(experts)]
    others.append(np.array(by_labels(logits, labels).weights))
    lowest = loss(np.array(best.weights))[0]
    assert all(lowest <= loss(other)[0] + 1e-5 for other in others)


@fits
def test_the_one_expert_that_knows_gets_all_the_weight(fit: Fit) -> None:
    logits, labels = some(0, n=1000)
    logits[:, 1:] = random(9, 1000, 2, 5, scale=3)
    assert fit(logits, labels).weights[0] > 0.98


def test_fitting_by_labels_goes_down_all_the_way() -> None:
    logits, labels = some(2)
    loss = cross_entropy(logits, labels)
    ends = [loss(np.array(weights))[0] for weights in ((1 / 3,) * 3, by_labels(logits, labels).weights)]
    ends.append(loss(np.array(oracle(logits, labels).weights))[0])
    assert all(later < earlier + 1e-9 for earlier, later in pairwise(ends))


@fits
def test_experts_that_say_the_same_are_weighed_equally_by_labels(fit: Fit) -> None:
    logits, labels = some(0, experts=1)
    found = fit(np.repeat(logits, 3, axis=1), labels)
    np.testing.assert_allclose(found.weights, 1 / 3, atol=1e-6)
    assert found == fit(np.repeat(logits, 3, axis=1), labels)


def test_an_oracle_that_cannot_be_sure_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    logits, labels = some(0)
    monkeypatch.setattr("tailmark.fusion.aggregation._GAP", -1.0)
    with pytest.raises(TailmarkError, match="of the least cross-entropy; got within"):
        oracle(logits, labels)
