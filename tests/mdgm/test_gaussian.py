"""The Gaussian control against torch's own distributions."""

import torch
from torch.distributions import Independent, Normal, kl_divergence

from tailmark.mdgm import gaussian


def test_kl_is_twice_torch_s(experts):
    location, log_variance, _ = experts
    zero = torch.zeros_like(location)
    q = Independent(Normal(location, (log_variance / 2).exp()), 1)
    p = Independent(Normal(zero, zero + 1), 1)
    torch.testing.assert_close(gaussian.kl(location, log_variance), 2 * kl_divergence(q, p))


def test_kl_is_zero_at_the_prior_alone():
    zero = torch.zeros(3)
    assert gaussian.kl(zero, zero) == 0
    assert gaussian.kl(zero + 0.1, zero) > 0.02
    assert gaussian.kl(zero, zero + 0.1) > 0.01
    assert gaussian.kl(zero, zero - 0.1) > 0.01


def test_latents_have_the_mean_and_the_variance(experts):
    location, log_variance, _ = experts
    normal = torch.randn(40_000, 5, 3, 4, generator=torch.Generator().manual_seed(5), dtype=torch.float64)
    scaled = (gaussian.drawn(location, log_variance, normal) - location) / (log_variance / 2).exp()
    torch.testing.assert_close(scaled.mean(0), torch.zeros_like(location), rtol=0, atol=0.03)
    torch.testing.assert_close(scaled.var(0), torch.ones_like(location), rtol=0.03, atol=0)


def test_the_product_is_the_normalised_product_of_the_densities(experts):
    """log N(z; mu, Sigma) - log prior - sum_j log N(z; mu_j, Sigma_j) does not depend on z."""
    locations, log_variances, present = experts
    location, log_variance = gaussian.product(locations, log_variances, present)
    z = torch.randn(20, 5, 4, generator=torch.Generator().manual_seed(6), dtype=torch.float64)
    each = Normal(locations, (log_variances / 2).exp()).log_prob(z.unsqueeze(-2)) * present[..., None]
    prior = Normal(torch.zeros_like(location), torch.ones_like(location)).log_prob(z)
    apart = Normal(location, (log_variance / 2).exp()).log_prob(z) - prior - each.sum(-2)
    torch.testing.assert_close(apart, apart[:1].expand(20, 5, 4))


def test_without_experts_the_product_is_the_prior(experts):
    locations, log_variances, present = experts
    location, log_variance = gaussian.product(locations, log_variances, 0 * present)
    assert location.abs().max() == 0
    assert log_variance.abs().max() == 0
