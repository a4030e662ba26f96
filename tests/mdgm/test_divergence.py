"""R, what regularises the t model: a divergence, in a form that float32 can hold."""

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

DOUBLE = {"dtype": torch.float64}


@given(
    nu=st.floats(2.01, 1e8),
    n=st.integers(1, 100_000),
    sigma=st.floats(0.05, 5.0),
    location=st.lists(st.floats(-20, 20), min_size=1, max_size=8),
    seed=st.integers(0, 2**31),
)
def test_it_is_never_negative(nu, n, sigma, location, seed):
    m = len(location)
    log_variance = torch.rand(m, generator=torch.Generator().manual_seed(seed), **DOUBLE) * 20 - 10
    got = regulariser(
        torch.tensor(location, **DOUBLE), log_variance, constants(nu, n, m, n * math.log(sigma))
    )
    assert got >= torch.tensor(location, **DOUBLE).square().sum()
    assert got.isfinite()


@pytest.mark.parametrize(
    "setting", [(3, 1, 1, 1.0), (2.5, 20, 5, 1.0), (10, 784, 50, 0.3), (1e8, 20, 5, 1.0)]
)
def test_it_is_zero_with_its_gradient_at_the_alternative_prior(of, setting):
    got = of(*setting)
    location = torch.zeros(got.m, requires_grad=True, **DOUBLE)
    log_variance = torch.full((got.m,), math.log(got.s), requires_grad=True, **DOUBLE)
    value = regulariser(location, log_variance, got)
    gradients = torch.autograd.grad(value, [location, log_variance])
    assert value.item() == 0
    assert all(gradient.abs().max() < 1e-14 for gradient in gradients)


def test_it_is_positive_anywhere_else(of):
    got = of(3, 5, 2, 0.8)
    s = math.log(got.s)
    others = torch.tensor(
        [[0, 0.1, s, s], [0, 0, s + 0.1, s], [0, 0, s + 0.1, s - 0.1], [0, 0, 0, 0]], **DOUBLE
    )
    assert (regulariser(others[:, :2], others[:, 2:], got) > 1e-4).all()


@pytest.mark.parametrize(
    "setting", [(3, 1, 1, 1.0), (2.5, 20, 5, 1.0), (10, 784, 50, 0.3), (50, 76, 16, 0.242)]
)
def test_the_stable_form_is_the_raw_one(of, setting):
    """|mu|^2 + nu/(nu+n-2) tr Sigma - nu alpha |Sigma|^{1/(nu+n+m-2)} + nu s, in float64."""
    got = of(*setting)
    location, log_variance = _random(got.m)
    raw = (
        location.square().sum(-1)
        + got.nu / (got.nu + got.n - 2) * log_variance.exp().sum(-1)
        - got.nu * got.alpha * (log_variance.sum(-1) / (got.nu + got.n + got.m - 2)).exp()
        + got.nu * got.s
    )
    torch.testing.assert_close(regulariser(location, log_variance, got), raw, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("nu", [2.01, 10, 1e4, 1e8])
@pytest.mark.parametrize("n", [1, 784, 100_000])
@pytest.mark.parametrize("sigma", [1.0, 0.1])
def test_float32_agrees_with_float64(of, nu, n, sigma):
    """Values and gradients, far from and near to the minimum, where s is anything from 1e-4 to 1e7."""
    got = of(nu, n, 50, sigma)
    location, far = _random(50)
    near = math.log(got.s) + 0.01 * far
    for log_variance in (far, near.clamp(-10, 10)):
        wanted = _with_gradients(location, log_variance, got)
        have = _with_gradients(location.float(), log_variance.float(), got)
        for single, double in zip(have, wanted, strict=True):
            assert single.dtype == torch.float32
            slack = 1e-6 * max(1.0, got.c, double.abs().max().item())
            torch.testing.assert_close(single.double(), double, rtol=1e-4, atol=slack)


@pytest.mark.parametrize(("nu", "slack"), [(1e4, 1e-2), (1e6, 1e-4), (1e8, 1e-6)])
def test_for_nu_to_infinity_it_is_twice_kullback_leibler(of, nu, slack):
    """Values and gradients; the error falls as 1/nu."""
    location, log_variance = _random(5)
    limit = [value.requires_grad_() for value in (location.clone(), log_variance.clone())]
    twice = gaussian.kl(*limit)
    wanted = (twice.detach(), *torch.autograd.grad(twice.sum(), limit))
    for have, want in zip(_with_gradients(location, log_variance, of(nu, 20, 5)), wanted, strict=True):
        torch.testing.assert_close(have, want, rtol=slack, atol=slack)


def test_for_nu_1e8_a_small_case_is_off_by_1e_8(of):
    location, log_variance = torch.tensor([0.3], **DOUBLE), torch.tensor([0.2], **DOUBLE)
    got = regulariser(location, log_variance, of(1e8, 1, 1)) - gaussian.kl(location, log_variance)
    assert abs(got.item()) < 3e-8


def test_many_numbers_in_the_data_make_it_a_weighted_kullback_leibler_divergence(of):
    """n >> nu: R / tau^2 -> 2 KL( N(mu, S) || N(0, tau^2 I) ), S = nu/(nu+n) Sigma."""
    got = of(10, 4000, 16, 0.5)
    location, log_variance = _random(16)
    scale = log_variance + math.log(got.s) + math.log(got.nu / (got.nu + got.n))
    scaled = gaussian.kl(location / math.sqrt(got.tau2), scale - math.log(got.tau2))
    have = regulariser(location, log_variance + math.log(got.s), got) / got.tau2
    torch.testing.assert_close(have, scaled, rtol=1e-3, atol=0)


def test_it_is_proportional_to_the_gamma_power_divergence(of):
    """D = -1/gamma { Int q (p/||p||)^gamma - ||q|| } from the alternative prior, by quadrature: D = kappa R."""
    got = of(3, 5, 1, 0.8)
    rng = np.random.default_rng(0)
    for location, log_variance in zip(rng.normal(size=5), rng.normal(size=5), strict=True):
        scale = math.sqrt(got.nu / (got.nu + got.n) * math.exp(log_variance))
        q = stats.t(got.nu + got.n, location, scale)
        p = stats.t(got.nu + got.n, 0, math.sqrt(got.tau2))
        pair = torch.tensor([[location], [log_variance]], **DOUBLE)
        ratio = _power_divergence(q, p, got) / regulariser(pair[0], pair[1], got).item()
        assert ratio == pytest.approx(6.2335802900, rel=1e-8)
        assert ratio == pytest.approx(_kappa(got), rel=1e-8)


def _random(m):
    numbers = torch.Generator().manual_seed(1)
    return tuple(torch.randn(7, m, generator=numbers, **DOUBLE) for _ in range(2))


def _with_gradients(location, log_variance, got):
    pair = [value.clone().requires_grad_() for value in (location, log_variance)]
    value = regulariser(*pair, got)
    return value.detach(), *torch.autograd.grad(value.sum(), pair)


def _power_divergence(q, p, got):
    gamma = -2 / (got.nu + got.n + got.m)

    def integral(function):
        left = integrate.quad(function, -math.inf, q.mean(), epsabs=0, epsrel=1e-12)[0]
        return left + integrate.quad(function, q.mean(), math.inf, epsabs=0, epsrel=1e-12)[0]

    def norm(density):
        return integral(lambda z: density.pdf(z) ** (1 + gamma)) ** (1 / (1 + gamma))

    norm_p = norm(p)
    cross = integral(lambda z: q.pdf(z) * (p.pdf(z) / norm_p) ** gamma)
    return -(cross - norm(q)) / gamma


def _kappa(got):
    """The ratio in closed form."""
    nu, n, m = got.nu, got.n, got.m
    gamma = -2 / (nu + n + m)
    power = gamma / (1 + gamma)
    log_c = math.lgamma((nu + n + m) / 2) - math.lgamma((nu + n) / 2) - m / 2 * math.log((nu + n) * math.pi)
    peak = math.exp(log_c - m / 2 * math.log(got.tau2))
    return (nu + n + m) / (2 * nu * got.s) * peak**power * ((nu + n + m - 2) / (nu + n - 2)) ** -power
