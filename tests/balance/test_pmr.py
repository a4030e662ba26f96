"""PMR: prototypes are class means that move by half, and draw the weaker view alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from tailmark.balance.recess import Recess, Samples
from tailmark.methods.pmr import SHARE, like
from tailmark.training.views.run import Training

Desk = Callable[..., Any]
Make = Callable[..., Any]
CPU = torch.device("cpu")


def plain(step: Any) -> Tensor:
    loss: Tensor = step.loss(step.fused(step.features()))
    return loss


def test_a_tenth_of_each_class_is_looked_at_and_one_sample_at_the_least() -> None:
    samples = Samples(np.arange(100, 146), np.repeat([0, 1, 2], [30, 14, 2]))
    part = samples.part_of_each_class(SHARE, np.random.default_rng(0))
    assert np.bincount(part.labels).tolist() == [3, 1, 1]
    for row, label in zip(part.rows, part.labels, strict=True):
        assert samples.labels[row - 100] == label


def test_prototypes_are_class_means_and_then_move_by_half(ready: Make) -> None:
    training = Training(ready("pmr", ("table", "image")), CPU)
    assert training.balancing is not None
    seen: list[Samples] = []

    def recess(done: int) -> dict[str, Tensor]:
        """The prototypes after it; `seen` are the samples that they were made of."""
        balancing = training.balancing
        assert balancing is not None
        part = Samples(training.ready.training.rows, training.ready.training.labels).part_of_each_class(
            SHARE, np.random.default_rng(done)
        )
        seen.append(part)
        balancing.draws = np.random.default_rng(done)
        balancing.recess(training.clean, done, training.length, training._practised)
        return {name: value.clone() for name, value in balancing.memory.items()}

    def means() -> list[Tensor]:
        expert, part = training.network.first, seen[-1]
        with torch.no_grad():
            features = expert.encoded(training.clean(torch.from_numpy(part.rows)))
        return [
            torch.stack([of_view[torch.from_numpy(part.labels == k)].mean(dim=0) for k in range(3)])
            for of_view in features
        ]

    first = recess(0)
    for prototypes, mean in zip(first.values(), means(), strict=True):
        torch.testing.assert_close(prototypes, mean)
    with torch.no_grad():
        for weight in training.network.parameters():
            weight.mul_(1.5)
    second = recess(7)
    for old, new, mean in zip(first.values(), second.values(), means(), strict=True):
        torch.testing.assert_close(new, (old + mean) / 2)
        assert not torch.allclose(old, new)


def test_only_the_weaker_view_is_drawn(desk: Desk) -> None:
    weaker = set()
    for seed in range(8):
        made = desk("pmr", ("table", "image"), seed=seed, alpha=0.6)
        draws = torch.Generator().manual_seed(seed)
        for prototypes in made.memory.values():
            prototypes.copy_(torch.rand(prototypes.shape, generator=draws))
        features = [each.detach() for each in made.network.encoded(made.views)]
        sims = [like(h, c) for h, c in zip(features, made.memory.values(), strict=True)]
        scores = [float(sim.softmax(-1)[torch.arange(12), made.labels].sum()) for sim in sims]
        weak = int(np.argmin(scores))
        weaker.add(weak)

        def drawn(step: Any, weak: int = weak, made: Any = made) -> Tensor:
            features = step.features()
            sim = -torch.cdist(features[weak], list(made.memory.values())[weak])
            loss: Tensor = step.loss(step.fused(features)) + 0.6 * cross_entropy(sim, step.labels)
            return loss

        before, expected = made.plain(plain), made.plain(drawn)
        for name, gradient in made.gradients().items():
            torch.testing.assert_close(gradient, expected[name], rtol=1e-4, atol=1e-5, msg=name)
            if not name.startswith(f"encoders.{weak}"):
                torch.testing.assert_close(gradient, before[name], rtol=0, atol=0, msg=name)
        assert any(
            not torch.allclose(expected[name], before[name])
            for name in before
            if name.startswith(f"encoders.{weak}")
        )
    assert weaker == {0, 1}


def test_likeness_is_minus_the_distance() -> None:
    found = like(torch.tensor([[0.0, 0.0], [3.0, 4.0]]), torch.tensor([[3.0, 4.0], [0.0, 1.0]]))
    torch.testing.assert_close(found, -torch.tensor([[5.0, 1.0], [0.0, 18**0.5]]), rtol=0, atol=2e-4)


def test_a_feature_may_be_its_prototype(desk: Desk) -> None:
    made = desk("pmr", ("table", "table"))
    with torch.no_grad():
        for prototypes, features in zip(made.memory.values(), made.network.encoded(made.views), strict=True):
            prototypes.copy_(features[:3])
    for gradient in made.gradients().values():
        assert gradient.isfinite().all()


def test_the_network_is_at_rest_while_it_is_looked_at(ready: Make) -> None:
    """Batch normalisation must neither see the samples that are looked at nor remember them."""
    training = Training(ready("pmr", ("table", "table")), CPU)
    expert = training.network.first
    expert.encoders[0].append(torch.nn.BatchNorm1d(6))
    with torch.no_grad():
        expert.encoders[0][-1].running_mean.fill_(0.3)
    before = {name: value.clone() for name, value in expert.state_dict().items()}
    rows = training.ready.training.rows
    recess = _recess(training)
    whole, few = recess.features(rows), recess.features(rows[:5])
    torch.testing.assert_close(whole[0][:5], few[0])
    for name, value in expert.state_dict().items():
        torch.testing.assert_close(value, before[name], rtol=0, atol=0, msg=name)
    assert expert.training, "and the steps go on as they did"


def _recess(training: Training) -> Recess:
    found: list[Recess] = []
    balancing = training.balancing
    assert balancing is not None

    class Catch:
        def between(self, recess: Recess) -> None:
            found.append(recess)

    balance, balancing.balance = balancing.balance, Catch()
    balancing.recess(training.clean, 0, training.length, training._practised)
    balancing.balance = balance
    return found[0]


def test_at_strength_zero_it_is_concatenation(ready: Make, trained: Any) -> None:
    plain, off, on = (
        trained(ready(name, **settings))
        for name, settings in (("concatenation", {}), ("pmr", {"alpha": 0.0}), ("pmr", {}))
    )
    rows = plain.ready.test
    torch.testing.assert_close(off.answered(rows), plain.answered(rows), rtol=0, atol=0)
    assert not torch.equal(on.answered(rows), plain.answered(rows))


def test_prototypes_are_of_the_training_set_alone(ready: Make, trained: Any) -> None:
    made = ready("pmr", ("table", "table"), steps=14)
    moved = {name: pool.copy() for name, pool in made.pools.items()}
    for pool in moved.values():
        pool[made.test] += 5
    one, other = trained(made), trained(replace(made, pools=moved))
    assert one.balancing is not None and other.balancing is not None
    for name, prototypes in one.balancing.memory.items():
        torch.testing.assert_close(prototypes, other.balancing.memory[name], rtol=0, atol=0)
