"""Generation: one sample an exemplar, the same for the same seed, inside the range of the data."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from tailmark.generators.fit import fit_vae
from tailmark.generators.generate import PIECE, Wanted, exemplars_for, generate
from tailmark.generators.lesson import Lesson, Material, Model
from tailmark.generators.network import vae_of
from tailmark.nets.vae import Vae

Lessons = Callable[..., Lesson]
Materials = Callable[..., Material]
CPU = torch.device("cpu")


def untrained(lesson: Lesson, material: Material, **weights: float) -> Model:
    """The network as it is drawn, with some scalars set."""
    network = vae_of(lesson.network, material, 0, None)
    state = {name: value.numpy() for name, value in network.state_dict().items()}
    return Model({**state, **{name: np.array(value, np.float32) for name, value in weights.items()}})


@given(st.integers(1, 60), st.integers(1, 25), st.integers(0, 99))
def test_no_exemplar_comes_twice_before_all_have_come_once(n: int, available: int, seed: int) -> None:
    chosen = exemplars_for(n, available, np.random.default_rng(seed), "random")
    assert len(chosen) == n
    often = np.bincount(chosen, minlength=available)
    assert len(often) == available and often.max() - often.min() <= 1
    for first in range(0, n, available):
        part = chosen[first : first + available]
        assert len(set(part.tolist())) == len(part)


@given(st.integers(1, 60), st.integers(1, 25))
def test_in_turn_is_the_order_of_the_training_set(n: int, available: int) -> None:
    chosen = exemplars_for(n, available, np.random.default_rng(0), "in turn")
    assert chosen.tolist() == [i % available for i in range(n)]


def test_random_exemplars_are_not_in_order() -> None:
    chosen = exemplars_for(30, 40, np.random.default_rng(0), "random")
    assert not np.array_equal(chosen, np.sort(chosen)) and chosen.max() > 30


def test_the_number_that_is_missing_comes_each_from_its_own_exemplar(
    lesson: Lessons, two_classes: Materials
) -> None:
    seen = two_classes(n=3, guides=PIECE + 40)
    made = generate(lesson(), untrained(lesson(), seen), seen, Wanted(1, PIECE + 37, seed=0))
    assert made.samples.shape == (PIECE + 37, 6) and made.samples.dtype == np.float32
    assert made.exemplars is not None
    assert len(set(made.exemplars.tolist())) == PIECE + 37
    assert set(made.exemplars.tolist()) <= set(range(len(seen.guides)))


def test_the_seed_decides_everything(lesson: Lessons, two_classes: Materials) -> None:
    seen, model = two_classes(), untrained(lesson(), two_classes())
    first, again, other = (generate(lesson(), model, seen, Wanted(1, 20, seed)) for seed in (4, 4, 5))
    np.testing.assert_array_equal(first.samples, again.samples)
    np.testing.assert_array_equal(first.exemplars, again.exemplars)
    assert not np.array_equal(first.samples, other.samples)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(1)
        elsewhere = generate(lesson(), model, seen, Wanted(1, 20, 4))
    np.testing.assert_array_equal(first.samples, elsewhere.samples)


def test_without_variance_a_sample_is_its_exemplars_reconstruction(
    lesson: Lessons, two_classes: Materials
) -> None:
    seen = two_classes()
    model = untrained(lesson(), seen, log_variance=-80.0)
    made = generate(lesson(), model, seen, Wanted(1, 15, 0))
    network = vae_of(lesson().network, seen, 0, model)
    assert made.exemplars is not None
    with torch.no_grad():
        exemplars = torch.from_numpy(seen.pool[seen.guides[made.exemplars]])
        expected = network.decode(network.encode(exemplars)).numpy()
    np.testing.assert_allclose(made.samples, expected, atol=1e-6)
    assert np.ptp(made.samples, axis=0).min() > 1e-4  # and they differ from one another


def test_around_its_exemplar_a_sample_has_the_priors_variance(
    lesson: Lessons, two_classes: Materials, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = two_classes(guides=800, span=None)
    model = untrained(lesson(), seen, log_variance=math.log(0.09))
    monkeypatch.setattr(Vae, "decode", lambda _, latent, condition: latent)
    made = generate(lesson(), model, seen, Wanted(1, 800, 0))
    exemplars = torch.from_numpy(seen.pool[seen.guides[made.exemplars]])
    centres = vae_of(lesson().network, seen, 0, model).encode(exemplars).detach().numpy()
    noise = made.samples - centres
    assert noise.std() == pytest.approx(0.3, rel=0.05) and abs(noise.mean()) < 0.02


@pytest.mark.parametrize("how", ["mean", "sample"])
@pytest.mark.parametrize("likelihood", ["sse", "gaussian"])
@pytest.mark.parametrize("span", [(0.0, 1.0), (-1.0, 1.0)])
def test_samples_stay_where_the_data_live(
    lesson: Lessons, two_classes: Materials, span: tuple[float, float], likelihood: str, how: str
) -> None:
    seen = two_classes(span=span)
    told = lesson(likelihood=likelihood)
    model = untrained(told, seen, log_variance=6.0)
    made = generate(told, model, seen, Wanted(1, 40, 0, how)).samples
    assert made.min() >= span[0] and made.max() <= span[1]
    assert (made.min() < 0) == (span[0] < 0)


def test_where_the_data_live_anywhere_so_do_samples(lesson: Lessons, two_classes: Materials) -> None:
    seen = two_classes(span=None)
    model = untrained(lesson(), seen, log_variance=12.0)
    made = generate(lesson(), model, seen, Wanted(1, 40, 0)).samples
    assert made.min() < -1 and made.max() > 1


def test_a_sample_is_the_mean_and_the_likelihoods_noise(lesson: Lessons, two_classes: Materials) -> None:
    seen = two_classes(guides=800, span=None)
    for likelihood, weights, expected in [
        ("sse", {}, math.sqrt(0.5)),
        ("gaussian", {"noise": math.log(0.04)}, 0.2),
    ]:
        told = lesson(likelihood=likelihood)
        model = untrained(told, seen, **weights)
        mean, noisy = (generate(told, model, seen, Wanted(1, 800, 0, how)) for how in ("mean", "sample"))
        np.testing.assert_array_equal(mean.exemplars, noisy.exemplars)
        noise = noisy.samples - mean.samples
        assert noise.std() == pytest.approx(expected, rel=0.05) and abs(noise.mean()) < 0.05 * expected


def test_a_sample_of_pixels_is_black_or_white(lesson: Lessons, two_classes: Materials) -> None:
    seen = two_classes(guides=800)
    told = lesson(likelihood="bernoulli")
    model = untrained(told, seen)
    mean, noisy = (generate(told, model, seen, Wanted(1, 800, 0, how)).samples for how in ("mean", "sample"))
    assert set(np.unique(noisy).tolist()) == {0.0, 1.0}
    np.testing.assert_allclose(noisy.mean(0), mean.mean(0), atol=0.08)


def test_as_released_pixels_are_whole_bytes_and_numbers_are_not(
    lesson: Lessons, two_classes: Materials
) -> None:
    told = lesson(walk="in turn")
    image, row = two_classes(shape=(2, 3)), two_classes()
    model = untrained(told, row)
    cut, uncut = (generate(told, model, seen, Wanted(1, 20, 0)) for seen in (image, row))
    np.testing.assert_array_equal(cut.exemplars, np.arange(20))
    np.testing.assert_allclose(cut.samples * 255, np.floor(uncut.samples * 255), atol=1e-4)
    assert np.abs(cut.samples - uncut.samples).max() > 1e-4
    as_corrected = generate(lesson(), model, image, Wanted(1, 20, 0)).samples * 255
    assert np.abs(as_corrected - np.rint(as_corrected)).max() > 0.01


def test_a_standard_gaussian_prior_has_no_exemplars(lesson: Lessons, two_classes: Materials) -> None:
    told, seen = lesson(prior="gaussian", variance="diagonal", exemplars=0), two_classes()
    made = generate(told, untrained(told, seen), seen, Wanted(1, 20, 0))
    assert made.exemplars is None and made.samples.shape == (20, 6)
    other_majority = replace(seen, pool=np.where(np.arange(60)[:, None] < 40, 0, seen.pool))
    again = generate(told, untrained(told, seen), other_majority, Wanted(1, 20, 0))
    np.testing.assert_array_equal(made.samples, again.samples)


def test_a_conditional_model_makes_the_class_that_it_is_told(lesson: Lessons, two_classes: Materials) -> None:
    seen = two_classes(n=40)
    labels = np.repeat([0, 1], 40)
    seen = replace(seen, learns=np.arange(80), labels=labels, guides=np.empty(0, np.int64))
    told = lesson(
        learns=(0, 1),
        guide=None,
        exemplars=0,
        conditional=True,
        prior="gaussian",
        variance="diagonal",
        likelihood="gaussian",
        epochs=60,
        learning_rate=1e-2,
    )
    model = fit_vae(told, seen, 0, None, CPU)
    real = np.stack([seen.pool[labels == label].mean(0) for label in (0, 1)])
    for label in (0, 1):
        made = generate(told, model, seen, Wanted(label, 100, 0)).samples.mean(0)
        near, far = np.abs(made - real[label]).mean(), np.abs(made - real[1 - label]).mean()
        assert near < 0.05 < far


def test_a_fine_tuned_model_makes_the_minority(lesson: Lessons, two_classes: Materials) -> None:
    seen = two_classes(n=30)
    model = fit_vae(lesson(epochs=150), seen, 0, None, CPU)
    made = generate(lesson(), model, seen, Wanted(1, 40, 0)).samples.mean(0)
    minority, majority = seen.pool[seen.learns].mean(0), seen.pool[seen.guides].mean(0)
    assert np.abs(made - minority).mean() < 0.05 < np.abs(made - majority).mean()
