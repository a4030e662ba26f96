"""The objectives of skilled experts and of M2LC-Net: the identities that they must keep."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from torch.nn.functional import cross_entropy

from tailmark import methods
from tailmark.fusion.priors import reversed_prior, skills
from tailmark.methods.m2lc_net import M2lcNet
from tailmark.objective import Objective, loss, prior_of

COUNTS = np.array([4659.0, 601.0, 77.0, 46.0])
LOGITS = 3 * torch.randn(32, 4, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
LABELS = torch.arange(32) % 4
several = st.lists(st.integers(1, 5000), min_size=2, max_size=12)


def value(objective: Objective, logits: torch.Tensor = LOGITS, labels: torch.Tensor = LABELS) -> torch.Tensor:
    terms = {name: torch.tensor(n, dtype=torch.float64) for name, n in objective.numbers().items()}
    return loss(logits, labels, terms)


def of(name: str, counts: NDArray[np.float64] = COUNTS, **settings: object) -> torch.Tensor:
    return value(methods.make(name, settings, "corrected").objective(counts))


PLAIN = cross_entropy(LOGITS, LABELS, reduction="none")


@given(several)
def test_the_reversed_prior_is_a_permutation(counts: list[int]) -> None:
    prior = prior_of(np.array(counts, dtype=np.float64))
    assert sorted(reversed_prior(prior)) == sorted(prior)


@given(st.lists(st.integers(1, 5000), min_size=2, max_size=12, unique=True))
def test_reversing_twice_changes_nothing_when_all_differ(counts: list[int]) -> None:
    prior = prior_of(np.array(counts, dtype=np.float64))
    np.testing.assert_array_equal(reversed_prior(reversed_prior(prior)), prior)


def test_an_ordered_prior_is_read_backwards() -> None:
    prior = prior_of(COUNTS)
    np.testing.assert_array_equal(reversed_prior(prior), prior[::-1])
    np.testing.assert_array_equal(reversed_prior(np.array([0.9823, 0.0177])), [0.0177, 0.9823])


def test_of_equal_classes_the_earlier_has_the_lower_rank() -> None:
    np.testing.assert_array_equal(reversed_prior(np.array([0.4, 0.3, 0.3])), [0.3, 0.4, 0.3])


def test_equal_classes_make_all_three_experts_the_cross_entropy() -> None:
    for objective in skills(np.full(4, 25.0), tau=2.0):
        torch.testing.assert_close(value(objective), PLAIN)


def test_the_middle_expert_is_balanced_softmax_and_logit_adjustment() -> None:
    balanced = value(skills(COUNTS)[1])
    torch.testing.assert_close(balanced, of("balanced-softmax"), rtol=1e-6, atol=1e-6)
    torch.testing.assert_close(balanced, of("logit-adjustment", tau=1.0), rtol=1e-6, atol=1e-6)


def test_the_third_expert_at_tau_zero_is_the_second() -> None:
    _, balanced, inverse = skills(COUNTS, tau=0.0)
    torch.testing.assert_close(value(inverse), value(balanced))


def test_the_third_expert_is_the_cross_entropy_when_the_reverse_is_the_prior() -> None:
    tied = np.array([50.0, 50.0])
    np.testing.assert_allclose(skills(tied)[2].prior, 0.0, atol=1e-12)


def test_the_third_expert_adds_the_prior_and_takes_the_reversed_one() -> None:
    prior = torch.tensor(prior_of(COUNTS))
    expected = cross_entropy(LOGITS + prior.log() - 2 * prior.flip(0).log(), LABELS, reduction="none")
    torch.testing.assert_close(value(skills(COUNTS, tau=2.0)[2]), expected, rtol=1e-6, atol=1e-6)


def test_a_class_without_samples_leaves_the_numbers_finite() -> None:
    for objective in skills(np.array([10.0, 3.0, 0.0])):
        assert objective.prior is None or np.isfinite(objective.prior).all()


def m2lc(counts: np.ndarray, beta: float, gamma: float) -> Objective:
    return M2lcNet(beta, gamma).design(counts, ("photo",)).experts[0].objective


def test_balanced_focal_without_weights_and_focus_is_the_cross_entropy() -> None:
    torch.testing.assert_close(value(m2lc(COUNTS, beta=0.0, gamma=0.0)), PLAIN)


def test_balanced_focal_without_focus_is_cbrw() -> None:
    weighted = value(m2lc(COUNTS, beta=0.9999, gamma=0.0))
    torch.testing.assert_close(weighted, of("cbrw", beta=0.9999))
    assert not torch.allclose(weighted, PLAIN)


def test_balanced_focal_of_equal_classes_is_focal() -> None:
    focal = value(m2lc(np.full(4, 60.0), beta=0.9999, gamma=2.0))
    torch.testing.assert_close(focal, of("focal", gamma=2.0))


@pytest.mark.parametrize(("expert", "boundary"), [(0, "forward"), (1, "uniform"), (2, "backward")])
def test_each_expert_finds_the_boundary_of_its_distribution(expert: int, boundary: str) -> None:
    """Fisher consistency on Gaussians at -1 and +1, whose posteriors are logistic of slope 2.

    The training distribution stands in the loss exactly, as weights of a fine grid, so nothing is left to chance.
    """
    prior = np.array([0.95, 0.05])
    x = torch.linspace(-9, 9, 1801, dtype=torch.float64)
    density = torch.stack([torch.exp(-((x + 1) ** 2) / 2), torch.exp(-((x - 1) ** 2) / 2)])
    mass = (torch.tensor(prior)[:, None] * density / density.sum(-1, keepdim=True)).flatten()
    features = torch.stack([x, torch.ones_like(x)], dim=1).repeat(2, 1)
    labels = torch.tensor([0, 1]).repeat_interleave(len(x))
    weights = torch.zeros(2, 2, dtype=torch.float64, requires_grad=True)
    optimiser = torch.optim.LBFGS(
        [weights], max_iter=200, tolerance_change=1e-14, line_search_fn="strong_wolfe"
    )

    def closure() -> torch.Tensor:
        optimiser.zero_grad()
        mean = (mass * value(skills(prior)[expert], features @ weights, labels)).sum()
        mean.backward()
        return mean

    optimiser.step(closure)
    slope, shift = (weights[:, 1] - weights[:, 0]).detach().tolist()
    # Of the posterior under a prior (p, 1-p), the boundary is log(p / (1-p)) / 2.
    bayes = {"forward": np.log(19) / 2, "uniform": 0.0, "backward": -np.log(19) / 2}[boundary]
    assert slope == pytest.approx(2, abs=1e-3)
    assert -shift / slope == pytest.approx(bayes, abs=1e-3)
