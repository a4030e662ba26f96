"""Toys with known answers: heavy-tailed data from the model itself, and rare classes seen through two views."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import exp, lgamma, log, pi
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from tailmark import methods
from tailmark.mdgm import evidence, objective
from tailmark.mdgm.constants import constants
from tailmark.mdgm.network import Seen
from tailmark.nets.views import Encoders, ViewShape
from tailmark.semi.network import Backbone
from tailmark.semi.step import Batch, Draw, Facts, Step

# ---- heavy tails: two views of three numbers, x = W z + 0.5 e, all divided by one root of a chi-square number

VIEWS, WIDTH = 2, 3
N = VIEWS * WIDTH
SIGMA = 0.5


class Linear(nn.Module):
    """A linear expert and a linear decoder a view, one class, a latent of one number: the true model is among them.

    Its parameters are in the data's unit, so that the optimiser has the same task in every unit.
    """

    def __init__(self, unit: float) -> None:
        super().__init__()
        self.unit = unit
        draws = torch.Generator().manual_seed(0)
        self.register_buffer("classes", torch.ones(1, 1))
        self.expert = nn.Parameter(0.1 * torch.randn(VIEWS, WIDTH, 1, generator=draws))
        self.log_variance = nn.Parameter(torch.zeros(VIEWS, 1))
        self.weight = nn.Parameter(0.3 * torch.randn(VIEWS, WIDTH, generator=draws))

    def opinions(self, seen: Seen, onehot: Tensor) -> tuple[Tensor, Tensor]:
        x = torch.stack(list(seen.targets.values()), 1) / self.unit
        location = torch.einsum("bjn,jnm->bjm", x, self.expert)[:, None]
        return location, self.log_variance.expand_as(location)

    def squared_errors(self, latents: Tensor, onehot: Tensor, seen: Seen) -> Tensor:
        mean = latents.unsqueeze(-1) * self.weight * self.unit
        return (torch.stack(list(seen.targets.values()), 1)[:, None, None] - mean).square().sum((-1, -2))


@dataclass(frozen=True)
class Toy:
    """Data in some unit, with nu degrees of freedom (none: normal)."""

    nu: float | None
    unit: float
    weight: Tensor  # the true W

    @property
    def sigma(self) -> float:
        return SIGMA * self.unit

    def drawn(self, n: int, seed: int) -> Tensor:
        return drawn(self.scale(self.weight), self.nu, n, seed)

    def scale(self, weight: Tensor) -> Tensor:
        return weight.outer(weight) + self.sigma**2 * torch.eye(N)


def drawn(scale: Tensor, nu: float | None, n: int, seed: int) -> Tensor:
    """What the joint t (or normal) model with this scale of its marginal generates."""
    draws = torch.Generator().manual_seed(seed)
    x = torch.randn(n, N, generator=draws) @ torch.linalg.cholesky(scale).T
    return x if nu is None else x * (nu / chisquare((n, 1), nu, draws)).sqrt()


def chisquare(shape: tuple[int, ...], freedom: float, draws: torch.Generator) -> Tensor:
    return 2 * torch._standard_gamma(torch.full(shape, freedom / 2), generator=draws)


def fitted(toy: Toy, nu: float, kind: str, steps: int = 500) -> Tensor:
    """W of the t model, or of the Gaussian one with beta `one` or `matched`."""
    x = toy.drawn(1000, seed=1).view(-1, VIEWS, WIDTH)
    seen = Seen({}, {"a": x[:, 0], "b": x[:, 1]}, torch.ones(len(x), VIEWS), (0, 1))
    fixed = constants(nu, N, 1, N * log(toy.sigma))
    model = objective.Model(fixed, toy.sigma, "calibrated", "shannon")
    network, draws = Linear(toy.unit), torch.Generator().manual_seed(2)
    optimiser = torch.optim.Adam(network.parameters(), fused=True)
    for step in range(steps):
        optimiser.param_groups[0]["lr"] = 0.2 * (1 - step / steps)
        normal = torch.randn(len(x), 1, 1, generator=draws)
        if kind == "t":
            noise = normal[:, :, None], chisquare((len(x), 1, 1), nu + N, draws)
            given = objective.terms(network, seen, network.classes, model, noise)
            losses = objective.class_losses(given, fixed)
        else:
            beta = fixed.tau2 if kind == "matched" else 1.0
            losses = evidence.class_losses(network, seen, network.classes, normal, toy.sigma, beta)
        optimiser.zero_grad()
        losses.mean().backward()
        optimiser.step()
    return network.weight.detach().flatten() * toy.unit


def log_score(toy: Toy, weight: Tensor, nu: float | None) -> float:
    """Mean log density of held-out data under the fitted model's marginal, which is known: t or normal."""
    x, scale = toy.drawn(4000, seed=3), toy.scale(weight)
    distance = (x @ torch.linalg.inv(scale) * x).sum(-1)
    volume = torch.logdet(scale).item() / 2
    if nu is None:
        return (-distance / 2 - N / 2 * log(2 * pi)).mean().item() - volume
    constant = lgamma((nu + N) / 2) - lgamma(nu / 2) - N / 2 * log(nu * pi)
    return constant - volume - (nu + N) / 2 * (distance / nu).log1p().mean().item()


def discrepancy(toy: Toy, weight: Tensor, nu: float | None) -> float:
    """Squared MMD between what the fitted model generates and held-out data, a Gaussian kernel of fixed width."""
    real, made = toy.drawn(1500, seed=3) / toy.unit, drawn(toy.scale(weight), nu, 1500, seed=4) / toy.unit

    def alike(a: Tensor, b: Tensor) -> float:
        return (-torch.cdist(a, b).square() / 12).exp().mean().item()

    return alike(real, real) + alike(made, made) - 2 * alike(real, made)


def toy(data_nu: float | None, fitted_nu: float, times: float = 1.0) -> Toy:
    """In the unit where the integral of p_data^(1 + gamma) is one, gamma = -2 / (nu + n), or some times that.

    The t VAE's loss, and so ours, puts one for that integral. It is |S| = C^2 ((nu-2) / (nu+n-2))^(nu+n), with C
    the t density's constant and S the scale of the marginal.
    """
    weight = torch.randn(N, generator=torch.Generator().manual_seed(100))
    nu = fitted_nu
    constant = lgamma((nu + N) / 2) - lgamma(nu / 2) - N / 2 * log(nu * pi)
    wanted = 2 * constant + (nu + N) * log((nu - 2) / (nu + N - 2))
    there = torch.logdet(Toy(None, 1.0, weight).scale(weight)).item()
    unit = times * exp((wanted - there) / (2 * N))
    return Toy(data_nu, unit, unit * weight)


def test_on_heavy_tails_the_t_model_beats_both_gaussian_ones() -> None:
    """In held-out log-score and in MMD, and it finds the true weights."""
    heavy = toy(3.0, 3.0)
    weights = {kind: fitted(heavy, 3.0, kind) for kind in ("t", "one", "matched")}
    scores = {kind: log_score(heavy, w, 3.0 if kind == "t" else None) for kind, w in weights.items()}
    apart = {kind: discrepancy(heavy, w, 3.0 if kind == "t" else None) for kind, w in weights.items()}
    for control in ("one", "matched"):
        assert scores["t"] > scores[control] + 3
        assert apart["t"] < apart[control] / 5
    assert weights["t"].norm().item() == pytest.approx(heavy.weight.norm().item(), rel=0.15)
    assert log_score(heavy, heavy.weight, 3.0) - scores["t"] < 0.05


def test_in_other_units_its_decoder_is_too_wide() -> None:
    """A limit of the loss: where the integral is not one, W grows by more than the data, and MMD is worse for it.

    The Gaussian model's W grows as the data do. The log-score still favours the t model, for its tails.
    """
    right, large = toy(3.0, 3.0), toy(3.0, 3.0, times=6.0)
    t, one = fitted(large, 3.0, "t"), fitted(large, 3.0, "one")
    assert t.norm() > 1.5 * 6 * fitted(right, 3.0, "t").norm()
    assert one.norm().item() == pytest.approx(6 * fitted(right, 3.0, "one").norm().item(), rel=1e-3)
    assert log_score(large, t, 3.0) > log_score(large, one, None) + 3
    assert discrepancy(large, t, 3.0) > 1.5 * discrepancy(large, one, None)


def test_on_gaussian_data_the_t_model_is_hardly_worse() -> None:
    light = toy(None, 10.0)
    t, one = fitted(light, 10.0, "t"), fitted(light, 10.0, "one")
    lost = log_score(light, one, None) - log_score(light, t, 10.0)
    assert 0 < lost < 0.15


# ---- rare classes: 90, 9 and 1 % of the samples, normal about these means; view `a` does not tell the last two apart

COUNTS = (90, 9, 1)  # labelled; the pool has 19 times as many
MEANS = torch.tensor(
    [[[0.0, 0.0], [0.0, 0.0]], [[3.0, 0.0], [0.0, 2.5]], [[3.0, 0.0], [2.5, 0.0]]]
)  # class, view
SHAPES = tuple(ViewShape(name, "table", (2,)) for name in ("a", "b"))
BATCH, SEEDS = 50, range(4)


def of_classes(counts: tuple[int, ...], draws: torch.Generator) -> tuple[Tensor, Tensor]:
    labels = torch.repeat_interleave(torch.arange(3), torch.tensor(counts))
    return MEANS[labels] + torch.randn(len(labels), 2, 2, generator=draws), labels


def batch(x: Tensor) -> Batch:
    views = {shape.name: x[:, number] for number, shape in enumerate(SHAPES)}
    return Batch(views, views, torch.ones(len(x), 2))


def balanced(classify: Callable[[Tensor], Tensor], seed: int) -> float:
    """Mean recall on a test set with as many of each class."""
    x, labels = of_classes((400, 400, 400), torch.Generator().manual_seed(1000 + seed))
    return (classify(x) == labels).float().mean().item()


def bayes(x: Tensor) -> Tensor:
    """The best there is, where the classes are equally frequent: the nearest mean."""
    return (x[:, None] - MEANS).square().sum((-1, -2)).argmin(-1)


def trained(seed: int, steps: int = 120, **settings: Any) -> float:
    """Balanced accuracy after a short training: the t model with these settings, or without any, cross-entropy."""
    draws = torch.Generator().manual_seed(seed)
    (x, labels), (pool, _) = of_classes(COUNTS, draws), of_classes(tuple(19 * n for n in COUNTS), draws)
    facts = Facts(SHAPES, Encoders(columns=32), COUNTS, len(pool), BATCH, BATCH, seed)
    method = methods.make("mdgm", {"latent": 2, "sigma": 1.0, **settings}, "corrected") if settings else None
    network = method.build(facts) if method else Backbone(facts)
    memory = {"log_prior": torch.tensor(method.memory(facts)["log_prior"])} if method else {}
    wanted = method.noise(facts) if method else {}
    optimiser = torch.optim.Adam(network.parameters(), fused=True)
    for number in range(steps):
        optimiser.param_groups[0]["lr"] = 0.005 * (1 - number / steps)
        rows, others = (torch.randint(len(given), (BATCH,), generator=draws) for given in (x, pool))
        few, many = batch(x[rows]), batch(pool[others])
        noise = {name: of_kind(draw, draws) for name, draw in wanted.items()}
        step = Step(
            facts, network, network, few, labels[rows], many, many, many, noise, memory, torch.zeros(())
        )
        loss = method.learn(step) if method else cross_entropy(network(few), labels[rows])
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    with torch.no_grad():
        return balanced(lambda given: network(batch(given)).argmax(-1), seed)


def of_kind(draw: Draw, draws: torch.Generator) -> Tensor:
    if draw.kind == "chisquare":
        return chisquare(draw.shape, draw.freedom, draws)
    return torch.randn(draw.shape, generator=draws)


def test_rare_classes_seen_through_two_views() -> None:
    """Both views beat each; with the pool it is above the labels alone; and nothing beats the Bayes classifier."""
    both = torch.tensor([trained(seed, strength=10.0) for seed in SEEDS])
    supervised = torch.tensor([trained(seed) for seed in SEEDS])
    best = torch.tensor([balanced(bayes, seed) for seed in SEEDS])
    gain = both - supervised
    assert gain.mean() > 2.35 * gain.std() / len(SEEDS) ** 0.5  # 95 %, one-sided, three degrees of freedom
    assert (both < best).all()
    for view in ("a", "b"):
        for seed in SEEDS[:2]:
            assert both[seed] > trained(seed, strength=10.0, view=view)
