"""The theory on toys: the best mixture of two noisy answers (diagnostic C18), and what speeds do to shares (C19)."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
import torch
from hypothesis import assume, given
from hypothesis import strategies as st
from torch import nn
from torch.nn.functional import cross_entropy

from tailmark.balance import Step
from tailmark.balance.shares import certainty, dependence
from tailmark.datasets.made import VARIANCE, Noise, apart
from tailmark.fusion.experts import ExpertNetwork
from tailmark.methods.arl import Arl
from tailmark.nets.joins import Concatenation, Joined

spreads = st.floats(0.1, 4)


def test_the_papers_example() -> None:
    noise = Noise(0.5, 1.5)
    assert noise.weight == pytest.approx(0.9) and noise.variance == pytest.approx(0.225)


def test_with_correlation_the_claim_breaks() -> None:
    """The best weight leaves the interval from 0 to 1; shares of inverse variances cannot."""
    noise = Noise(0.5, 1.5, correlation=0.6)
    assert noise.weight == pytest.approx(1.125) and noise.variance == pytest.approx(0.225)
    shares = 0.9
    mixed = (shares * 0.5) ** 2 + (0.1 * 1.5) ** 2 + 2 * 0.6 * shares * 0.5 * 0.1 * 1.5
    assert mixed > noise.variance + 0.05


@given(spreads, spreads)
def test_without_correlation_a_weight_is_a_share_of_inverse_variance(one: float, other: float) -> None:
    q = 1 / one**2, 1 / other**2
    noise = Noise(one, other)
    assert noise.weight == pytest.approx(q[0] / sum(q)) and noise.variance == pytest.approx(1 / sum(q))


@given(spreads, spreads, st.floats(-0.9, 0.9), st.floats(-3, 3))
def test_no_other_weight_has_less_variance(one: float, other: float, r: float, weight: float) -> None:
    assume(abs(one - other) > 0.05 or r < 0.8)

    def variance(w: float) -> float:
        return (w * one) ** 2 + ((1 - w) * other) ** 2 + 2 * r * w * (1 - w) * one * other

    noise = Noise(one, other, r)
    assert variance(noise.weight) == pytest.approx(noise.variance, rel=1e-6, abs=1e-9)
    assert variance(weight) >= noise.variance - 1e-9


@pytest.mark.parametrize("noise", [Noise(0.5, 1.5), Noise(0.5, 1.5, 0.6), Noise(1.0, 0.7, -0.4)])
def test_so_it_is_by_many_draws(noise: Noise) -> None:
    first, second = noise.draw(np.random.default_rng(0), (200_000,))
    assert first.std() == pytest.approx(noise.first, rel=0.01)
    assert second.std() == pytest.approx(noise.second, rel=0.01)
    assert np.corrcoef(first, second)[0, 1] == pytest.approx(noise.correlation, abs=0.01)
    mixed = {
        step: (noise.weight + step) * first + (1 - noise.weight - step) * second for step in (-0.1, 0, 0.1)
    }
    assert mixed[0].var() == pytest.approx(noise.variance, rel=0.02)
    assert mixed[0].var() < min(mixed[-0.1].var(), mixed[0.1].var())


@given(st.floats(1, 20))
def test_noise_further_apart_is_as_hard(ratio: float) -> None:
    noise = apart(ratio)
    assert noise.variance == pytest.approx(VARIANCE) and noise.second / noise.first == pytest.approx(ratio)


@cache
def gap(speeds: str, gamma: float, steps: int, seed: int) -> float:
    """|q - d| of the first view, after two linear encoders learned from answers with noise 0.5 and 1.5."""
    draws, classes, samples = np.random.default_rng(seed), 5, 400
    labels = torch.arange(samples) % classes
    noises = Noise(0.5, 1.5).draw(draws, (samples, classes))
    views = {
        name: torch.from_numpy(np.eye(classes)[labels] + of).float()
        for name, of in zip("ab", noises, strict=True)
    }
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        encoders = [nn.Linear(classes, 8), nn.Linear(classes, 8)]
        classifier = Joined(Concatenation((8, 8)), nn.Linear(16, classes), rectifies=False)
    network = ExpertNetwork(("a", "b"), [*encoders], classifier, [], (8, 8))
    arl = Arl(gamma=gamma, sharpness=8.0, warm_up=0.0, speeds=speeds)  # type: ignore[arg-type]
    step = Step(
        network=network,
        views=views,
        labels=labels,
        loss=lambda logits: cross_entropy(logits, labels),
        losses=lambda said: torch.stack([cross_entropy(logits, labels) for logits in said]),
        progress=torch.tensor(0.5),
        memory={},
        normal=list,
        update=lambda: None,
    )
    descent = torch.optim.SGD(network.parameters(), lr=0.05, momentum=0.9)
    for _ in range(steps):
        descent.zero_grad()
        arl.gradients(step)
        descent.step()
    with torch.no_grad():
        alone = network.alone(network.encoded(views))
    return float((certainty(alone, least=0.3) - dependence(alone)).abs()[0])


SEEDS = range(5)


def test_shares_come_closer_whoever_sets_the_speeds() -> None:
    """Not because of the speeds: with those of ARL and with none the gap closes alike."""
    begun, live, none = (
        np.mean([gap(speeds, 1.0, steps, seed) for seed in SEEDS])
        for speeds, steps in (("none", 0), ("live", 60), ("none", 60))
    )
    assert max(live, none) < 0.75 * begun
    assert abs(live - none) < 0.05 * begun


def test_speeds_are_no_simple_feedback() -> None:
    """A view that is sped up is surer too, so what it should have grows with what it has: at first the gap widens."""
    wider = [gap("live", 0.0, 30, seed) - gap("constant", 0.0, 30, seed) for seed in SEEDS]
    assert min(wider) > 0.001
