"""ROS and SMOTE: what they promise, and that SMOTE has the law of imbalanced-learn's."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from tailmark import methods
from tailmark.methods.smote import are_bytes, ranked_neighbours
from tailmark.trainingset import TrainingSet


def training(counts: list[int], width: int = 3, seed: int = 0) -> TrainingSet:
    draws = np.random.default_rng(seed)
    labels = np.repeat(np.arange(len(counts)), counts)
    pool = draws.normal(size=(len(labels), width)).astype(np.float32) + labels[:, None]
    return TrainingSet(pool.astype(np.float32), np.arange(len(labels)), labels, len(counts))


def smote(**settings: object) -> methods.Any:
    return methods.make("smote", settings, "corrected")


@given(st.lists(st.integers(1, 30), min_size=2, max_size=5), st.sampled_from(["ros", "smote"]))
def test_classes_become_equal_and_the_originals_stay(counts: list[int], name: str) -> None:
    before = training(counts)
    after = methods.make(name, {}, "corrected").resample(before, 3)
    assert (after.counts == max(counts)).all()
    np.testing.assert_array_equal(after.pool[: len(before.pool)], before.pool)
    np.testing.assert_array_equal(after.labels[: len(before)], before.labels)


def test_a_synthetic_point_lies_between_a_point_and_one_of_its_nearest() -> None:
    before = training([200, 12])
    members = before.features_of(1).astype(np.float64)
    new = smote().resample(before, 1).features_of(1)[12:].astype(np.float64)
    distance = np.linalg.norm(members[:, None] - members[None], axis=-1)
    nearest = np.argsort(distance, axis=1)[:, 1:6]
    for point in new[:60]:
        residuals = []
        for i, others in enumerate(nearest):
            gap = members[others] - members[i]
            u = np.clip(((point - members[i]) * gap).sum(1) / (gap**2).sum(1), 0, 1)
            residuals.append(np.abs(members[i] + u[:, None] * gap - point).max(axis=1).min())
        assert min(residuals) < 1e-5


def test_few_samples_use_the_neighbours_that_there_are() -> None:
    new = smote().resample(training([40, 2], width=1), 0).features_of(1)
    assert new.min() == new[:2].min() and new.max() == new[:2].max()  # all on the one segment


def test_a_single_sample_is_repeated() -> None:
    new = smote().resample(training([9, 1]), 0).features_of(1)
    assert (new == new[0]).all() and len(new) == 9


def test_smote_draws_base_and_neighbour_uniformly() -> None:
    """On a line with known gaps the pair can be read off a new point; a chi-square test of the law."""
    positions = np.array([0, 1, 10, 100, 1000, 10000], dtype=np.float32)
    pool = np.concatenate([np.full((8006, 1), -5e4, np.float32), positions[:, None]])
    labels = np.repeat([0, 1], [8006, 6])
    new = (
        smote(neighbours=1)
        .resample(TrainingSet(pool, np.arange(len(pool)), labels, 2), 11)
        .features_of(1)[6:]
    )
    segment = (
        np.searchsorted(positions, new[:, 0]) - 1
    )  # 1-nearest: 0-1 twice, then each point to the one below
    observed = np.bincount(np.clip(segment, 0, 4), minlength=5)
    expected = len(new) * np.array([2, 1, 1, 1, 1]) / 6
    assert stats.chisquare(observed, expected).pvalue > 1e-4


def test_released_ros_draws_an_epoch_as_long_as_the_imbalanced_set_with_equal_classes() -> None:
    before = training([300, 20])
    after = methods.make("ros", {}, "released").resample(before, 0)
    assert len(after) == len(before) and after.weights is not None
    np.testing.assert_allclose(np.bincount(after.labels, weights=after.weights), [0.5, 0.5])


def test_ros_repeats_without_favour() -> None:
    after = methods.make("ros", {}, "corrected").resample(training([4000, 20]), 5)
    repeats = np.bincount(after.rows[after.labels == 1] - 4000, minlength=20)
    assert repeats.sum() == 4000 and repeats.min() >= 1
    assert stats.chisquare(repeats).pvalue > 1e-4


def test_released_smote_wraps_bytes_and_walks_through_the_ranks() -> None:
    members = np.array([[0], [250], [128], [60]], dtype=np.float32) / 255
    assert are_bytes(members) and not are_bytes(members + 0.001)
    # In bytes 250 stands 6 from 0 when it is subtracted the one way: 0 - 250 wraps to 6.
    assert ranked_neighbours(members)[1].tolist() == [1, 0, 3, 2]
    before = TrainingSet(
        np.concatenate([members, members[:2]]), np.arange(6), np.array([1, 1, 1, 1, 0, 0]), 2
    )
    grown = TrainingSet(before.pool, before.rows, 1 - before.labels, 2)
    new = methods.make("smote", {}, "released").resample(grown, 0).features_of(1)
    assert are_bytes(new)


def test_a_released_row_differs_from_the_corrected_one() -> None:
    before = training([60, 15])
    ours = methods.make("smote", {}, "corrected").resample(before, 0).pool
    theirs = methods.make("smote", {}, "released").resample(before, 0).pool
    assert not np.allclose(ours, theirs)


@pytest.mark.parametrize("name", ["ros", "smote"])
def test_the_same_state_gives_the_same_bits(name: str) -> None:
    first, second = (methods.make(name, {}, "corrected").resample(training([50, 7]), 42) for _ in range(2))
    np.testing.assert_array_equal(first.pool, second.pool)
    np.testing.assert_array_equal(first.rows, second.rows)
