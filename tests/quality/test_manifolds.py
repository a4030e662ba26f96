"""Precision and recall: against the definition pair by pair, and where the answer is known."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tailmark.quality.manifolds import precision_recall


def by_definition(generated, real, k):
    """A loop over pairs in whole numbers, where ties are exact."""

    def distance(a, b):
        return int(((a - b) ** 2).sum())

    def radius(points, i):
        others = sorted(distance(points[i], other) for j, other in enumerate(points) if j != i)
        return others[min(k, len(others)) - 1] if others else 0

    def share_inside(points, centres):
        radii = [radius(centres, i) for i in range(len(centres))]
        balls = list(zip(centres, radii, strict=True))
        return np.mean([any(distance(point, centre) <= r for centre, r in balls) for point in points])

    return share_inside(generated, real), share_inside(real, generated)


@st.composite
def two_sets(draw):
    """Points on a small grid, so that ties, copies and points on a rim are common."""
    n, features = draw(st.integers(1, 9)), draw(st.integers(1, 3))
    values = draw(st.lists(st.integers(-4, 4), min_size=2 * n * features, max_size=2 * n * features))
    return np.array(values).reshape(2, n, features)


@given(two_sets(), st.integers(1, 10), st.integers(1, 10))
def test_agrees_with_the_definition_whatever_the_block(sets, k, block):
    generated, real = sets
    found = precision_recall(generated.astype(np.float32), real.astype(np.float32), k, block)
    assert found == pytest.approx(by_definition(generated, real, k))


def test_far_from_the_origin_and_with_three_neighbours_by_default():
    """Squared lengths of 1e8 would drown squared distances of 1 in rounding."""
    generated, real = np.random.default_rng(2).integers(-9, 9, (2, 25, 4)) + 10_000
    found = precision_recall(generated.astype(np.float32), real.astype(np.float32))
    expected = {k: by_definition(generated, real, k) for k in (2, 3, 4)}
    assert found == expected[3]
    assert len(set(expected.values())) == 3


def test_golden_balls_on_a_line():
    """At k = 1 the real balls cover [-0.5, 2.5] and [8.5, 11.5]; the generated cover from 2.0 to 33.0."""
    real = np.array([[0.5], [1.5], [9.5], [10.5]], dtype=np.float32)
    generated = np.array([[2.2], [2.4], [9.0], [21.0]], dtype=np.float32)
    assert precision_recall(generated, real, k=1) == (0.75, 0.5)
    assert precision_recall(generated, real, k=2) == (0.75, 1.0)


def test_equal_sets_are_perfect(normal):
    points = normal(100)
    assert precision_recall(points, points[::-1]) == (1.0, 1.0)


def test_repeated_points_lie_on_their_rim_to_rounding():
    """Four copies of each have a ball of radius 0, and features of a network are no round numbers."""
    points = np.repeat(np.random.default_rng(0).normal(5, 1, (20, 64)), 4, axis=0).astype(np.float32)
    assert precision_recall(points, points[::-1].copy()) == (1.0, 1.0)


def test_a_point_mass_is_precise_and_recalls_nothing(normal):
    real = normal(100)
    point_mass = np.repeat(np.median(real, axis=0, keepdims=True), 100, axis=0)
    assert precision_recall(point_mass, real) == (1.0, 0.0)


def test_one_of_two_clusters_is_half_of_the_truth(normal):
    left, right = normal(200, (0, 0), seed=1), normal(200, (50, 0), seed=2)
    precision, recall = precision_recall(normal(400, (0, 0), seed=3), np.concatenate([left, right]))
    assert precision > 0.9
    assert 0.4 < recall <= 0.5


def test_far_away_is_neither(normal):
    assert precision_recall(normal(50), normal(50, (99, 0))) == (0.0, 0.0)


def test_precision_and_recall_change_places_with_the_sets(normal):
    narrow, wide = normal(80, sd=0.5, seed=1), normal(80, seed=2)
    precision, recall = precision_recall(narrow, wide)
    assert precision > recall
    assert precision_recall(wide, narrow) == (recall, precision)


@pytest.mark.parametrize(("at", "inside"), [(3.0, 1.0), (3.01, 0.0)])
def test_with_k_points_or_fewer_a_ball_reaches_the_farthest(at, inside):
    """Balls of 0, 1 and 2 with k = 3: all reach to the farthest, so the manifold is [-2, 4] and not [-1, 3]."""
    real = np.array([[0.0], [1.0], [2.0]], dtype=np.float32)
    made = np.full((3, 1), at + 1, dtype=np.float32)
    assert precision_recall(made, real, k=3)[0] == inside


def test_a_single_point_holds_only_copies_of_it():
    one, other = np.array([[2.0, 1.0]], dtype=np.float32), np.array([[2.0, 1.1]], dtype=np.float32)
    assert precision_recall(one, one) == (1.0, 1.0)
    assert precision_recall(one, other) == (0.0, 0.0)


@given(st.integers(0, 2**32 - 1))
def test_order_does_not_matter(seed):
    rng = np.random.default_rng(seed)
    made, real = rng.normal(size=(2, 40, 3)).astype(np.float32)
    shuffled = precision_recall(rng.permutation(made), rng.permutation(real))
    assert shuffled == pytest.approx(precision_recall(made, real))
