"""The latents that the t model draws have the distribution that its divergence assumes."""

import math

import pytest
import torch
from scipy import stats

from tailmark.mdgm.noise import drawn

NU, N, M = 3.0, 2, 4
LOCATION = torch.tensor([1.0, -2.0, 0.0, 5.0], dtype=torch.float64)
LOG_VARIANCE = torch.tensor([0.0, 1.0, -2.0, 0.5], dtype=torch.float64)


@pytest.fixture(scope="module")
def whitened():
    """S^{-1/2} (z - mu) of 20,000 draws, S = nu/(nu+n) Sigma."""
    numbers = torch.Generator().manual_seed(7)
    rows = 20_000
    normal = torch.randn(rows, M, generator=numbers, dtype=torch.float64)
    halves = torch.full((rows,), (NU + N) / 2, dtype=torch.float64)
    chisquare = 2 * torch._standard_gamma(halves, generator=numbers)
    z = drawn(LOCATION.expand(rows, M), LOG_VARIANCE.expand(rows, M), normal, chisquare, NU)
    return (z - LOCATION) / (LOG_VARIANCE / 2).exp() / math.sqrt(NU / (NU + N))


def test_the_squared_distance_has_an_f_distribution(whitened):
    """|S^{-1/2}(z - mu)|^2 / m ~ F(m, nu+n): Kolmogorov and Smirnov do not see a difference."""
    distance = whitened.square().sum(-1) / M
    assert stats.kstest(distance.numpy(), stats.f(M, NU + N).cdf).pvalue > 0.01
    assert stats.kstest(distance.numpy(), stats.f(M, NU).cdf).pvalue < 1e-6


def test_each_coordinate_is_t(whitened):
    for column in whitened.T:
        assert stats.kstest(column.numpy(), stats.t(NU + N).cdf).pvalue > 0.01
        assert stats.kstest(column.numpy(), stats.norm.cdf).pvalue < 1e-6


def test_a_row_shares_its_chi_square(whitened):
    """Coordinates are uncorrelated, but large together. Bounded functions: the fourth moments are barely there."""
    signs, sizes = whitened.tanh().T.corrcoef(), whitened.abs().log1p().T.corrcoef()
    apart = ~torch.eye(M, dtype=torch.bool)
    assert signs[apart].abs().max() < 0.03
    assert sizes[apart].min() > 0.05


def test_the_shape_of_the_chi_square_numbers_does_not_matter():
    normal, chisquare = torch.ones(3, 2, M), torch.tensor([[1.0, 2.0], [4.0, 8.0], [0.5, 3.0]])
    location, log_variance = torch.zeros(3, 2, M), torch.zeros(3, 2, M)
    got = drawn(location, log_variance, normal, chisquare, NU)
    assert torch.equal(got, drawn(location, log_variance, normal, chisquare.unsqueeze(-1), NU))
    torch.testing.assert_close(got[1, 0], torch.full((M,), math.sqrt(NU / 4)))


def test_a_chi_square_number_of_zero_gives_a_finite_latent():
    """float32 draws of few degrees of freedom may be zero."""
    log_variance = torch.zeros(1, M, requires_grad=True)
    got = drawn(torch.zeros(1, M), log_variance, torch.ones(1, M), torch.zeros(1), NU)
    assert got.isfinite().all()
    assert torch.autograd.grad(got.sum(), log_variance)[0].isfinite().all()


def test_many_degrees_of_freedom_draw_normal_numbers():
    normal = torch.randn(5, M, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    location, log_variance = LOCATION.expand(5, M), LOG_VARIANCE.expand(5, M)
    got = drawn(location, log_variance, normal, torch.full((5,), 1e8, dtype=torch.float64), 1e8)
    torch.testing.assert_close(got, LOCATION + (LOG_VARIANCE / 2).exp() * normal)
