"""The constants of the t model against reference values and against the integrals that define them."""

import math

import numpy as np
import pytest
from scipy import integrate, stats

from tailmark.errors import TailmarkError
from tailmark.mdgm.constants import constants, log_beta


@pytest.mark.parametrize(
    ("setting", "reference"),
    [
        ((3, 1, 1, 1.0), {"alpha": 0.4848613790, "s": 0.1837762985, "tau2": 0.1378322239}),
        ((2.5, 20, 5, 1.0), {"alpha": 0.6371296432, "s": 0.4350844517}),
        ((10, 784, 50, 1.0), {"s": 4.7548480673, "tau2": 0.0598847364}),
        ((3, 5, 2, 0.8), {"alpha": 0.4469619603}),
        ((10, 784, 50, 0.3), {"alpha": 43.374599599}),
        ((10, 73, 16, 1.0), {"s": 0.623, "tau2": 0.0751}),
    ],
)
def test_reference_values(of, setting, reference):
    got = of(*setting)
    for name, value in reference.items():
        digits = len(str(value).split(".")[1])
        assert getattr(got, name) == pytest.approx(value, abs=0.51 * 10**-digits), name


@pytest.mark.parametrize(("nu", "sigma", "rho"), [(3.0, 1.0, 1.0), (3.0, 1.0, 0.5), (5.0, 0.7, 0.1)])
def test_beta_is_the_ratio_of_two_power_norms(nu, sigma, rho):
    """beta = ||q|| at Sigma = I over (peak of p / ||p||)^gamma, the norms by quadrature, for n = m = 1."""
    gamma = -2 * rho / (nu + 2)

    def joint(z, x):
        scale = math.sqrt((nu + z * z) / (nu + 1)) * sigma
        return _student(z, nu, 1.0) * _student(x, nu + 1, scale)

    def q(z):
        return _student(z, nu + 1, math.sqrt(nu / (nu + 1)))

    def norm(integral):
        return integral ** (1 / (1 + gamma))

    mass_p = _over_the_plane(lambda z, x: joint(z, x) ** (1 + gamma))
    mass_q = 2 * integrate.quad(lambda z: q(z) ** (1 + gamma), 0, math.inf, epsabs=0, epsrel=1e-12)[0]
    beta = norm(mass_q) / (joint(0, 0) / norm(mass_p)) ** gamma
    assert math.exp(log_beta(nu, 1, 1, math.log(sigma), rho)) == pytest.approx(beta, rel=1e-8)


@pytest.mark.parametrize(
    "setting", [(3, 1, 1, 1.0), (2.5, 20, 5, 1.0), (10, 784, 50, 0.3), (2.01, 3, 2, 2.0)]
)
def test_beta_for_rho_1_is_alpha(of, setting):
    nu, n, m, sigma = setting
    assert of(*setting).alpha == pytest.approx(_alpha(nu, n, m, sigma), rel=1e-8)


@pytest.mark.parametrize("setting", [(3, 5, 2, 0.8), (10, 784, 50, 1.0), (2.1, 76, 16, 0.242)])
def test_the_constants_are_continuous_in_rho_at_1(of, setting):
    """The closed form for rho = 1 and the balance by quadrature below it meet."""
    near, at = of(*setting, rho=1 - 1e-8), of(*setting)
    for name in ("s", "c", "floor", "a", "alpha", "tau2"):
        assert getattr(near, name) == pytest.approx(getattr(at, name), rel=1e-6), name


@pytest.mark.parametrize("setting", [(3, 5, 2, 0.8), (10, 784, 50, 1.0), (0.5, 1, 1, 3.0)])
def test_for_rho_to_0_the_best_posterior_is_the_model_s_own(of, setting):
    """s = 1: then q(z|x) is t_m(0, nu/(nu+n) I, nu+n), the exact posterior of a model that ignores z."""
    got = of(*setting, rho=1e-8)
    assert got.s == pytest.approx(1.0, rel=1e-4)


@pytest.mark.parametrize("rho", [0.1, 0.5, 0.9])
def test_s_is_the_minimum_of_the_loss_without_data(of, rho):
    """nu/rho { E(1 + |z|^2/nu)^rho - beta |Sigma|^{1/a} } over Sigma = s I, by adaptive quadrature."""
    nu, n, m = 2.5, 4, 3
    got = of(nu, n, m, 0.6, rho)
    ratio = stats.betaprime(m / 2, (nu + n) / 2)

    def loss(log_s):
        mean = _mean(lambda b: (1 + math.exp(log_s) * b) ** rho, ratio)
        return nu / rho * (mean - got.alpha * math.exp(log_s * m / got.a))

    middle = math.log(got.s)
    assert loss(middle + 0.05) > loss(middle) < loss(middle - 0.05)
    slope = (loss(middle + 1e-4) - loss(middle - 1e-4)) / 2e-4
    assert slope == pytest.approx(0, abs=1e-7)
    mean = _mean(lambda b: (1 + got.s * b) ** rho, ratio)
    assert got.floor == pytest.approx(nu / rho * (mean - 1), rel=1e-8)
    assert got.c * got.a == pytest.approx(nu / rho * got.alpha * got.s ** (m / got.a), rel=1e-8)


def test_many_numbers_in_the_data_leave_one_over_2_pi_e_sigma_squared(of):
    """tau^2 hardly depends on nu there: the t model is a VAE whose divergence has this weight."""
    for nu in (2.5, 10):
        for sigma in (1.0, 0.242):
            expected = 1 / (2 * math.pi * math.e * sigma**2)
            assert of(nu, 100_000, 20, sigma).tau2 == pytest.approx(expected, rel=2e-3)


@pytest.mark.parametrize("nu", [2.01, 10, 1e8])
@pytest.mark.parametrize("n", [1, 100_000])
@pytest.mark.parametrize("rho", [1.0, 0.1])
def test_extreme_settings_are_finite(of, nu, n, rho):
    got = of(nu, n, 50, 0.242, rho)
    assert all(0 < value < math.inf for value in (got.alpha, got.s, got.tau2, got.a, got.c, got.floor))


@pytest.mark.parametrize(
    ("nu", "rho"), [(2, 1.0), (1.5, 1.0), (1, 0.5), (math.nan, 1.0), (math.inf, 1.0), (-1, 0.1)]
)
def test_a_nu_without_a_finite_norm_is_refused_with_the_reason(nu, rho):
    with pytest.raises(TailmarkError, match=r"`nu` above 2 rho.*power norm.*nu = 2\.1 or a smaller `rho`"):
        constants(nu, 10, 2, 0.0, rho)


@pytest.mark.parametrize("rho", [0.0, -0.5, 1.1, math.nan])
def test_a_rho_outside_its_range_is_refused(rho):
    with pytest.raises(TailmarkError, match="`rho` above 0 and at most 1; got"):
        constants(10, 10, 2, 0.0, rho)


def test_nu_2_is_defined_for_a_smaller_rho():
    got = constants(2, 100, 5, 0.0, 0.5)
    assert np.isfinite([got.alpha, got.s, got.c, got.floor]).all()


def _alpha(nu, n, m, sigma):
    log_c = math.lgamma((nu + n) / 2) - math.lgamma(nu / 2) - n / 2 * math.log(nu * math.pi)
    log_base = log_c - n * math.log(sigma) + math.log((nu - 2) / (nu + n - 2))
    return (1 + m / (nu + n - 2)) * math.exp(2 / (nu + n + m - 2) * log_base)


def _student(u, nu, scale):
    log_c = math.lgamma((nu + 1) / 2) - math.lgamma(nu / 2) - math.log(nu * math.pi) / 2
    return math.exp(log_c - (nu + 1) / 2 * math.log1p((u / scale) ** 2 / nu)) / scale


def _mean(function, distribution):
    def integrand(t):
        return function(math.exp(t)) * distribution.pdf(math.exp(t)) * math.exp(t)

    return integrate.quad(integrand, -60, 60, points=[-5, 0, 5], epsabs=0, epsrel=1e-11, limit=400)[0]


def _over_the_plane(function):
    def inner(z):
        return 2 * integrate.quad(lambda x: function(z, x), 0, math.inf, epsabs=0, epsrel=1e-11)[0]

    return 2 * integrate.quad(inner, 0, math.inf, epsabs=0, epsrel=1e-10)[0]
