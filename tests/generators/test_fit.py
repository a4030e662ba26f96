"""A lesson learns, is the same bits twice, and is the same beside others as alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from tailmark.errors import DivergedError
from tailmark.generators import checkpoint, fit
from tailmark.generators.checkpoint import Checkpoint
from tailmark.generators.draws import Draws
from tailmark.generators.fit import Teacher, fit_vae
from tailmark.generators.lesson import Lesson, Material, Model
from tailmark.generators.network import exemplars_of, steps_of, vae_of
from tailmark.generators.stack import Taught, fit_stack, stackable

Lessons = Callable[..., Lesson]
Materials = Callable[..., Material]
CPU = torch.device("cpu")


def majority_of(material: Material) -> Material:
    """What pre-training sees: the guides, as samples too."""
    return replace(material, learns=material.guides, labels=np.zeros(len(material.guides), np.int64))


def both_of(material: Material) -> Material:
    """What a conditional model sees: all classes, and no guides."""
    n = len(material.pool)
    labels = np.isin(np.arange(n), material.learns).astype(np.int64)
    return replace(material, learns=np.arange(n), labels=labels, guides=np.empty(0, np.int64))


def alone(taught: Taught) -> Model:
    return fit_vae(taught.lesson, taught.material, taught.seed, taught.start, CPU)


def together(members: list[Taught]) -> list[Model]:
    """Trained as one stack, which all of them must fit into."""
    assert len({stackable(taught) for taught in members}) == 1
    models = fit_stack(members, CPU)
    assert all(isinstance(model, Model) for model in models)
    return [model for model in models if isinstance(model, Model)]


def assert_same(one: Model, other: Model) -> None:
    np.testing.assert_allclose(one.losses, other.losses, rtol=1e-4)
    for part, tolerance in ((lambda m: m.weights, 1e-4), (lambda m: m.fisher, 1e-3)):
        assert part(one).keys() == part(other).keys()
        for name, value in part(one).items():
            scale = np.abs(value).max()
            np.testing.assert_allclose(part(other)[name], value, rtol=tolerance, atol=tolerance * scale)


@pytest.mark.parametrize("likelihood", ["sse", "bernoulli", "gaussian"])
@pytest.mark.parametrize(("prior", "variance"), [("majority", "shared"), ("gaussian", "diagonal")])
def test_the_loss_falls(
    lesson: Lessons, two_classes: Materials, likelihood: str, prior: str, variance: str
) -> None:
    told = lesson(likelihood=likelihood, prior=prior, variance=variance, epochs=40)
    told = replace(told, exemplars=told.exemplars if prior == "majority" else 0)
    model = fit_vae(told, two_classes(), 0, None, CPU)
    assert len(model.losses) == 40 and model.seconds > 0
    first, last = model.losses[:3].mean(), model.losses[-3:].mean()
    assert last < first - 0.02 * abs(first)


def test_what_is_far_apart_is_told_apart(lesson: Lessons, two_classes: Materials) -> None:
    """Two halves of the majority far from one another: only a model that tells them apart fits them."""
    seen = majority_of(two_classes(n=1, guides=60))
    pool = seen.pool.copy()
    pool[:30], pool[30:60] = 0.02 * pool[:30], 1 - 0.02 * pool[30:60]
    model = fit_vae(lesson(epochs=80, learning_rate=1e-2), replace(seen, pool=pool), 0, None, CPU)
    one_point = 6 * 0.25  # what a constant decoder pays
    assert model.losses[-1] < 0.5 * one_point < 0.9 * one_point < model.losses[0]


def test_the_same_seed_is_the_same_bits(lesson: Lessons, two_classes: Materials) -> None:
    told = lesson(fisher_samples=5)
    first, again = (fit_vae(told, two_classes(), 3, None, CPU) for _ in range(2))
    np.testing.assert_array_equal(first.losses, again.losses)
    for name, value in first.weights.items():
        np.testing.assert_array_equal(value, again.weights[name])
        np.testing.assert_array_equal(first.fisher[name], again.fisher[name])
    other = fit_vae(told, two_classes(), 4, None, CPU)
    assert not np.array_equal(first.weights["mean.weight"], other.weights["mean.weight"])


def test_no_draw_of_anyone_else_is_used_up(lesson: Lessons, two_classes: Materials) -> None:
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    fit_vae(lesson(), two_classes(), 0, None, CPU)
    torch.testing.assert_close(torch.rand(3), expected)


@pytest.mark.parametrize("step", ["penalty", "proximal"])
def test_a_stack_of_fine_tunes_is_each_alone(lesson: Lessons, two_classes: Materials, step: str) -> None:
    """Other data, numbers of samples, seeds, starts and lambdas; the last batch of each is short."""
    members = []
    for seed, n, strength in [(0, 18, 5.0), (1, 22, 500.0), (2, 17, 5e4), (3, 24, 5e4)]:
        seen = two_classes(n=n, guides=30 + seed, seed=seed)
        first = lesson(name="pretraining", learns=(0,), fisher_samples=10)
        start = fit_vae(first, majority_of(seen), seed, None, CPU)
        tuned = lesson(name="class 1", start=first, ewc=strength, ewc_step=step, epochs=4, decay=0.9)
        members.append(Taught(tuned, seen, seed, start))
    for taught, model in zip(members, together(members), strict=True):
        assert_same(alone(taught), model)


def test_a_stack_of_pre_trainings_is_each_alone_with_its_information(
    lesson: Lessons, two_classes: Materials
) -> None:
    told = lesson(name="pretraining", learns=(0,), fisher_samples=8)
    members = [Taught(told, majority_of(two_classes(seed=seed)), seed, None) for seed in range(3)]
    for taught, model in zip(members, together(members), strict=True):
        assert model.fisher
        assert_same(alone(taught), model)


@pytest.mark.parametrize("likelihood", ["sse", "bernoulli", "gaussian"])
def test_a_stack_of_conditional_models_is_each_alone(
    lesson: Lessons, two_classes: Materials, likelihood: str
) -> None:
    told = lesson(
        name="ocvae",
        learns=(0, 1),
        guide=None,
        exemplars=0,
        conditional=True,
        prior="gaussian",
        variance="diagonal",
        likelihood=likelihood,
        decay=0.95,
    )
    members = [
        Taught(told, both_of(two_classes(n=20 + seed, seed=seed)), seed, None)
        for seed in range(2)  # 60 and 61 samples
    ]
    for taught, model in zip(members, together(members), strict=True):
        assert_same(alone(taught), model)


def test_lessons_that_differ_in_more_than_numbers_do_not_share_a_stack(
    lesson: Lessons, two_classes: Materials
) -> None:
    start = Model({})
    base = Taught(lesson(ewc=5.0, start=lesson()), two_classes(), 0, start)
    others = [
        replace(base, lesson=replace(base.lesson, epochs=4)),
        replace(base, lesson=replace(base.lesson, ewc_step="proximal")),
        replace(base, lesson=replace(base.lesson, ewc=0.0)),  # without the penalty it is another program
        replace(base, lesson=replace(base.lesson, exemplars=11)),
        replace(base, lesson=lesson(ewc=5.0, start=lesson(), latent=4)),
        replace(base, lesson=lesson(ewc=5.0, start=lesson(), likelihood="gaussian")),
        replace(base, material=two_classes(n=40)),  # more steps
        replace(base, material=two_classes(span=(-1.0, 1.0))),
    ]
    assert len({stackable(taught) for taught in [base, *others]}) == 9
    same = [
        replace(base, lesson=replace(base.lesson, ewc=7.0)),
        replace(base, seed=5),
        replace(base, material=two_classes(n=18, guides=33, seed=2)),
        replace(base, lesson=replace(base.lesson, name="class 4", learns=(4,))),
    ]
    assert {stackable(taught) for taught in same} == {stackable(base)}


def test_a_wild_rate_is_reported(lesson: Lessons, two_classes: Materials) -> None:
    with pytest.raises(
        DivergedError, match=r"generator 'small' became (nan|inf) in epoch \d+. Lower its learning"
    ):
        fit_vae(lesson(learning_rate=1e10, epochs=20), two_classes(), 0, None, CPU)


def test_one_that_diverges_in_a_stack_leaves_the_others_unharmed(
    lesson: Lessons, two_classes: Materials
) -> None:
    good, bad = two_classes(), two_classes()
    bad = replace(bad, pool=np.full_like(bad.pool, np.nan))
    members = [Taught(lesson(), seen, seed, None) for seed, seen in enumerate([good, bad, good])]
    first, diverged, third = fit_stack(members, CPU)
    assert isinstance(diverged, DivergedError) and "generator 'small'" in str(diverged)
    assert isinstance(first, Model) and isinstance(third, Model)
    assert_same(alone(members[0]), first)
    assert_same(alone(members[2]), third)


def test_a_class_of_one_sample_can_be_learned(lesson: Lessons, two_classes: Materials) -> None:
    model = fit_vae(lesson(epochs=20), two_classes(n=1), 0, None, CPU)
    assert np.isfinite(model.losses).all() and model.losses[-1] < model.losses[0]


def test_a_small_majority_caps_the_exemplars(lesson: Lessons, two_classes: Materials) -> None:
    seen = two_classes(guides=5)
    assert exemplars_of(lesson(exemplars=12), seen) == 5
    teacher = Teacher(lesson(), lesson().network, seen, CPU)
    batches = list(teacher.epoch(Draws(0, "small")))
    assert [len(noise) for _, noise, _ in batches] == [8, 8, 4]
    assert [len(rows) - len(noise) for rows, noise, _ in batches] == [5, 5, 5]
    assert np.isfinite(fit_vae(lesson(), seen, 0, None, CPU).losses).all()


def test_a_batch_is_samples_and_then_exemplars(lesson: Lessons, two_classes: Materials) -> None:
    seen = two_classes()
    teacher = Teacher(lesson(), lesson().network, seen, CPU)
    draws, guides, samples = Draws(0, "small"), [], []
    for _ in range(2):
        for rows, noise, condition in teacher.epoch(draws):
            assert condition is None
            samples.append(rows[: len(noise)].numpy())
            guides.append(rows[len(noise) :].numpy())
    epochs = np.split(np.concatenate(samples), 2)
    assert all(sorted(epoch) == sorted(seen.learns) for epoch in epochs)
    assert not np.array_equal(*epochs)
    assert np.isin(guides, seen.guides).all() and len({tuple(g) for g in guides}) == 6  # drawn anew each step
    assert len(guides) == 2 * steps_of(lesson(), seen) == 6


def test_no_draw_depends_on_lambda_or_on_the_start(lesson: Lessons, two_classes: Materials) -> None:
    """Ablations are compared in pairs: the first loss of each is on the same batch and the same noise."""
    seen = two_classes()
    first = lesson(name="pretraining", learns=(0,), fisher_samples=5)
    start = fit_vae(first, majority_of(seen), 0, None, CPU)
    losses = [
        fit_vae(lesson(start=first, ewc=strength, batch=20), seen, 0, start, CPU).losses[0]
        for strength in (0.0, 5.0, 5e4)
    ]
    assert len(set(losses)) == 1


def test_the_information_is_of_what_the_model_imagines(
    lesson: Lessons, two_classes: Materials, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Reconstructions of samples, one at a time, each with fresh exemplars."""
    seen, told = majority_of(two_classes()), lesson(epochs=0, fisher_samples=10)
    trained = fit_vae(lesson(epochs=20), seen, 0, None, CPU)
    narrow = {**trained.weights, "log_variance": np.array(-80, np.float32)}
    looked_at: list[torch.Tensor] = []
    monkeypatch.setattr(fit, "fisher", lambda _, loss, samples: looked_at.extend(samples) or {})
    for walk in ("random", "in turn"):
        fit_vae(replace(told, walk=walk), seen, 0, Model(narrow), CPU)
    network = vae_of(told.network, seen, 0, Model(narrow))
    pool = torch.from_numpy(seen.pool)
    with torch.no_grad():
        reconstructed = network.decode(network.encode(pool[seen.learns]))
    sources = [int((reconstructed - rows[0]).abs().sum(-1).argmin()) for rows in looked_at]
    for source, rows in zip(sources, looked_at, strict=True):
        torch.testing.assert_close(rows[0], reconstructed[source])
        assert len(rows) == 1 + told.exemplars
        assert {tuple(row) for row in rows[1:].tolist()} <= {tuple(row) for row in pool[seen.guides].tolist()}
    assert sources[10:] == list(range(10)) != sources[:10]
    assert len({tuple(rows[1:].flatten().tolist()) for rows in looked_at[:10]}) == 10


def test_only_who_asks_for_information_has_it(lesson: Lessons, two_classes: Materials) -> None:
    told = lesson(fisher_samples=10, walk="in turn")
    assert not fit_vae(lesson(), two_classes(), 0, None, CPU).fisher
    few = majority_of(two_classes(n=1, guides=3))  # fewer samples than the information is asked of
    assert fit_vae(told, few, 0, None, CPU).fisher


def test_a_model_with_weights_that_its_loss_does_not_see_goes_on_too(
    lesson: Lessons, two_classes: Materials, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Under a standard Gaussian prior the scalar of the majority's has no moments to keep."""
    monkeypatch.setattr(checkpoint, "EVERY", 0.0)
    told = lesson(prior="gaussian", variance="diagonal", exemplars=0, epochs=4)
    expected = fit_vae(told, two_classes(), 0, None, CPU)
    fit_vae(replace(told, epochs=2), two_classes(), 0, None, CPU, Checkpoint(tmp_path / "a.npz"))
    model = fit_vae(told, two_classes(), 0, None, CPU, Checkpoint(tmp_path / "a.npz"))
    np.testing.assert_array_equal(model.losses, expected.losses)
    for name, value in expected.weights.items():
        np.testing.assert_array_equal(model.weights[name], value)
