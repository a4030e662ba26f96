"""Products of experts: what they share with the product of normals, and where they are exact for t."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy import integrate, stats

from tailmark.mdgm import gaussian
from tailmark.mdgm.constants import constants
from tailmark.mdgm.divergence import regulariser
from tailmark.mdgm.products import calibrated, disagreement, q_product, raw

DOUBLE = {"dtype": torch.float64}
RULES = [calibrated, raw, q_product]
SETTINGS = [(3, 5, 4, 0.8), (10, 784, 4, 0.242), (2.5, 20, 4, 1.0, 0.5)]

# One latent, two views of precision 1 that say 2 and 4.
HAND = (
    torch.tensor([[2.0], [4.0]], **DOUBLE),
    torch.log(torch.tensor([[1.0], [0.5]], **DOUBLE)),
    torch.ones(2, **DOUBLE),
)


@given(seed=st.integers(0, 2**31), order=st.permutations(range(4)), rule=st.sampled_from(RULES))
def test_the_order_of_the_views_does_not_matter(seed, order, rule):
    experts, of = _random(seed, 4, 3), constants(3, 5, 3, 0.0)
    shuffled = [value[order] for value in experts]
    for have, want in zip(rule(*shuffled, of), rule(*experts, of), strict=True):
        torch.testing.assert_close(have, want, rtol=1e-12, atol=1e-12)


@given(seed=st.integers(0, 2**31))
def test_an_expert_twice_is_an_expert_of_twice_the_precision(seed):
    (location, log_variance, _), of = _random(seed, 1, 3), constants(3, 5, 3, 0.0)
    once, twice = torch.ones(1, **DOUBLE), torch.ones(2, **DOUBLE)
    for rule in RULES:
        have = rule(location.expand(2, 3), log_variance.expand(2, 3), twice, of)
        want = rule(location, log_variance - math.log(2), once, of)
        for left, right in zip(have, want, strict=True):
            torch.testing.assert_close(left, right, rtol=1e-12, atol=1e-12)


@given(seed=st.integers(0, 2**31), nu=st.floats(2.01, 100), sigma=st.floats(0.1, 3))
def test_disagreement_is_never_negative_and_is_the_difference_of_the_quadratics(seed, nu, sigma):
    """sum_j mu_j' T_j mu_j - mu' Lam mu."""
    locations, log_variances, present = _random(seed, 3, 2)
    got = disagreement(locations, log_variances, present)
    location, log_variance = raw(locations, log_variances, present, constants(nu, 5, 2, 5 * math.log(sigma)))
    precisions = (-log_variances).exp() * present[:, None]
    plain = (precisions * locations**2).sum() - (location**2 / log_variance.exp()).sum()
    assert got >= 0
    torch.testing.assert_close(got, plain, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("rule", RULES)
def test_a_missing_view_is_as_if_it_had_never_been_there(experts, of, rule):
    locations, log_variances, present = experts
    got = rule(locations, log_variances, present, of(*SETTINGS[0]))
    rest = [value[:2, [0, 2]] for value in experts]
    for have, want in zip(got, rule(*rest, of(*SETTINGS[0])), strict=True):
        torch.testing.assert_close(have[:2], want)
    for have, want in zip(
        got, rule(locations, log_variances, present * 0 + 1, of(*SETTINGS[0])), strict=True
    ):
        assert not torch.isclose(have[:2], want[:2]).any()


@pytest.mark.parametrize("setting", SETTINGS)
def test_without_experts_it_is_the_alternative_prior_and_nothing_is_penalised(experts, of, setting):
    locations, log_variances, present = experts
    got = of(*setting)
    for rule in (calibrated, q_product):
        location, log_variance = rule(locations, log_variances, 0 * present, got)
        assert location.abs().max() == 0
        torch.testing.assert_close(log_variance, torch.full_like(log_variance, math.log(got.s)))
        if got.rho == 1:
            assert regulariser(location, log_variance, got).abs().max() < 1e-14


@pytest.mark.parametrize("rule", RULES)
def test_for_nu_to_infinity_it_is_the_product_of_normals(experts, of, rule):
    for have, want in zip(rule(*experts, of(1e8, 20, 4)), gaussian.product(*experts), strict=True):
        torch.testing.assert_close(have, want, rtol=1e-6, atol=1e-6)


def test_a_case_by_hand(of):
    """Prior N(0, 1), precisions 1 and 2 at 2 and 4: Lam = 4, mu = 10/4, D = 4*1 + 16*2 - 2.5^2 * 4 = 11."""
    got = of(5, 7, 1, 0.5)
    location, log_variance = raw(*HAND, got)
    assert (location.item(), log_variance.exp().item()) == pytest.approx((2.5, 1 / 4))
    assert disagreement(*HAND).item() == pytest.approx(11)
    wide = got.s * 4 ** (-1 / (5 + 7 - 2)) / 4
    assert calibrated(*HAND, got)[1].exp().item() == pytest.approx(wide)
    assert q_product(*HAND, got)[1].exp().item() == pytest.approx((1 + 11 / 5) * wide)


def test_only_agreement_with_the_prior_is_no_disagreement():
    locations, log_variances, present = HAND
    assert disagreement(0 * locations, log_variances, present) == 0
    assert disagreement(0 * locations + 1, log_variances, present) > 0.5
    assert disagreement(locations * torch.tensor([[1.0], [0.0]]), log_variances, present) > 0.5


def test_the_q_product_is_exactly_t(of):
    """(1 + (|z|^2 + sum_j (z-mu_j)' T_j (z-mu_j))/nu)^{-(nu+n+m)/2}, normalised, is t_m(mu, nu/(nu+n) Sigma, nu+n)
    with Sigma = (1 + D/nu) Lam^{-1}; by quadrature."""
    got = of(3, 2, 1)

    def bracket(z):
        return (1 + (z**2 + (z - 2) ** 2 + 2 * (z - 4) ** 2) / got.nu) ** (-(got.nu + got.n + got.m) / 2)

    total = sum(
        integrate.quad(bracket, *ends, epsabs=0, epsrel=1e-12)[0]
        for ends in ((-math.inf, 2.5), (2.5, math.inf))
    )
    location, log_variance = raw(*HAND, got)
    variance = (log_variance.exp() * (1 + disagreement(*HAND) / got.nu)).item()
    density = stats.t(got.nu + got.n, location.item(), math.sqrt(got.nu / (got.nu + got.n) * variance))
    grid = np.linspace(-30, 30, 101)
    np.testing.assert_allclose(bracket(grid) / total, density.pdf(grid), rtol=1e-10)


def test_the_q_product_differs_from_the_calibrated_one_in_its_width_alone(experts, of):
    got = of(*SETTINGS[0])
    (location, log_variance), (same, wide) = calibrated(*experts, got), q_product(*experts, got)
    torch.testing.assert_close(location, same)
    inflation = (1 + disagreement(*experts) / got.nu).log().unsqueeze(-1)
    torch.testing.assert_close(wide - log_variance, inflation.expand_as(wide))
    assert inflation.min() > 0.1


@pytest.mark.parametrize("m", [1, 2])
def test_the_true_product_of_t_densities_has_its_mean_among_the_experts(m):
    """As `raw` has; the two are not equal, and the true product's spread is the larger: the views disagree."""
    locations, log_variances, present = _random(11, 2, m)
    mean, variance = _true_product(locations, log_variances, 5, 4)
    location, log_variance = raw(locations, log_variances, present, constants(5, 4, m, 0.0))
    corners = torch.cat([locations, torch.zeros(1, m)]).numpy()
    for place in (mean, location.numpy()):
        assert (corners.min(0) < place).all()
        assert (place < corners.max(0)).all()
    assert (variance > 5 / (5 + 4 - 2) * log_variance.exp().numpy()).all()


@pytest.mark.parametrize("m", [1, 2])
def test_the_true_product_of_nearly_normal_t_densities_is_the_raw_one(m):
    locations, log_variances, present = _random(11, 2, m)
    mean, variance = _true_product(locations, log_variances, 3000, 4)
    location, log_variance = raw(locations, log_variances, present, constants(3000, 4, m, 0.0))
    np.testing.assert_allclose(mean, location.numpy(), atol=0.01)
    np.testing.assert_allclose(variance, log_variance.exp().numpy(), rtol=0.02)


def test_further_leading_dimensions_and_float32(experts, of):
    """As the network calls it: samples, classes, views, coordinates, and one `present` for all classes."""
    locations, log_variances, present = (value.float() for value in experts)
    classes = [value.unsqueeze(1).expand(5, 6, 3, 4) for value in (locations, log_variances)]
    for rule in RULES:
        location, log_variance = rule(*classes, present[:, None], of(*SETTINGS[1]))
        assert location.shape == log_variance.shape == (5, 6, 4)
        assert location.dtype == log_variance.dtype == torch.float32
        wanted = rule(*experts, of(*SETTINGS[1]))
        torch.testing.assert_close(location[:, 3].double(), wanted[0], rtol=1e-5, atol=1e-5)
        torch.testing.assert_close(log_variance[:, 3].double(), wanted[1], rtol=1e-5, atol=1e-5)


def _random(seed, views, m):
    numbers = torch.Generator().manual_seed(seed)
    locations = 2 * torch.randn(views, m, generator=numbers, **DOUBLE)
    return locations, torch.randn(views, m, generator=numbers, **DOUBLE), torch.ones(views, **DOUBLE)


def _true_product(locations, log_variances, nu, n):
    """Mean and variances of t_m(0, I, nu) times the experts' t_m(mu_j, Sigma_j, nu+n), normalised on a grid."""
    m = locations.shape[1]
    points = np.stack(np.meshgrid(*[np.linspace(-12, 12, 301)] * m, indexing="ij"), axis=-1).reshape(-1, m)
    log_density = stats.multivariate_t(np.zeros(m), np.eye(m), nu).logpdf(points)
    for location, log_variance in zip(locations.numpy(), log_variances.numpy(), strict=True):
        expert = stats.multivariate_t(location, np.diag(np.exp(log_variance)), nu + n)
        log_density = log_density + expert.logpdf(points)
    weight = np.exp(log_density - log_density.max())
    weight /= weight.sum()
    mean = weight @ points
    return mean, weight @ (points - mean) ** 2
