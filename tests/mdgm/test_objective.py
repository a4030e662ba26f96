"""The semi-supervised objective: what must hold of it whatever the network is."""

from __future__ import annotations

from math import log

import pytest
import torch
from torch import Tensor

from tailmark.mdgm.constants import constants
from tailmark.mdgm.network import Seen
from tailmark.mdgm.objective import Model, Terms, class_losses, expected, power, prior_terms, shannon, terms
from tailmark.mdgm.posterior import Posterior, posterior

K, M, LATENT, WIDTH = 3, 2, 2, 4
FIXED = constants(3.0, M * WIDTH, LATENT, M * WIDTH * log(0.5))


class Linear:
    """A stand-in for the network: an expert a view and class, a linear decoder a view and class."""

    def __init__(self, classes: int = K) -> None:
        draws = torch.Generator().manual_seed(1)
        self.location = torch.randn(M, classes, WIDTH, LATENT, generator=draws).double()
        self.weight = torch.randn(M, classes, LATENT, WIDTH, generator=draws).double()
        self.classes = torch.eye(classes).double()

    def permuted(self, order: list[int]) -> Linear:
        other = Linear(len(order))
        other.location, other.weight = self.location[:, order], self.weight[:, order]
        return other

    def opinions(self, seen: Seen, onehot: Tensor) -> tuple[Tensor, Tensor]:
        said = [
            torch.einsum("bn,...lk,knm->blm", x, onehot, location)
            for x, location in zip(seen.targets.values(), self.location, strict=True)
        ]
        location = torch.stack(said, dim=-2)
        return location, (location / 3).sin()

    def squared_errors(self, latents: Tensor, onehot: Tensor, seen: Seen) -> Tensor:
        errors = []
        for number, (x, weight) in enumerate(zip(seen.targets.values(), self.weight, strict=True)):
            mean = torch.einsum("blsm,...lk,kmn->blsn", latents, onehot, weight)
            errors.append(seen.present[:, number, None, None] * (x[:, None, None] - mean).square().sum(-1))
        return torch.stack(errors).sum(0)


@pytest.fixture
def seen() -> Seen:
    draws = torch.Generator().manual_seed(2)
    targets = {name: torch.randn(5, WIDTH, generator=draws).double() for name in ("one", "two")}
    return Seen({}, targets, torch.ones(5, M).double(), (0, 1))


def noise(fixed=FIXED, parts: int = 1, rows: int = 5, classes: int = K) -> tuple[Tensor, Tensor]:
    draws = torch.Generator().manual_seed(3)
    normal = torch.randn(rows, classes, parts, LATENT, generator=draws).double()
    return normal, (fixed.nu + fixed.n) * (1 + torch.rand(rows, classes, parts, generator=draws).double() / 9)


def model(product="calibrated", unlabelled="shannon", fixed=FIXED) -> Model:
    return Model(fixed, 0.5, product, unlabelled)


def priors(labelled: bool) -> Tensor:
    counts = torch.tensor([9.0, 3.0, 1.0] if labelled else [1.0, 1.0, 1.0]).double()
    return (counts / counts.sum()).log()


PRODUCTS = pytest.mark.parametrize("product", ["calibrated", "raw", "q-product", "mixture", "concatenation"])
CLASSES = pytest.mark.parametrize("unlabelled", ["shannon", "power"])


def given_terms(seen: Seen, product: str = "calibrated", fixed=FIXED) -> Terms:
    network = Linear()
    if product == "concatenation":  # one expert instead of two
        network.opinions = lambda *at: tuple(said[..., :1, :] for said in Linear().opinions(*at))
    return terms(
        network,
        seen,
        network.classes,
        model(product, fixed=fixed),
        noise(fixed, parts=1 + (product == "mixture")),
    )


@PRODUCTS
@CLASSES
def test_a_sure_classifier_makes_a_sample_a_labelled_one(seen: Seen, product: str, unlabelled: str) -> None:
    chosen, labels = model(product, unlabelled), torch.tensor([0, 1, 2, 1, 0])
    rows = torch.arange(5)
    every = given_terms(seen, product)
    own = Terms(
        every.error[rows, labels][:, None],
        every.latents[rows, labels][:, None],
        Posterior(*(part[rows, labels][:, None] for part in every.posterior[:2]), every.posterior.share),
    )
    terms_of_prior = prior_terms(priors(labelled=True), chosen)
    sure = torch.log_softmax(1000.0 * torch.eye(3).double()[labels], dim=-1)
    as_unlabelled = expected(every, sure, terms_of_prior, chosen)
    as_labelled = expected(own, torch.zeros(5, 1).double(), terms_of_prior[labels][:, None], chosen)
    assert torch.allclose(as_unlabelled, as_labelled, rtol=1e-12)
    if unlabelled == "shannon":  # L = l - log pi
        by_hand = class_losses(every, FIXED)[rows, labels] - priors(labelled=True)[labels]
        assert torch.allclose(as_labelled, by_hand, rtol=1e-12)


@pytest.mark.parametrize("labelled", [True, False])
def test_the_best_classifier_is_the_posterior_of_the_losses(labelled: bool) -> None:
    """U is smallest, -log sum_k pi_k exp(-l_k), where q_k is proportional to pi_k exp(-l_k)."""
    losses, log_prior = torch.tensor([[1.0, 3.0, 0.5], [2.0, 2.0, 2.5]]).double(), priors(labelled)
    best = -(log_prior - losses).logsumexp(-1)
    optimum = (log_prior - losses).log_softmax(-1)
    assert torch.allclose(shannon(losses, optimum, log_prior), best, rtol=1e-12)
    logits = optimum.clone().requires_grad_()
    (slope,) = torch.autograd.grad(shannon(losses, logits.log_softmax(-1), log_prior).sum(), logits)
    assert slope.abs().max() < 1e-12
    draws = torch.Generator().manual_seed(0)
    for _ in range(50):
        logits = 3 * torch.randn(2, 3, generator=draws).double()
        assert (shannon(losses, logits.log_softmax(-1), log_prior) > best).all()


def test_the_same_loss_in_every_class_is_the_unlabelled_one() -> None:
    same, uniform = torch.tensor([[4.0] * 3]).double(), priors(labelled=False)
    assert shannon(same, uniform[None], uniform).item() == pytest.approx(4, rel=1e-12)


@PRODUCTS
@CLASSES
def test_one_class_is_no_class(seen: Seen, product: str, unlabelled: str) -> None:
    """With K = 1 nothing is left but the t model of several views without classes."""
    chosen, network = model(product, unlabelled), Linear(1)
    parts = 2 if product in ("mixture", "concatenation") else 1
    given = terms(network, seen, network.classes, chosen, noise(parts=parts, classes=1))
    nothing = torch.zeros(5, 1).double()
    found = expected(given, nothing, prior_terms(torch.zeros(1).double(), chosen), chosen)
    assert torch.allclose(found, class_losses(given, FIXED)[:, 0], rtol=1e-12)


@CLASSES
def test_the_order_of_the_classes_does_not_matter(seen: Seen, unlabelled: str) -> None:
    order, network, chosen = [2, 0, 1], Linear(), model(unlabelled=unlabelled)
    log_q = torch.randn(5, 3, generator=torch.Generator().manual_seed(5)).double().log_softmax(-1)
    log_prior, (normal, chisquare) = priors(labelled=True), noise()
    found = []
    for these, some in [([0, 1, 2], network), (order, network.permuted(order))]:
        given = terms(some, seen, some.classes, chosen, (normal[:, these], chisquare[:, these]))
        found.append(expected(given, log_q[:, these], prior_terms(log_prior[these], chosen), chosen))
    assert torch.allclose(*found, rtol=1e-12)


def test_the_power_form_is_its_formula(seen: Seen) -> None:
    """The stable form against the plain one, up to the constant that makes one class no class."""
    given = given_terms(seen)
    log_prior, chosen = priors(labelled=True), model(unlabelled="power")
    log_q = torch.randn(5, 3, generator=torch.Generator().manual_seed(5)).double().log_softmax(-1)
    nu, n, m, s = FIXED.nu, FIXED.n, FIXED.m, FIXED.s
    gamma = -2 / (nu + n + m)
    location, log_variance, _ = given.posterior
    moment = location.square().sum(-1) + nu / (nu + n - 2) * log_variance.exp().sum(-1) + given.error
    prior, q = log_prior.exp(), log_q.exp()
    rho = prior**gamma * (prior ** (1 + gamma)).sum() ** (-gamma / (1 + gamma))
    volume = log_variance.sum(-1).exp() ** (-gamma / 2)
    entropy = (q ** (1 + gamma) * volume[..., 0]).sum(1) ** (1 / (1 + gamma))
    plain = nu / 2 * ((q * rho * (1 + moment[..., 0] / nu)).sum(1) - FIXED.alpha * entropy)
    stable = power(given, log_q, prior_terms(log_prior, chosen), FIXED)
    assert torch.allclose(stable, plain + nu / 2 * (s - 1), rtol=1e-10)


def test_the_power_form_tends_to_m2(seen: Seen) -> None:
    """As nu grows the class's part becomes Shannon's."""
    log_prior = priors(labelled=True)
    log_q = torch.randn(5, 3, generator=torch.Generator().manual_seed(5)).double().log_softmax(-1)
    apart = []
    for nu in (1e3, 1e5, 1e7):
        fixed = constants(nu, M * WIDTH, LATENT, M * WIDTH * log(0.5))
        given = given_terms(seen, fixed=fixed)
        both = [
            expected(given, log_q, prior_terms(log_prior, choice), choice)
            for choice in (model(unlabelled=name, fixed=fixed) for name in ("shannon", "power"))
        ]
        apart.append((both[0] - both[1]).abs().max().item())
    assert apart[0] > 50 * apart[1] > 2500 * apart[2]
    assert apart[2] < 1e-3


@pytest.mark.parametrize("sigma", [0.242, 1.0])
def test_the_power_form_weighs_the_entropy_by_the_prior_s_scale(sigma: float) -> None:
    """For images by about tau^2: one at our sigma, 0.06 at the t3VAE's, where the classes hardly count."""
    fixed = constants(10.0, 1568, LATENT, 1568 * log(sigma))
    at_prior = Posterior(
        torch.zeros(1, 3, 1, LATENT).double(),
        torch.full((1, 3, 1, LATENT), log(fixed.s)).double(),
        torch.ones(1, 1, 1).double(),
    )
    given = Terms(torch.zeros(1, 3, 1).double(), at_prior.location, at_prior)
    uniform, chosen = priors(labelled=False), model(unlabelled="power", fixed=fixed)
    sure, unsure = torch.tensor([[0.0, -90.0, -90.0]]).double(), uniform[None]
    gained = [power(given, q, prior_terms(uniform, chosen), fixed).item() for q in (sure, unsure)]
    assert gained[0] - gained[1] == pytest.approx(fixed.tau2 * log(3), rel=0.01)


def test_a_mixture_is_the_mean_over_the_experts_that_are_there(seen: Seen) -> None:
    chosen, network = model("mixture"), Linear()
    normal, chisquare = noise(parts=2)
    both = class_losses(terms(network, seen, network.classes, chosen, (normal, chisquare)), FIXED)
    given = terms(network, seen, network.classes, chosen, (normal, chisquare))
    alone = []
    for part in range(2):
        only = [piece[:, :, part : part + 1] for piece in (given.error, given.latents, *given.posterior[:2])]
        share = torch.ones(5, 1, 1).double()
        alone.append(class_losses(Terms(only[0], only[1], Posterior(only[2], only[3], share)), FIXED))
    assert torch.allclose(both, (alone[0] + alone[1]) / 2)
    first_only = Seen({}, seen.targets, torch.tensor([[1.0, 0.0]]).double().expand(5, 2), (0, 1))
    share = posterior(network, first_only, network.classes, "mixture", FIXED).share
    assert share.tolist() == [[[1.0, 0.0]]] * 5


@pytest.mark.parametrize("product", ["calibrated", "raw", "q-product", "mixture"])
def test_a_missing_view_has_no_say(seen: Seen, product: str) -> None:
    """Neither its expert nor its error: whatever the missing view holds, the losses are the same."""
    network, chosen = Linear(), model(product)
    present = torch.tensor([[1.0, 0.0]]).double().expand(5, 2)
    found = []
    for held in (seen.targets, {**seen.targets, "two": torch.ones(5, WIDTH).double()}):
        lacking = Seen({}, held, present, (0, 1))
        drawn = noise(parts=2 if product == "mixture" else 1)
        found.append(class_losses(terms(network, lacking, network.classes, chosen, drawn), FIXED))
    assert torch.equal(*found)


def test_without_any_view_the_posterior_is_the_prior(seen: Seen) -> None:
    network = Linear()
    nothing = Seen({}, seen.targets, torch.zeros(5, 2).double(), (0, 1))
    given = terms(network, nothing, network.classes, model(), noise())
    assert class_losses(given, FIXED).abs().max() < 1e-12


def test_the_location_replaces_a_draw(seen: Seen) -> None:
    network = Linear()
    given = terms(network, seen, network.classes, model(), noise=None)
    assert torch.equal(given.latents, given.posterior.location)


def test_rho_near_one_is_the_closed_form_on_average(seen: Seen) -> None:
    """At rho = 1 the regulariser is exact; just below, |z|^2 is drawn: over many draws they agree."""
    draws, rows = 40_000, torch.zeros(40_000, dtype=torch.long)
    one = Seen({}, {name: x[rows] for name, x in seen.targets.items()}, torch.ones(draws, M).double(), (0, 1))
    network, stream = Linear(), torch.Generator().manual_seed(0)
    normal = torch.randn(draws, K, 1, LATENT, generator=stream).double()
    freedom = FIXED.nu + FIXED.n
    chisquare = 2 * torch._standard_gamma(torch.full((draws, K, 1), freedom / 2).double(), generator=stream)
    found = []
    for rho in (1.0, 1 - 1e-9):
        fixed = constants(FIXED.nu, FIXED.n, LATENT, FIXED.log_volume, rho)
        given = terms(network, one, network.classes, model(fixed=fixed), (normal, chisquare))
        found.append(class_losses(given, fixed).mean(0))
    apart = found[0] - found[1]
    assert apart.std() < 0.02 * (found[0].max() - found[0].min())  # but for a constant that no weight changes
