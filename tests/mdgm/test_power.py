"""The losses for other gamma: t VAE at rho = 1, Kullback-Leibler at rho -> 0, sound between them."""

import math

import numpy as np
import pytest
import torch
from scipy import integrate, stats

from tailmark.mdgm.divergence import regulariser
from tailmark.mdgm.power import powered

DOUBLE = {"dtype": torch.float64}
PLACES = [(0.0, 0.0), (0.7, -1.0), (-2.0, 0.5)]  # mu, log Sigma


@pytest.mark.parametrize(("location", "log_variance"), PLACES)
def test_for_rho_1_its_mean_is_the_loss_of_the_t_vae(of, location, log_variance):
    """1/2 { E|x - mu(z)|^2/sigma^2 + R } by quadrature, for a decoder that is not linear."""
    got = of(3, 5, 1, 0.8)

    def error(z):
        return 4 + np.sin(z)

    density = _posterior(got, location, log_variance)
    wanted = _expectation(error, density) + regulariser(*_pair(location, log_variance), got).item()
    assert _mean_loss(got, location, log_variance, error) == pytest.approx(wanted / 2, rel=1e-9)


@pytest.mark.parametrize("rho", [1.0, 0.5, 0.1])
@pytest.mark.parametrize(("nu", "sigma"), [(2.5, 0.8), (10, 0.242)])
def test_its_mean_without_data_is_never_negative_and_zero_at_the_alternative_prior(of, nu, sigma, rho):
    got = of(nu, 5, 1, sigma, rho)
    assert _mean_loss(got, 0.0, math.log(got.s)) == pytest.approx(0, abs=1e-9)
    for shift, widening in [(0.3, 0.0), (0.0, 0.3), (0.0, -0.3), (2.0, 1.0), (-1.0, -2.0)]:
        assert _mean_loss(got, shift, math.log(got.s) + widening) > 1e-3


@pytest.mark.parametrize("rho", [1.0, 0.5, 0.1])
def test_it_is_the_power_loss_up_to_a_constant(of, rho):
    """nu/(2 rho) { (1 + A/nu)^rho - beta |Sigma|^{1/a} }, term by term in float64."""
    got = of(3, 5, 2, 0.8, rho)
    numbers = torch.Generator().manual_seed(2)
    quadratic = 10 * torch.rand(9, generator=numbers, **DOUBLE)
    log_variance = torch.randn(9, 2, generator=numbers, **DOUBLE)
    plain = (1 + quadratic / got.nu) ** rho - got.alpha * (log_variance.sum(-1) / got.a).exp()
    apart = powered(quadratic, log_variance, got) - got.nu / (2 * rho) * plain
    torch.testing.assert_close(apart, apart[:1].expand(9), rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize(("location", "log_variance"), PLACES)
def test_for_rho_to_0_its_mean_is_the_kullback_leibler_divergence(of, location, log_variance):
    """nu/(nu+n+m) KL( q || t_m(0, nu/(nu+n) I, nu+n) ), the t densities themselves, by quadrature."""
    got = of(3, 5, 1, 0.8, 1e-7)
    q, p = _posterior(got, location, log_variance), _posterior(got, 0.0, 0.0)
    divergence = _expectation(lambda z: q.logpdf(z) - p.logpdf(z), q)
    wanted = got.nu / (got.nu + got.n + got.m) * divergence
    assert _mean_loss(got, location, log_variance) == pytest.approx(wanted, abs=1e-6)


@pytest.mark.parametrize("rho", [1.0, 0.5, 0.1])
def test_for_nu_to_infinity_every_rho_is_the_gaussian_loss(of, rho):
    """A/2 less the log-variances and the latent's size: the mean over z is 1/2 (error + 2 KL)."""
    got = of(1e7, 20, 3, 1.0, rho)
    quadratic, log_variance = torch.tensor(7.0, **DOUBLE), torch.tensor([0.5, -1.0, 0.2], **DOUBLE)
    wanted = (7.0 - log_variance.sum().item() - 3) / 2
    assert powered(quadratic, log_variance, got).item() == pytest.approx(wanted, abs=1e-5)


@pytest.mark.parametrize("rho", [1.0, 0.5, 0.1])
@pytest.mark.parametrize("nu", [2.1, 10, 5000, 1e6])
@pytest.mark.parametrize("n", [10, 3856])
def test_float32_agrees_with_float64(of, rho, nu, n):
    """Values and gradients, for samples explained well and badly."""
    got = of(nu, n, 50, 0.242, rho)
    numbers = torch.Generator().manual_seed(4)
    quadratic = torch.tensor([0.0, 1.0, 50.0, 1e3, 1e5], **DOUBLE)
    log_variance = torch.randn(5, 50, generator=numbers, **DOUBLE)
    wanted = _with_gradients(quadratic, log_variance, got)
    have = _with_gradients(quadratic.float(), log_variance.float(), got)
    for single, double in zip(have, wanted, strict=True):
        assert single.dtype == torch.float32
        slack = 1e-6 * max(got.c * 50, double.abs().max().item())
        torch.testing.assert_close(single.double(), double, rtol=1e-5, atol=slack)


def test_the_smaller_rho_the_less_a_badly_explained_sample_pulls(of):
    """d loss / d A = 1/2 (1 + A/nu)^{rho - 1}."""
    for rho in (1.0, 0.5, 0.1):
        quadratic = torch.tensor([0.0, 30.0, 3000.0], requires_grad=True, **DOUBLE)
        loss = powered(quadratic, torch.zeros(3, 2, **DOUBLE), of(10, 50, 2, 1.0, rho))
        pull = torch.autograd.grad(loss.sum(), quadratic)[0]
        torch.testing.assert_close(pull, (1 + quadratic.detach() / 10) ** (rho - 1) / 2)


def _pair(location, log_variance):
    return torch.tensor([location], **DOUBLE), torch.tensor([log_variance], **DOUBLE)


def _posterior(got, location, log_variance):
    return stats.t(got.nu + got.n, location, math.sqrt(got.nu / (got.nu + got.n) * math.exp(log_variance)))


def _expectation(function, density):
    """Over quantiles that crowd into both tails: z = z(u), u = 1/(1 + e^{-t})."""
    t = np.linspace(-34, 34, 6001)
    half = density.ppf(1 / (1 + np.exp(np.abs(t))))  # in the lower tail, where quantiles are exact
    z = np.where(t < 0, half, 2 * density.mean() - half)
    return integrate.trapezoid(function(z) * np.exp(-np.abs(t)) / (1 + np.exp(-np.abs(t))) ** 2, t)


def _mean_loss(got, location, log_variance, error=lambda z: 0 * z):
    def loss(z):
        quadratic = torch.from_numpy(z**2 + error(z))
        return powered(quadratic, torch.full((len(z), 1), log_variance, **DOUBLE), got).numpy()

    return _expectation(loss, _posterior(got, location, log_variance))


def _with_gradients(quadratic, log_variance, got):
    pair = [value.clone().requires_grad_() for value in (quadratic, log_variance)]
    value = powered(*pair, got)
    return value.detach(), *torch.autograd.grad(value.sum(), pair)
