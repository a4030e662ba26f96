"""A linear joint t model, where the truth is known: mu_j(z) = W_j z + b_j, two views of 3 and 2 numbers, m = 2."""

import math

import numpy as np
import pytest
import torch
from scipy import stats

from tailmark.mdgm.constants import constants
from tailmark.mdgm.products import calibrated, disagreement, raw

DOUBLE = {"dtype": torch.float64}
NU, SIGMAS = 3.0, (0.8, 0.5)
SIZES = (3, 2)
GOT = constants(NU, sum(SIZES), 2, sum(n * math.log(s) for n, s in zip(SIZES, SIGMAS, strict=True)))


@pytest.fixture
def model():
    """Weights whose W_j'W_j are diagonal, as experts are; offsets; one sample."""
    rng = np.random.default_rng(8)
    weights = [np.linalg.qr(rng.normal(size=(n, 2)))[0] * rng.uniform(0.5, 2, 2) for n in SIZES]
    return weights, [rng.normal(size=n) for n in SIZES], [2 * rng.normal(size=n) for n in SIZES]


@pytest.fixture
def experts(model):
    """What each view alone tells of z: T_j = W_j'W_j / sigma_j^2, mu_j by least squares."""
    locations, precisions = [], []
    for weight, offset, view, sigma in zip(*model, SIGMAS, strict=True):
        locations.append(np.linalg.lstsq(weight, view - offset, rcond=None)[0])
        precisions.append(np.diag(weight.T @ weight) / sigma**2)
    return (
        torch.tensor(np.array(locations)),
        torch.tensor(-np.log(np.array(precisions))),
        torch.ones(2, **DOUBLE),
    )


def test_the_calibrated_product_minimises_the_loss(model, experts):
    """Over every location and every full covariance."""
    location, log_variance = calibrated(*experts, GOT)
    got, covariance = _minimised(*model)
    torch.testing.assert_close(got, location, rtol=1e-6, atol=1e-6)
    torch.testing.assert_close(covariance, torch.diag(log_variance.exp()), rtol=1e-6, atol=1e-6)


def test_correlated_weights_obey_the_same_formula(model):
    """Sigma = s |Lam|^{-1/(nu+n-2)} Lam^{-1} with Lam a full matrix, mu = Lam^{-1} sum_j W_j'(x_j - b_j)/sigma_j^2."""
    mixing = np.array([[1.0, 0.7], [-0.3, 1.5]])
    weights = [weight @ mixing for weight in model[0]]
    precision, information = _precision(weights, *model[1:])
    got, covariance = _minimised(weights, *model[1:])
    wanted = GOT.s * np.linalg.det(precision) ** (-1 / (NU + GOT.n - 2)) * np.linalg.inv(precision)
    np.testing.assert_allclose(got, np.linalg.solve(precision, information), rtol=1e-6)
    np.testing.assert_allclose(covariance, wanted, rtol=1e-6, atol=1e-7)


def test_disagreement_and_residuals_are_the_mahalanobis_distance(model, experts):
    """delta = D + sum_j |x_j - W_j mu_j - b_j|^2 / sigma_j^2, of x under its marginal t_n(b, W W' + sigma^2 I, nu)."""
    residuals = sum(
        ((view - offset - weight @ location.numpy()) ** 2).sum() / sigma**2
        for weight, offset, view, sigma, location in zip(*model, SIGMAS, experts[0], strict=True)
    )
    assert residuals > 0.01  # else the test would not see them
    assert disagreement(*experts).item() + residuals == pytest.approx(_delta(*model))


def test_the_true_posterior_is_the_q_product_with_the_residuals_added(model, experts):
    """t_m(mu, (nu+delta)/(nu+n) Lam^{-1}, nu+n): p(x, z) / p(z|x) is the marginal of x for every z."""
    location, log_variance = raw(*experts, GOT)
    scale = (NU + _delta(*model)) / (NU + GOT.n) * np.diag(log_variance.exp().numpy())
    posterior = stats.multivariate_t(location.numpy(), scale, NU + GOT.n)
    shape, offset, view = _marginal(*model)
    evidence = stats.multivariate_t(offset, shape, NU).logpdf(view)
    for z in np.random.default_rng(9).normal(size=(10, 2)) * 3:
        assert _log_joint(z, *model) - posterior.logpdf(z) == pytest.approx(evidence, abs=1e-9)


def _minimised(weights, offsets, views):
    """mu and Sigma where E_q A(z) - nu alpha |Sigma|^{1/(nu+n+m-2)} is smallest, Sigma by its Cholesky factor."""
    whole = torch.tensor(np.vstack([w / s for w, s in zip(weights, SIGMAS, strict=True)]))
    gaps = [(x - b) / s for x, b, s in zip(views, offsets, SIGMAS, strict=True)]
    gap = torch.tensor(np.concatenate(gaps))
    location = torch.zeros(2, requires_grad=True, **DOUBLE)
    factor = torch.zeros(3, requires_grad=True, **DOUBLE)  # log diagonal, and below it

    def lower():
        return torch.diag(factor[:2].exp()) + torch.diag(factor[2:], -1)

    def loss():
        spread = NU / (NU + GOT.n - 2) * (lower().square().sum() + (whole @ lower()).square().sum())
        fit = location.square().sum() + (gap - whole @ location).square().sum()
        return fit + spread - NU * GOT.alpha * (2 * factor[:2].sum() / (NU + GOT.n)).exp()

    optimiser = torch.optim.LBFGS(
        [location, factor],
        max_iter=500,
        tolerance_grad=1e-12,
        tolerance_change=0,
        line_search_fn="strong_wolfe",
    )

    def closure():
        optimiser.zero_grad()
        value = loss()
        value.backward()
        return value

    optimiser.step(closure)
    assert factor.grad.abs().max() < 1e-7
    return location.detach(), (lower() @ lower().T).detach()


def _precision(weights, offsets, views):
    """Lam, and Lam mu."""
    precision, information = np.eye(2), np.zeros(2)
    for weight, offset, view, sigma in zip(weights, offsets, views, SIGMAS, strict=True):
        precision += weight.T @ weight / sigma**2
        information += weight.T @ (view - offset) / sigma**2
    return precision, information


def _marginal(weights, offsets, views):
    whole = np.vstack(weights)
    noise = np.repeat(np.square(SIGMAS), SIZES)
    return whole @ whole.T + np.diag(noise), np.concatenate(offsets), np.concatenate(views)


def _delta(weights, offsets, views):
    shape, offset, view = _marginal(weights, offsets, views)
    return (view - offset) @ np.linalg.solve(shape, view - offset)


def _log_joint(z, weights, offsets, views):
    """Prior and conditionally uncorrelated decoder, as the model states them."""
    prior = stats.multivariate_t(np.zeros(2), np.eye(2), NU).logpdf(z)
    mean = np.concatenate([w @ z + b for w, b in zip(weights, offsets, strict=True)])
    noise = (NU + z @ z) / (NU + 2) * np.repeat(np.square(SIGMAS), SIZES)
    return prior + stats.multivariate_t(mean, np.diag(noise), NU + 2).logpdf(np.concatenate(views))
