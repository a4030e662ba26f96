"""OCGAN and OCDCGAN: what they learn, that draws decide everything, and what is kept."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from tailmark import methods
from tailmark.errors import DivergedError, TailmarkError
from tailmark.generators import store
from tailmark.generators.adversarial import RANGE, fit_gan, imagine, inward, outward, range_of
from tailmark.generators.generate import Wanted, generate
from tailmark.generators.lesson import Gan, Lesson, Material, Model, Span
from tailmark.nets import gan

CPU = torch.device("cpu")
NETWORK = Gan("mlp", noise=3)
LESSON = Lesson("ocgan", NETWORK, learns=(0, 1), guide=None, epochs=2, batch=10, learning_rate=2e-4)
PLACE = {0: (0.2, 0.8), 1: (0.7, 0.3)}  # of the two classes


def two_clouds(n: int = 30, span: Span = (0.0, 1.0), labels: NDArray[np.int64] | None = None) -> Material:
    labels = np.arange(n) % 3 // 2 if labels is None else labels
    noise = np.random.default_rng(1).normal(scale=0.04, size=(len(labels), 2))
    pool = (np.array([PLACE[int(label)] for label in labels]) + noise).astype(np.float32)
    return Material(pool, np.arange(len(labels)), labels, np.empty(0, np.int64), 2, span)


def images(side: int, channels: int) -> Material:
    pool = np.random.default_rng(1).random((6, side * side * channels), np.float32)
    shape = (side, side, channels) if channels > 1 else (side, side)
    return Material(
        pool, np.arange(6), np.arange(6) % 2, np.empty(0, np.int64), 2, span=(0.0, 1.0), shape=shape
    )


def drawn(model: Model, material: Material, label: int, n: int, seed: int = 0) -> NDArray[np.float32]:
    return imagine(NETWORK, model, material, label, n, np.random.default_rng(seed))


def test_the_networks_have_the_sizes_of_the_authors_code() -> None:
    made, judged = gan.generator(784, 40, 2), gan.discriminator(784, 2)
    linear = [42 * 256 + 256, 256 * 512 + 512, 512 * 1024 + 1024, 1024 * 784 + 784]
    assert sum(p.numel() for p in made.parameters()) == sum(linear) + 2 * (512 + 1024) + 2 * 2
    linear = [786 * 1024 + 1024, 1024 * 512 + 512, 512 * 256 + 256, 256 + 1]
    assert sum(p.numel() for p in judged.parameters()) == sum(linear) + 2 * 2
    onehot = torch.eye(2)[[0, 1, 1]]
    x = made(torch.randn(3, 40), onehot)
    assert x.shape == (3, 784) and x.abs().max() <= 1
    assert judged(x, onehot).shape == (3,)


def test_weights_begin_small_and_the_label_as_loud_as_noise() -> None:
    torch.manual_seed(0)
    network = gan.generator(784, 40, 30)
    assert network.body[0].weight.std().item() == pytest.approx(0.02, rel=0.05)
    assert network.body[0].bias.abs().max() == 0
    assert network.label.weight.std().item() == pytest.approx(1, rel=0.1)
    assert (network.body[3].eps, network.body[3].weight.min()) == (0.8, 1)


def test_it_learns_where_each_class_is() -> None:
    material = two_clouds(60)
    model = fit_gan(replace(LESSON, epochs=80, batch=20), material, 0, CPU)
    for label, place in PLACE.items():
        made = drawn(model, material, label, 400)
        np.testing.assert_allclose(made.mean(axis=0), place, atol=0.15)


def test_an_untrained_discriminator_says_one_half() -> None:
    model = fit_gan(replace(LESSON, epochs=1, batch=30), two_clouds(), 0, CPU)
    assert model.losses == pytest.approx([math.log(2)], abs=0.01)


def test_the_seed_decides_every_bit_and_torch_s_own_draws_are_left_alone() -> None:
    torch.manual_seed(3)
    expected = torch.rand(1)
    torch.manual_seed(3)
    first = fit_gan(LESSON, two_clouds(), 5, CPU)
    drawn(first, two_clouds(), 1, 4)
    assert torch.rand(1) == expected
    again, other = (fit_gan(LESSON, two_clouds(), seed, CPU) for seed in (5, 6))
    for name, value in first.weights.items():
        np.testing.assert_array_equal(value, again.weights[name])
    assert not np.array_equal(first.weights["body.0.weight"], other.weights["body.0.weight"])
    assert len(first.losses) == LESSON.epochs and first.seconds > 0


def test_one_sample_does_not_depend_on_the_others() -> None:
    material = two_clouds()
    model = fit_gan(LESSON, material, 0, CPU)
    many = drawn(model, material, 1, 2300)
    np.testing.assert_allclose(drawn(model, material, 1, 1), many[:1], rtol=1e-5)
    assert many.shape == (2300, 2) and drawn(model, material, 1, 0).shape == (0, 2)
    assert len(np.unique(many, axis=0)) == 2300
    assert not np.allclose(many, drawn(model, material, 0, 2300), atol=1e-6)


def test_only_the_generator_is_kept_and_a_file_holds_it(tmp_path: Path) -> None:
    material = two_clouds()
    model = fit_gan(LESSON, material, 0, CPU)
    assert set(model.weights) == {*gan.generator(2, 3, 2).state_dict(), RANGE}
    store.write(tmp_path / "model.npz", model, {})
    kept = store.read(tmp_path / "model.npz")
    wanted = Wanted(label=1, n=7, seed=4)
    made = generate(LESSON, kept, material, wanted)
    np.testing.assert_array_equal(made.samples, generate(LESSON, model, material, wanted).samples)
    assert made.exemplars is None


@pytest.mark.parametrize("span", [(0.0, 1.0), (-1.0, 1.0)])
def test_a_declared_range_is_the_range(span: tuple[float, float]) -> None:
    bounds = range_of(two_clouds(span=span))
    np.testing.assert_array_equal(bounds, [[span[0]] * 2, [span[1]] * 2])
    ends = np.array([[-1.0, 1.0]], np.float32)
    np.testing.assert_array_equal(outward(ends, bounds), [span])
    np.testing.assert_array_equal(inward(np.array([span], np.float32), bounds), ends)


def test_without_one_each_feature_has_its_own_and_a_constant_one_stays() -> None:
    clouds = two_clouds(span=None)
    wide = clouds.pool * np.float32([1000, 1])
    pool = np.concatenate([wide, np.full((30, 1), 0.1, np.float32)], axis=1)
    pool = np.concatenate([pool, np.full((1, 3), 1e6, np.float32)])  # a row that this lesson does not learn
    material = replace(clouds, pool=pool)
    model = fit_gan(LESSON, material, 0, CPU)
    low, high = model.weights[RANGE]
    np.testing.assert_array_equal([low, high], [pool[:30].min(axis=0), pool[:30].max(axis=0)])
    made = drawn(model, material, 1, 50)
    assert (made >= low).all() and (made <= high).all() and (made[:, 2] == np.float32(0.1)).all()
    assert made.std(axis=0)[0] > 1 > made.std(axis=0)[1] > 0


def test_features_as_large_as_numbers_go_do_not_overflow() -> None:
    bounds = np.float32([[-3.4e38], [3.4e38]])
    x = np.float32([[-3.4e38], [0], [3.4e38]])
    np.testing.assert_array_equal(inward(x, bounds), [[-1], [0], [1]])
    np.testing.assert_array_equal(outward(inward(x, bounds), bounds), x)


def test_a_last_batch_of_one_sample_is_left_out() -> None:
    made = fit_gan(replace(LESSON, batch=10), two_clouds(31), 0, CPU)
    batches = made.weights["body.3.num_batches_tracked"]  # two passes of the generator a batch
    assert batches == LESSON.epochs * 3 * 2 and np.isfinite(made.losses).all()


@pytest.mark.parametrize(("n", "batch"), [(1, 10), (30, 1)])
def test_a_batch_has_two_samples_at_least(n: int, batch: int) -> None:
    with pytest.raises(TailmarkError, match=f"two samples or more.*; got {n} samples and a batch of {batch}"):
        fit_gan(replace(LESSON, batch=batch), two_clouds(n), 0, CPU)


def test_a_learning_rate_that_decays_to_nothing_ends_the_learning() -> None:
    stopped = replace(LESSON, decay=0.0)
    one, three = (fit_gan(replace(stopped, epochs=n), two_clouds(), 0, CPU) for n in (1, 3))
    np.testing.assert_array_equal(one.weights["body.0.weight"], three.weights["body.0.weight"])


def test_a_loss_that_is_no_number_ends_the_lesson() -> None:
    broken = two_clouds()
    broken.pool[3] = np.nan
    with pytest.raises(DivergedError, match="The loss of the generator 'ocgan' became nan in epoch 1"):
        fit_gan(replace(LESSON, batch=5), broken, 0, CPU)


@pytest.mark.parametrize("channels", [1, 3])
def test_images_have_convolutions(channels: int) -> None:
    network, material = Gan("convolutional", noise=4), images(16, channels)
    lesson = replace(LESSON, name="ocdcgan", network=network, epochs=1, batch=3)
    model = fit_gan(lesson, material, 0, CPU)
    made = imagine(network, model, material, 1, 3, np.random.default_rng(0))
    assert made.shape == (3, 16 * 16 * channels) and 0 <= made.min() < made.max() <= 1


def test_rows_of_features_have_none() -> None:
    lesson = replace(LESSON, network=Gan("convolutional", noise=4))
    with pytest.raises(TailmarkError, match=r"needs images; got rows of features. Use 'ocgan'"):
        fit_gan(lesson, two_clouds(), 0, CPU)


@pytest.mark.parametrize(("name", "noise"), [("ocgan", 40), ("ocdcgan", 100)])
def test_a_method_gives_one_lesson_to_all_smaller_classes(name: str, noise: int) -> None:
    lessons = methods.make(name, {"epochs": 3}, "corrected").lessons(np.array([9.0, 4.0, 9.0, 1.0]))
    assert lessons.keys() == {1, 3} and lessons[1] is lessons[3]
    lesson = lessons[1]
    assert isinstance(lesson.network, Gan) and lesson.network.noise == noise
    assert (lesson.learns, lesson.guide, lesson.epochs) == ((0, 1, 2, 3), None, 3)
    assert (lesson.batch, lesson.learning_rate) == (100, 2e-4)
    assert not methods.exists_in(name, "released")
