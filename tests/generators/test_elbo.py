"""The negative ELBO: its divergences in closed form where there is one, its numerics, and what it never holds."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.utils._python_dispatch import TorchDispatchMode

from tailmark.generators import elbo
from tailmark.nets.vae import Pass, Trunk, Vae, fully_connected_decoder

D64 = torch.float64


def drawn(*shape: int, seed: int = 0, scale: float = 1.0) -> torch.Tensor:
    return scale * torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=D64)


def number(value: float) -> torch.Tensor:
    return torch.tensor(value, dtype=D64)


def a_pass(
    mean: torch.Tensor,
    components: torch.Tensor,
    *,
    log_variance: torch.Tensor | None = None,
    noise: torch.Tensor | None = None,
    reconstruction: torch.Tensor | None = None,
    of_decoder: float = 0.0,
) -> Pass:
    """A pass with one variance for q and the prior, unless q has its own."""
    of_q = number(-0.5) if log_variance is None else log_variance
    of_prior = of_q if of_q.dim() == 0 else number(0.0)
    epsilon = torch.zeros_like(mean) if noise is None else noise
    latent = mean + (0.5 * of_q).exp() * epsilon
    decoded = torch.zeros(len(mean), 1, dtype=D64) if reconstruction is None else reconstruction
    return Pass(decoded, latent, mean, of_q, components, of_prior, number(of_decoder))


def test_one_exemplar_under_a_shared_variance_is_a_squared_distance() -> None:
    """KL of two Gaussians of one variance: |mu - e|^2 / (2 sigma^2), in expectation."""
    n, log_variance = 200_000, number(-0.7)
    mean, exemplar = drawn(1, 3), drawn(1, 3, seed=1)
    out = a_pass(mean.expand(n, -1), exemplar, log_variance=log_variance, noise=drawn(n, 3, seed=2))
    found = elbo.mixture_divergence(out)
    expected = (mean - exemplar).square().sum() / (2 * log_variance.exp())
    standard_error = float(found.std()) / math.sqrt(n)
    assert abs(float(found.mean() - expected)) < 4 * standard_error < 0.05


def test_an_exemplar_that_is_the_sample_costs_nothing() -> None:
    mean = drawn(1, 40)
    out = a_pass(mean.expand(50, -1), mean, noise=drawn(50, 40, seed=1))
    torch.testing.assert_close(elbo.mixture_divergence(out), torch.zeros(50, dtype=D64), rtol=0, atol=1e-10)


def test_one_exemplar_at_the_origin_is_the_standard_gaussian() -> None:
    """A q of its own variance against N(0, I): the estimate averages to the closed form."""
    n = 200_000
    mean, log_variance = drawn(1, 3), drawn(1, 3, seed=1, scale=0.5)
    out = a_pass(
        mean.expand(n, -1),
        torch.zeros(1, 3, dtype=D64),
        log_variance=log_variance.expand(n, -1),
        noise=drawn(n, 3, seed=2),
    )
    found, expected = elbo.mixture_divergence(out), elbo.gaussian_divergence(out)
    by_torch = torch.distributions.kl_divergence(
        torch.distributions.Normal(mean, (0.5 * log_variance).exp()),
        torch.distributions.Normal(number(0.0), number(1.0)),
    ).sum()
    torch.testing.assert_close(expected[0], by_torch)
    assert abs(float(found.mean() - by_torch)) < 4 * float(found.std()) / math.sqrt(n) < 0.05


@given(st.integers(1, 6), st.integers(1, 12), st.integers(1, 5), st.integers(0, 99))
def test_the_mixture_is_torchs_own(b: int, s: int, d: int, seed: int) -> None:
    z, means, log_variance = drawn(b, d, seed=seed), drawn(s, d, seed=seed + 1), number(-0.3)
    mixture = torch.distributions.MixtureSameFamily(
        torch.distributions.Categorical(logits=torch.zeros(s, dtype=D64)),
        torch.distributions.Independent(torch.distributions.Normal(means, (0.5 * log_variance).exp()), 1),
    )
    torch.testing.assert_close(elbo.log_mixture(z, means, log_variance), mixture.log_prob(z))


def test_the_order_and_the_repeats_of_exemplars_do_not_matter() -> None:
    z, means, log_variance = drawn(8, 4), drawn(16, 4, seed=1), number(0.4)
    found = elbo.log_mixture(z, means, log_variance)
    shuffled = means[torch.randperm(16, generator=torch.Generator().manual_seed(3))]
    torch.testing.assert_close(elbo.log_mixture(z, shuffled, log_variance), found)
    torch.testing.assert_close(elbo.log_mixture(z, torch.cat([means, means]), log_variance), found)
    alone = elbo.log_mixture(z, means[:1], log_variance)
    torch.testing.assert_close(elbo.log_mixture(z, means[:1].expand(9, -1), log_variance), alone)
    assert not torch.allclose(alone, found)


@given(st.integers(1, 20), st.integers(0, 99), st.floats(-4, 3))
def test_a_sample_among_its_exemplars_pays_log_s_at_most(s: int, seed: int, log_variance: float) -> None:
    means = drawn(s, 5, seed=seed, scale=3.0)
    out = a_pass(means, means, log_variance=number(log_variance), noise=drawn(s, 5, seed=seed + 1))
    assert (elbo.mixture_divergence(out) <= math.log(s) + 1e-9).all()


@pytest.mark.parametrize("dtype", [torch.float32, D64])
def test_far_exemplars_give_finite_densities_and_gradients(dtype: torch.dtype) -> None:
    z = torch.zeros(3, 2, dtype=dtype, requires_grad=True)
    means = torch.tensor([[1e4, 0.0], [0.0, -2e4]], dtype=dtype, requires_grad=True)
    found = elbo.log_mixture(z, means, torch.zeros((), dtype=dtype))
    expected = (
        -0.5 * 1e8 - math.log(2 * math.pi) - math.log(2)
    )  # the far one of the two is nothing beside this
    torch.testing.assert_close(found, torch.full((3,), expected, dtype=dtype), rtol=1e-6, atol=0)
    found.sum().backward()
    assert z.grad is not None and means.grad is not None
    torch.testing.assert_close(z.grad, torch.tensor([[1e4, 0.0]], dtype=dtype).expand(3, -1))
    torch.testing.assert_close(means.grad[1], torch.zeros(2, dtype=dtype))


def test_the_density_of_the_prior_integrates_to_one() -> None:
    z = torch.linspace(-40, 40, 20_001, dtype=D64)
    density = elbo.log_mixture(z[:, None], drawn(7, 1, scale=4.0), number(0.8)).exp()
    assert float(torch.trapezoid(density, z)) == pytest.approx(1.0, abs=1e-9)


@pytest.mark.parametrize("offset", [0.0, 100.0])
def test_single_precision_is_good_to_a_thousandth(offset: float) -> None:
    """Points that lie far from the origin but near each other: centring is what keeps their distances."""
    z, means, log_variance = drawn(50, 40) + offset, drawn(300, 40, seed=1) + offset, number(-1.0)
    exact = elbo.log_mixture(z.float().double(), means.float().double(), log_variance)
    single = elbo.log_mixture(z.float(), means.float(), log_variance.float())
    assert float((single.double() - exact).abs().max()) < 1e-3


@pytest.mark.parametrize("shared", [True, False])
def test_gradients_are_those_of_finite_differences(shared: bool) -> None:
    noise, x = drawn(4, 3, seed=5), torch.rand(4, 2, dtype=D64, generator=torch.Generator().manual_seed(6))

    def loss(mean: torch.Tensor, spread: torch.Tensor, components: torch.Tensor) -> torch.Tensor:
        decoded = torch.stack([mean.sum(1), mean[:, 0]], dim=1)
        out = a_pass(mean, components, log_variance=spread, noise=noise, reconstruction=decoded)
        return elbo.negative_elbo(out, x, likelihood="sse", prior="majority")

    spread = number(-0.4) if shared else drawn(4, 3, seed=7, scale=0.5)
    inputs = [drawn(4, 3), spread, drawn(6, 3, seed=1)]
    assert torch.autograd.gradcheck(loss, [value.requires_grad_() for value in inputs])


@pytest.mark.parametrize("likelihood", ["sse", "gaussian", "bernoulli"])
def test_gradients_of_each_likelihood(likelihood: str) -> None:
    x = torch.rand(3, 5, dtype=D64, generator=torch.Generator().manual_seed(0))

    def loss(decoded: torch.Tensor, noise: torch.Tensor) -> torch.Tensor:
        out = a_pass(drawn(3, 2), drawn(4, 2), reconstruction=decoded.sigmoid())._replace(
            noise_log_variance=noise
        )
        return elbo.negative_elbo(out, x, likelihood=likelihood, prior="majority")

    inputs = (drawn(3, 5, seed=1).requires_grad_(), number(-0.4).requires_grad_())
    assert torch.autograd.gradcheck(loss, inputs)


def test_the_bound_holds_where_the_marginal_is_known() -> None:
    """Linear model, one exemplar: z ~ N(m, s^2 I), x|z ~ N(W z + b, v I) gives x ~ N(W m + b, s^2 W W' + v I).

    The bound is loose by KL(q || posterior): with the posterior's own mean and variance it closes.
    """
    v, s2 = 0.5, number(0.8)
    w, b, prior_mean = torch.tensor([[1.2], [-0.7]], dtype=D64), drawn(2, seed=1), drawn(1, 1, seed=2)
    x = drawn(6, 2, seed=3, scale=2.0)
    marginal = torch.distributions.MultivariateNormal(
        prior_mean[0] @ w.T + b, s2 * w @ w.T + v * torch.eye(2, dtype=D64)
    )
    precision = (w.T @ w / v).squeeze() + 1 / s2
    posterior_mean = ((x - b) @ w / v + prior_mean / s2) / precision
    constant = 0.5 * 2 * math.log(2 * math.pi * v)  # what the squared error leaves out

    def mean_loss(mean: torch.Tensor, variance: torch.Tensor) -> torch.Tensor:
        n = 40_000
        noise = drawn(n, 1, seed=4)
        losses = []
        for row, centre in zip(x, mean, strict=True):
            log_variance = variance.log().expand(n, 1)
            out = a_pass(centre.expand(n, 1), prior_mean, log_variance=log_variance, noise=noise)
            out = out._replace(reconstruction=out.latent @ w.T + b, prior_log_variance=s2.log())
            loss = elbo.negative_elbo(out, row.expand(n, 2), likelihood="sse", prior="majority")
            losses.append(loss.mean() + constant)
        return torch.stack(losses)

    truth = -marginal.log_prob(x)
    torch.testing.assert_close(mean_loss(posterior_mean, 1 / precision), truth, rtol=0, atol=1e-8)
    assert (mean_loss(posterior_mean + 0.4, 1 / precision) > truth + 0.05).all()
    assert (mean_loss(posterior_mean, s2) > truth + 0.05).all()


def test_the_squared_error_is_a_gaussian_of_variance_one_half() -> None:
    x, decoded = drawn(4, 6), drawn(4, 6, seed=1).requires_grad_()
    out = a_pass(drawn(4, 2), drawn(3, 2), reconstruction=decoded)
    gaussian = torch.distributions.Normal(decoded, number(math.sqrt(0.5)))
    by_torch = -gaussian.log_prob(x).sum()
    (found,) = torch.autograd.grad(elbo.squared_error(x, out).sum(), decoded)
    (expected,) = torch.autograd.grad(by_torch, decoded)
    torch.testing.assert_close(found, expected)
    half = out._replace(noise_log_variance=number(math.log(0.5)))
    torch.testing.assert_close(elbo.gaussian(x, half).sum(), by_torch)


def test_a_certain_and_wrong_pixel_costs_a_finite_amount() -> None:
    x = torch.tensor([[0.0, 1.0, 0.25]], dtype=D64)
    decoded = torch.tensor([[1.0, 0.0, 0.25]], dtype=D64, requires_grad=True)
    value = elbo.bernoulli(x, a_pass(drawn(1, 2), drawn(1, 2), reconstruction=decoded))
    entropy = -(0.25 * math.log(0.25) + 0.75 * math.log(0.75))
    assert float(value.detach()) == pytest.approx(-2 * math.log(1e-5) + entropy)
    value.sum().backward()
    assert decoded.grad is not None and torch.isfinite(decoded.grad).all()


def test_the_learned_variance_is_best_at_the_mean_squared_error() -> None:
    x, decoded = drawn(20, 6), drawn(20, 6, seed=1)
    error = float((x - decoded).square().mean())

    def loss_at(log_variance: torch.Tensor) -> torch.Tensor:
        out = a_pass(drawn(20, 2), drawn(3, 2), reconstruction=decoded)
        return elbo.gaussian(x, out._replace(noise_log_variance=log_variance)).mean()

    best = number(math.log(error)).requires_grad_()
    (slope,) = torch.autograd.grad(loss_at(best), best)
    assert abs(float(slope)) < 1e-9
    for away in (-0.3, 0.3):
        assert loss_at(best.detach() + away) > loss_at(best.detach())


def test_the_learned_variance_has_a_floor() -> None:
    """A decoder that is exact would drive it to minus infinity."""
    out = a_pass(drawn(2, 2), drawn(3, 2), reconstruction=drawn(2, 6))
    lost = [elbo.gaussian(drawn(2, 6), out._replace(noise_log_variance=number(v))) for v in (-10.0, -1e6)]
    torch.testing.assert_close(*lost)
    assert torch.isfinite(lost[0]).all()


class Largest(TorchDispatchMode):
    """Notes the largest tensor that any operation makes."""

    def __init__(self) -> None:
        super().__init__()
        self.elements = 0

    def __torch_dispatch__(
        self, func: Any, types: Any, args: Any = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        made = func(*args, **(kwargs or {}))
        self.elements = max([self.elements, *(tensor.numel() for tensor in tensors_in(made))])
        return made


def tensors_in(made: Any) -> Iterator[torch.Tensor]:
    if isinstance(made, torch.Tensor):
        yield made
    elif isinstance(made, Iterable):
        for item in made:
            yield from tensors_in(item)


def test_no_array_of_batch_by_exemplars_by_latent_is_ever_held() -> None:
    b, s, features, hidden, latent = 20, 400, 30, 25, 10
    network = Vae(
        Trunk(features, hidden),
        hidden,
        fully_connected_decoder(latent, hidden, features, "sigmoid"),
        latent,
        shared=True,
        likelihood="sse",
    )
    rows, noise = torch.rand(b + s, features), torch.randn(b, latent)
    with Largest() as seen:
        out = network(rows, noise)
        elbo.negative_elbo(out, rows[:b], likelihood="sse", prior="majority").mean().backward()
    assert b * s <= seen.elements <= max((b + s) * max(features, hidden), b * s) < b * s * latent
