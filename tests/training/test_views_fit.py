"""Training over several views: its own seed decides a run, whatever runs beside it, and no label leaks."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np
import pytest
import torch

from tailmark import methods
from tailmark.errors import DivergedError
from tailmark.fusion.loss import true_class_probability
from tailmark.fusion.pools import scales
from tailmark.fusion.recipe import FusionRecipe
from tailmark.nets.views import Encoders, ViewShape
from tailmark.training.lanes import Begin, side_by_side
from tailmark.training.outcome import Outcome
from tailmark.training.task import Recipe
from tailmark.training.views.answers import adapted, answers
from tailmark.training.views.fit import begin, fit
from tailmark.training.views.ready import Ready
from tailmark.training.views.run import Training
from tailmark.trainingset import TrainingSet

CPU = torch.device("cpu")
GREY, COLOUR = ViewShape("grey", "image", (8, 8, 1)), ViewShape("colour", "image", (8, 8, 3))
COUNTS, N = np.array([60, 30, 10]), 160


def made(name: str = "mame", seed: int = 0, **settings: object) -> Ready:
    draws = np.random.default_rng(7)
    labels = np.concatenate([np.repeat(np.arange(3), COUNTS), np.arange(60) % 3])
    shapes = (GREY, COLOUR)
    pools = {
        shape.name: (60 * labels.reshape(-1, 1, 1, 1) + draws.integers(130, size=(N, *shape.shape))).astype(
            np.uint8
        )
        for shape in shapes
    }
    train, test = np.arange(100), np.arange(100, N)
    views = ("grey", "colour")
    method = methods.make(name, settings, "corrected")
    return Ready(
        seed=seed,
        method=method,
        recipe=Recipe("experts", (), "linear", False, 2, 16, 3e-3, 0.9, False),
        fusion=FusionRecipe(
            views, Encoders(channels=(4, 8), kernel=3, hidden=12), augment="crops", adapts=True
        ),
        design=method.design(COUNTS.astype(float), views),
        shapes=shapes,
        pools=pools,
        scales={shape.name: scales(pools[shape.name], train, shape) for shape in shapes},
        training=TrainingSet(np.empty((N, 0), np.float32), train, labels[train], 3),
        counts=COUNTS,
        held=train,
        held_labels=labels[train],
        test=test,
        test_labels=labels[test],
        mixes={"uniform": np.arange(60), "forward-2": np.arange(40)},
    )


def read(name: str) -> Begin:
    return begin(made(name))


def test_the_same_seed_gives_the_same_weights() -> None:
    one, other = fit(made(seed=3), CPU), fit(made(seed=3), CPU)
    np.testing.assert_array_equal(one.parts["experts"], other.parts["experts"])
    assert not np.array_equal(one.logits, fit(made(seed=4), CPU).logits)
    assert one.steps == 2 * 7 and one.curves.train_loss[-1] < one.curves.train_loss[0]


def test_runs_side_by_side_are_the_runs_alone() -> None:
    names = ("mame", "concatenation", "late-fusion", "mmd-la")
    found: dict[int, Outcome | Exception] = {}
    side_by_side([partial(read, name) for name in names], CPU, found.__setitem__, lanes=2)
    for number, name in enumerate(names):
        outcome = found[number]
        assert isinstance(outcome, Outcome)
        np.testing.assert_array_equal(outcome.logits, fit(made(name), CPU).logits)


def test_a_run_that_fails_harms_no_other() -> None:
    def broken() -> Begin:
        raise OSError("no such file")

    def diverging() -> Begin:
        ready = made("concatenation")
        broken_scales = {
            name: replace(scale, spread=scale.spread * np.nan) for name, scale in ready.scales.items()
        }
        return begin(replace(ready, scales=broken_scales))

    found: dict[int, Outcome | Exception] = {}
    side_by_side([broken, diverging, partial(read, "concatenation")], CPU, found.__setitem__, lanes=3)
    assert isinstance(found[0], OSError) and isinstance(found[1], DivergedError)
    assert isinstance(found[2], Outcome)


def test_a_training_that_learns_nothing_fails_loudly() -> None:
    ready = made("concatenation")
    still = replace(
        ready, recipe=replace(ready.recipe, learning_rate=1e-12), fusion=replace(ready.fusion, steps=510)
    )
    with pytest.raises(DivergedError, match="has not left chance level"):
        fit(still, CPU)


def test_no_test_label_is_read() -> None:
    ready = made()
    training = Training(ready, CPU)
    for _ in training.chunk():
        pass
    shuffled = replace(ready, test_labels=np.random.default_rng(0).permutation(ready.test_labels))
    before = answers(training)
    training.ready = shuffled
    after = answers(training)
    for name in ("experts", "confidence", "weights/uniform", "weights/forward-2", "confidence_without/grey"):
        np.testing.assert_array_equal(before[name], after[name])
    assert not np.array_equal(before["true_class"], after["true_class"])


def test_adapting_needs_no_labels_at_all() -> None:
    ready = made()
    training = Training(ready, CPU)
    expected = adapted(training)
    training.ready = replace(ready, test_labels=np.full(60, -1), held_labels=np.full(100, -1))
    for name, weights in adapted(training).items():
        np.testing.assert_array_equal(weights, expected[name])
        assert weights.sum() == pytest.approx(1)


def test_weights_from_labels_are_one_for_every_mix() -> None:
    ready = made()
    by_labels = replace(ready, fusion=replace(ready.fusion, adapts=False))
    outcome = fit(by_labels, CPU)
    np.testing.assert_array_equal(outcome.parts["weights/uniform"], outcome.parts["weights/forward-2"])
    mixed = np.einsum("nek,e->nk", outcome.parts["experts"], outcome.parts["weights/uniform"])
    np.testing.assert_allclose(outcome.logits, mixed, rtol=1e-5, atol=1e-6)


def test_equal_weights_are_not_fitted() -> None:
    outcome = fit(made("ensemble"), CPU)
    assert set(outcome.parts) == {"experts"}
    np.testing.assert_allclose(outcome.logits, outcome.parts["experts"].mean(1), rtol=1e-5, atol=1e-6)


def test_steps_can_replace_epochs() -> None:
    ready = made("concatenation")
    outcome = fit(replace(ready, fusion=replace(ready.fusion, steps=9)), CPU)
    assert outcome.steps == 9 and len(outcome.curves.train_loss) == 2


def test_the_module_learns_what_its_classifiers_know() -> None:
    ready = made("mmd")
    training = Training(replace(ready, fusion=replace(ready.fusion, steps=150, augment="none")), CPU)
    while not training.ended:
        for _ in training.chunk():
            pass
    said = training.said(ready.held, training.clean)
    assert said.assessed is not None and said.confidence is not None
    truth = true_class_probability(said.assessed, torch.from_numpy(ready.held_labels))
    assert (said.confidence - truth).square().mean() < 0.5 * truth.var()


def test_noise_in_one_view_leaves_the_confidence_in_the_other() -> None:
    parts = fit(made("mmd"), CPU).parts
    for view, other in ((0, "colour"), (1, "grey")):
        clean = parts["confidence"][:, view]
        np.testing.assert_array_equal(parts[f"confidence_without/{other}"][:, view], clean)
        own = ("grey", "colour")[view]
        assert not np.array_equal(parts[f"confidence_without/{own}"][:, view], clean)
