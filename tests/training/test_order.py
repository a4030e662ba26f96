"""The order of samples: whole shuffles, from the run's own seed, and equal steps where they are asked for."""

from __future__ import annotations

from itertools import islice

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tailmark.training.order import epoch_length, epochs
from tailmark.trainingset import TrainingSet

sizes = st.tuples(st.integers(1, 30), st.integers(1, 30))


def training(counts: tuple[int, int]) -> TrainingSet:
    labels = np.repeat([0, 1], counts)
    return TrainingSet(np.zeros((len(labels), 1), np.float32), np.arange(len(labels)), labels, 2)


@given(sizes, st.integers(0, 99))
def test_an_epoch_shows_every_sample_once(counts: tuple[int, int], seed: int) -> None:
    made = training(counts)
    for order in islice(epochs(made, seed, epoch_length(made, False)), 3):
        assert sorted(order) == list(range(len(made)))


@given(sizes, st.integers(0, 99))
def test_equal_steps_means_epochs_of_the_balanced_size(counts: tuple[int, int], seed: int) -> None:
    made = training(counts)
    length = epoch_length(made, True)
    assert length == 2 * max(counts)
    seen = np.concatenate(list(islice(epochs(made, seed, length), 4)))
    often = np.bincount(seen, minlength=len(made))
    assert len(seen) == 4 * length and often.max() - often.min() <= 1  # shuffles follow on across epochs


def test_the_order_is_the_seeds_own() -> None:
    made = training((20, 10))
    first, again, other = (np.concatenate(list(islice(epochs(made, s, 30), 2))) for s in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


def test_weighted_draws_balance_the_classes() -> None:
    made = training((900, 100))
    drawn = made.drawn(1.0 / made.counts[made.labels])
    order = next(epochs(drawn, 0, 10_000))
    assert abs((made.labels[order] == 1).mean() - 0.5) < 0.02
