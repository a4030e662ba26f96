"""Photographs: the residual network, mirrored images and weight decay go through the same loop."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from tailmark import methods
from tailmark.errors import TailmarkError
from tailmark.training import loop
from tailmark.training.ready import Ready, network
from tailmark.training.task import Recipe
from tailmark.trainingset import TrainingSet

SHAPE = (8, 8, 3)
RECIPE = Recipe(
    network="resnet20",
    hidden=(),
    head="linear",
    ends_in_softmax=False,
    epochs=4,
    batch=16,
    learning_rate=1e-2,
    decay=0.9,
    match_steps=False,
    weight_decay=2e-4,
    flip=True,
)


def photos(recipe: Recipe = RECIPE, seed: int = 0) -> Ready:
    """Red against blue, 40 to 8."""
    labels = np.repeat([0, 1], [40, 8])
    images = np.random.default_rng(seed).random((48, *SHAPE), dtype=np.float32) * 0.3
    images[labels == 0, :, :, 0] += 0.6
    images[labels == 1, :, :, 2] += 0.6
    pool = images.reshape(48, -1)
    training = TrainingSet(pool, np.arange(48), labels, 2)
    objective = methods.make("rw", {}, "corrected").objective(training.counts.astype(np.float64))
    net = network(recipe, SHAPE, training.counts, seed)
    return Ready(seed, recipe, training, objective, net, pool, labels, SHAPE)


def test_the_residual_network_learns_colours() -> None:
    outcome = loop.train(photos(), torch.device("cpu"))
    assert outcome.curves.test_balanced_accuracy[-1] == 1.0
    assert outcome.steps == 4 * 3


def test_the_same_seed_gives_the_same_bits_and_flips_matter() -> None:
    first, again = (loop.train(photos(), torch.device("cpu")).logits for _ in range(2))
    np.testing.assert_array_equal(first, again)
    unmirrored = loop.train(photos(replace(RECIPE, flip=False)), torch.device("cpu")).logits
    assert not np.array_equal(first, unmirrored)


def test_weight_decay_makes_weights_smaller() -> None:
    def norm(decay: float) -> float:
        run = photos(replace(RECIPE, weight_decay=decay, flip=False))
        loop.train(run, torch.device("cpu"))
        return float(sum(value.detach().square().sum() for value in run.network.parameters()))

    assert norm(1.0) < norm(0.0)


def test_a_mirror_changes_left_and_right_and_nothing_else() -> None:
    image = torch.arange(2 * 3 * 2.0).reshape(2, 3, 2)  # height, width, channel
    rows = torch.stack([image.flatten(), image.flatten()])
    left, right = loop.mirror(rows, torch.tensor([False, True]), (2, 3, 2))
    torch.testing.assert_close(left, image.flatten())
    torch.testing.assert_close(right.reshape(2, 3, 2), image[:, [2, 1, 0]])


def test_half_of_the_images_are_mirrored_by_the_runs_own_seed() -> None:
    recipe = replace(RECIPE, batch=2000)
    (one, other, third) = (next(loop.flips(photos(recipe, seed))) for seed in (0, 0, 1))
    assert torch.equal(one, other)
    assert not torch.equal(one, third)
    assert 0.45 < one.double().mean() < 0.55


def test_settings_that_are_neutral_are_not_in_a_key() -> None:
    plain = replace(RECIPE, weight_decay=0.0, flip=False)
    assert RECIPE.numbers().keys() - plain.numbers().keys() == {"weight_decay", "flip"}


def test_rows_of_features_are_no_photographs() -> None:
    with pytest.raises(TailmarkError, match="needs images; the dataset has rows of 20 features"):
        network(RECIPE, (20,), np.array([3, 2]), 0)
