"""The identities that prove the family of losses (specs of papers 003 and 004)."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn.functional import cross_entropy

from tailmark import methods
from tailmark.nets.mlp import CosineHead, mlp
from tailmark.objective import Objective, loss

K = 4
COUNTS = np.array([900.0, 120.0, 30.0, 7.0])
seeds = st.integers(0, 2**31 - 1)


def batch(seed: int, k: int = K) -> tuple[torch.Tensor, torch.Tensor]:
    draws = torch.Generator().manual_seed(seed)
    logits = 3 * torch.randn(16, k, generator=draws, dtype=torch.float64)
    return logits, torch.randint(k, (16,), generator=draws)


def value(objective: Objective, logits: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    terms = {name: torch.tensor(n, dtype=torch.float64) for name, n in objective.numbers().items()}
    return loss(logits, labels, terms)


def of(name: str, counts: np.ndarray = COUNTS, **settings: object) -> Objective:
    return methods.make(name, settings, "corrected").objective(counts)


@given(seeds)
def test_erm_is_the_cross_entropy(seed: int) -> None:
    logits, labels = batch(seed)
    torch.testing.assert_close(
        value(of("erm"), logits, labels), cross_entropy(logits, labels, reduction="none")
    )


@given(seeds)
def test_focal_at_zero_is_the_cross_entropy(seed: int) -> None:
    logits, labels = batch(seed)
    torch.testing.assert_close(
        value(of("focal", gamma=0.0), logits, labels), value(of("erm"), logits, labels), atol=1e-9, rtol=1e-9
    )


@given(seeds, st.floats(0.5, 4))
def test_focal_is_below_the_cross_entropy_with_the_known_gradient(seed: int, gamma: float) -> None:
    logits, labels = batch(seed)
    logits.requires_grad_()
    focal, plain = value(of("focal", gamma=gamma), logits, labels), value(of("erm"), logits, labels)
    assert (focal <= plain).all()
    (ours,) = torch.autograd.grad(focal.sum(), logits, retain_graph=True)
    (theirs,) = torch.autograd.grad(plain.sum(), logits)
    q = torch.exp(-plain.detach()).unsqueeze(-1)
    ratio = (1 - q) ** gamma * (1 - gamma * q * torch.log(q) / (1 - q))
    torch.testing.assert_close(ours, ratio * theirs, atol=1e-7, rtol=1e-6)


@given(seeds)
def test_ldam_without_margin_and_scale_is_the_cross_entropy(seed: int) -> None:
    logits, labels = batch(seed)
    neutral = of("ldam", largest_margin=0.0, scale=1.0)
    torch.testing.assert_close(value(neutral, logits, labels), value(of("erm"), logits, labels))


@given(seeds)
def test_ldam_takes_its_margin_from_the_true_class_alone(seed: int) -> None:
    logits, labels = batch(seed)
    logits = logits / logits.norm(dim=-1, keepdim=True)  # cosines
    objective = of("ldam")
    assert objective.margin is not None
    before = value(objective, logits, labels)
    for label in range(K):
        moved = objective.margin + 0.1 * np.eye(K)[label]
        after = value(Objective(margin=moved, scale=objective.scale), logits, labels)
        torch.testing.assert_close(after[labels != label], before[labels != label])
        assert (after[labels == label] > before[labels == label]).all()


@pytest.mark.parametrize(("minority", "margin"), [(300, 0.157), (50, 0.101)])
def test_ldam_margins_of_mnist(minority: int, margin: float) -> None:
    margins = of("ldam", np.array([30596.0, minority])).margin
    assert margins is not None
    assert margins == pytest.approx([margin, 0.5], abs=5e-4)
    assert margins[0] / margins[1] == pytest.approx((minority / 30596) ** 0.25)


@given(seeds)
def test_rw_with_equal_counts_is_the_cross_entropy(seed: int) -> None:
    logits, labels = batch(seed)
    equal = of("rw", np.full(K, 50.0))
    torch.testing.assert_close(value(equal, logits, labels), value(of("erm"), logits, labels))


@pytest.mark.parametrize("name", ["rw", "cbrw"])
def test_class_weights_sum_to_k(name: str) -> None:
    weight = of(name).weight
    assert weight is not None
    assert weight.sum() == pytest.approx(K)
    assert (np.diff(weight) > 0).all()  # the rarer, the heavier


def test_cbrw_goes_from_no_weights_to_inverse_frequency() -> None:
    none, all_the_way = of("cbrw", beta=0.0).weight, of("cbrw", beta=1 - 1e-9).weight
    np.testing.assert_allclose(none, np.ones(K))
    np.testing.assert_allclose(all_the_way, of("rw").weight, rtol=1e-3)


@pytest.mark.parametrize(("minority", "ratio"), [(300, 32.25), (50, 191.1)])
def test_cbrw_weights_of_mnist(minority: int, ratio: float) -> None:
    weight = of("cbrw", np.array([30596.0, minority])).weight
    assert weight is not None
    assert weight[1] / weight[0] == pytest.approx(ratio, rel=1e-3)


def test_effective_numbers_of_mnist() -> None:
    method = methods.make("cbrw", {}, "corrected")
    np.testing.assert_allclose(
        method.effective_number(np.array([30596.0, 300.0, 50.0])), [9531.0, 295.6, 49.88], rtol=2e-4
    )


@given(seeds)
def test_the_weight_multiplies_the_loss_and_the_batch_is_a_plain_mean(seed: int) -> None:
    logits, labels = batch(seed)
    objective = of("rw")
    weights = torch.tensor(objective.weight)[labels]
    torch.testing.assert_close(
        value(objective, logits, labels).mean(),
        (weights * cross_entropy(logits, labels, reduction="none")).mean(),
    )


@given(seeds)
def test_balanced_softmax_weighs_by_counts_and_is_erm_when_they_are_equal(seed: int) -> None:
    logits, labels = batch(seed)
    n = torch.tensor(COUNTS)
    direct = -torch.log((n * logits.exp())[torch.arange(16), labels] / (n * logits.exp()).sum(-1))
    torch.testing.assert_close(value(of("balanced-softmax"), logits, labels), direct)
    equal = of("balanced-softmax", np.full(K, 9.0))
    torch.testing.assert_close(value(equal, logits, labels), value(of("erm"), logits, labels))


@given(seeds)
def test_logit_adjustment_runs_from_erm_to_balanced_softmax(seed: int) -> None:
    logits, labels = batch(seed)
    torch.testing.assert_close(
        value(of("logit-adjustment", tau=0.0), logits, labels), value(of("erm"), logits, labels)
    )
    torch.testing.assert_close(
        value(of("logit-adjustment"), logits, labels), value(of("balanced-softmax"), logits, labels)
    )


def test_balanced_softmax_finds_the_balanced_boundary() -> None:
    """Fisher consistency on two Gaussians at -1 and +1: the boundary is 0 under L2, far from 0 under ERM."""
    draws = np.random.default_rng(0)
    counts = np.array([20_000.0, 1_000.0])
    x = np.concatenate([draws.normal(-1, 1, 20_000), draws.normal(1, 1, 1_000)])
    y = torch.tensor(np.repeat([0, 1], [20_000, 1_000]))
    features = torch.tensor(np.stack([x, np.ones_like(x)], axis=1))

    def boundary(name: str) -> float:
        weights = torch.zeros(2, 2, dtype=torch.float64, requires_grad=True)
        optimiser = torch.optim.LBFGS([weights], max_iter=200, line_search_fn="strong_wolfe")

        def closure() -> torch.Tensor:
            optimiser.zero_grad()
            mean = value(of(name, counts), features @ weights, y).mean()
            mean.backward()
            return mean

        optimiser.step(closure)
        slope, shift = (weights[:, 1] - weights[:, 0]).detach().tolist()
        return -shift / slope

    assert boundary("balanced-softmax") == pytest.approx(0, abs=0.1)
    assert boundary("erm") == pytest.approx(np.log(20) / 2, abs=0.15)


def test_a_softmax_before_the_loss_cannot_be_fitted() -> None:
    """The floor of the doubled softmax is log(1 + 1/e); with logits the same sample can be fitted."""
    perfect = torch.tensor([[60.0, -60.0]], dtype=torch.float64)
    label = torch.tensor([0])
    assert value(of("erm", np.ones(2)), perfect, label).item() < 0.01
    assert value(of("erm", np.ones(2)), perfect.softmax(-1), label).item() == pytest.approx(
        np.log1p(np.exp(-1))
    )


def test_the_corrected_classifier_has_no_softmax_and_the_released_one_has() -> None:
    x = torch.randn(5, 7)
    assert not torch.allclose(mlp(7, 3)(x).sum(-1), torch.ones(5))
    torch.testing.assert_close(mlp(7, 3, ends_in_softmax=True)(x).sum(-1), torch.ones(5))


def test_the_classifier_has_the_papers_size() -> None:
    assert sum(p.numel() for p in mlp(784, 2).parameters()) == 234_114


def test_the_cosine_head_gives_cosines_without_bias() -> None:
    head, x = CosineHead(6, 3), torch.randn(50, 6)
    assert [name for name, _ in head.named_parameters()] == ["weight"]
    assert head(x).abs().max() <= 1 + 1e-6
    torch.testing.assert_close(head(5 * x), head(x))


def test_the_learning_rate_ends_where_the_paper_says() -> None:
    assert pytest.approx(5.92e-6, rel=1e-3) == 1e-3 * 0.95**100
