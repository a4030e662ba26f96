"""The numbers that the t model's losses share. Plain float64: they are computed once, before training.

The joint density of data and latent is a power of one quadratic A, and so is that of the posterior,

    p(x, z|y) = e^{-log_volume} C (1 + A/nu)^{-(nu+n+m)/2},     q(z|x, y) = t_m(mu, nu/(nu+n) Sigma, nu+n).

Their gamma-power divergence with gamma = -2 rho / (nu+n+m) is, up to a factor and with what the t VAE puts for
the entropy of the data,

    nu/(2 rho) { E_q (1 + A/nu)^rho - beta_rho |Sigma|^{1/a} },     a = (nu+n+m)/rho - 2.

rho = 1 is the t VAE's loss and beta_1 its alpha; rho -> 0 is the Kullback-Leibler divergence.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache

from tailmark.errors import TailmarkError

HALVINGS = 100  # of the interval that holds log s
STEPS = 4  # of the quadrature, in a standard deviation of log b
REACH = 60  # standard deviations: the tails fall like e^{-t/2} at worst


@dataclass(frozen=True)
class Constants:
    """For one nu, one rho and fixed sizes of data and latent."""

    nu: float  # degrees of freedom of the prior
    n: int  # numbers in the data, all views together
    m: int  # of the latent
    log_volume: float  # sum_j n_j log sigma_j of the decoders
    rho: float
    alpha: float  # beta_rho, which is alpha for rho = 1
    s: float  # with no data to explain, the best posterior is mu = 0, Sigma = s I
    a: float  # one over the exponent of |Sigma|
    c: float  # c a e^w is nu/rho times the entropy term, w = log(|Sigma| / s^m) / a
    floor: float  # nu/rho { E_q (1 + |z|^2/nu)^rho - 1 } at that best posterior; c m for rho = 1

    @property
    def tau2(self) -> float:
        """The squared scale of the alternative prior t_m(0, tau^2 I, nu+n), which is that best posterior."""
        return self.nu / (self.nu + self.n) * self.s


@cache
def constants(nu: float, n: int, m: int, log_volume: float, rho: float = 1.0) -> Constants:
    """`log_volume` is sum_j n_j log sigma_j."""
    _check(nu, rho)
    a = (nu + n + m) / rho - 2
    log_b = log_beta(nu, n, m, log_volume, rho)
    if rho == 1:
        s = _closed(nu, n, log_volume)
        c = nu * s / (nu + n - 2)
        floor = c * m
    else:
        grid = _quadratics(nu, n, m)
        s = _balanced(grid, rho, log_b + math.log(m / a / rho), m / a)
        c = nu * _pull(grid, s, rho) / m
        floor = nu / rho * sum(w * math.expm1(rho * math.log1p(s * b)) for b, w in grid)
    return Constants(nu, n, m, log_volume, rho, math.exp(log_b), s, a, c, floor)


def log_beta(nu: float, n: int, m: int, log_volume: float, rho: float) -> float:
    """log beta_rho: the power norm of q at Sigma = I, in units of what divides the cross term.

    A density is its peak times (1 + A/nu)^{-power/2}; log_p and log_q integrate its power 1 + gamma.
    """
    power = nu + n + m
    gamma = -2 * rho / power
    peak_p = -_log_bulk(nu, n + m, power) - log_volume
    peak_q = -_log_bulk(nu, m, power)
    log_p = (1 + gamma) * peak_p + _log_bulk(nu, n + m, power - 2 * rho) + log_volume
    log_q = (1 + gamma) * peak_q + _log_bulk(nu, m, power - 2 * rho)
    return (log_q + gamma * log_p) / (1 + gamma) - gamma * peak_p


def _log_bulk(nu: float, d: int, power: float) -> float:
    """log of the integral of (1 + |u|^2/nu)^{-power/2} over u in R^d."""
    return d / 2 * math.log(nu * math.pi) + math.lgamma((power - d) / 2) - math.lgamma(power / 2)


def _closed(nu: float, n: int, log_volume: float) -> float:
    """s for rho = 1."""
    log_base = -_log_bulk(nu, n, nu + n) - log_volume + math.log((nu - 2) / (nu + n - 2))
    return math.exp(2 / (nu + n - 2) * log_base)


def _quadratics(nu: float, n: int, m: int) -> list[tuple[float, float]]:
    """Values b of |z|^2/nu and their weights, for z ~ q with mu = 0 and Sigma = I.

    b is beta prime (m/2, (nu+n)/2). The trapezoidal rule in log b is exact to rounding: the integrand is
    analytic and falls exponentially.
    """
    middle, spread = math.log(m / (nu + n)), math.sqrt(2 / m + 2 / (nu + n))

    def log_density(t: float) -> float:
        return m / 2 * t - (nu + n + m) / 2 * math.log1p(math.exp(t))

    points = [middle + i * spread / STEPS for i in range(-REACH * STEPS, REACH * STEPS + 1)]
    weights = [math.exp(log_density(t) - log_density(middle)) for t in points]
    total = sum(weights)
    return [(math.exp(t), weight / total) for t, weight in zip(points, weights, strict=True)]


def _pull(grid: list[tuple[float, float]], s: float, rho: float) -> float:
    """E[s b (1 + s b)^{rho-1}]: how the cross term's mean grows with log s, over rho."""
    return sum(weight * s * b * math.exp((rho - 1) * math.log1p(s * b)) for b, weight in grid)


def _balanced(grid: list[tuple[float, float]], rho: float, log_scale: float, power: float) -> float:
    """s where the pull of the cross term meets that of the entropy, log_scale + power log s.

    The difference rises in log s, by rho - power at least, so there is one such s and it is bracketed.
    """

    def excess(log_s: float) -> float:
        return math.log(_pull(grid, math.exp(log_s), rho)) - log_scale - power * log_s

    reach = abs(excess(0.0)) / (rho - power)
    low, high = -reach, reach
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if excess(middle) < 0 else (low, middle)
    return math.exp((low + high) / 2)


def _check(nu: float, rho: float) -> None:
    if not 0 < rho <= 1:
        raise TailmarkError(
            f"Expected `rho` above 0 and at most 1; got {rho:g}. Use 1 for the t VAE's own loss, or a smaller "
            "share of its exponent."
        )
    if not 2 * rho < nu < math.inf:
        raise TailmarkError(
            f"Expected `nu` above 2 rho = {2 * rho:g}, and finite; got {nu:g}. At or below it the power norm "
            "of the prior is not finite (for rho = 1: the prior has no variance), so the loss is undefined. "
            "Use nu = 2.1 or a smaller `rho`; for an infinite nu, the method `mdgm-gaussian`."
        )
