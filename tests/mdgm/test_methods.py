"""The three generative methods as the engine meets them: their objective, what they ask for, what they refuse."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import torch
from torch.nn.functional import cross_entropy

from tailmark import methods
from tailmark.errors import TailmarkError
from tailmark.mdgm.constants import constants
from tailmark.mdgm.divergence import regulariser
from tailmark.mdgm.gaussian import kl
from tailmark.semi.step import Facts, Step

SETTINGS = [
    ("mdgm", {}),
    ("mdgm", {"product": "raw"}),
    ("mdgm", {"product": "q-product"}),
    ("mdgm", {"product": "mixture"}),
    ("mdgm", {"product": "concatenation"}),
    ("mdgm", {"unlabelled": "power"}),
    ("mdgm", {"unlabelled": "power", "product": "mixture"}),
    ("mdgm", {"prior": "labelled"}),
    ("mdgm", {"nu": 2.1, "rho": 0.1}),
    ("mdgm", {"rho": 0.5, "product": "mixture"}),
    ("mdgm", {"view": "patient"}),
    ("mdgm-gaussian", {}),
    ("mdgm-gaussian", {"beta": "one"}),
    ("m2", {}),
]
EACH = pytest.mark.parametrize(("name", "settings"), SETTINGS)


def made(name: str, **settings: Any) -> Any:
    return methods.make(name, {"latent": 3, **settings}, "corrected")


def slopes(method: Any, given: Step) -> tuple[float, dict[str, torch.Tensor]]:
    """J and its gradients."""
    given.network.zero_grad()
    loss = method.learn(given)
    loss.backward()
    parameters = given.network.named_parameters()
    return loss.item(), {name: p.grad.clone() for name, p in parameters if p.grad is not None}


@pytest.mark.parametrize("views", [("grey", "patient"), ("numbers",)])
def test_the_t_model_tends_to_the_gaussian_one(facts, step, views: tuple[str, ...]) -> None:
    """J and all its gradients at nu = 1e6, with the same normal numbers and chi-square ones at their mean."""
    task: Facts = facts(*views)
    heavy, normal = made("mdgm", nu=1e6), made("mdgm-gaussian", beta="one")
    given = step(normal, task)
    n = given.network.dimensions
    noise = {
        "normal": given.noise["normal"].unsqueeze(-2),
        "pool/normal": given.noise["pool/normal"].unsqueeze(-2),
        "chisquare": torch.full((task.batch, 1, 1), 1e6 + n).double(),
        "pool/chisquare": torch.full((task.pool_batch, 3, 1), 1e6 + n).double(),
    }
    memory = {"log_prior": torch.tensor(heavy.memory(task)["log_prior"]).double()}
    expected, wanted = slopes(normal, given)
    found, got = slopes(heavy, replace(given, noise=noise, memory=memory))
    assert found == pytest.approx(expected, rel=1e-4)
    assert got.keys() == wanted.keys()
    for name, slope in wanted.items():
        assert torch.allclose(got[name], slope, rtol=1e-4, atol=1e-4 * slope.abs().max().item()), name


def test_the_matched_weight_is_the_scale_of_the_t_model(facts, step) -> None:
    task = facts("numbers")
    matched, given = made("mdgm-gaussian", nu=3.0, sigma=1.0), step(made("mdgm-gaussian"), task)
    tau2 = constants(3.0, 4, 3, 0.0).tau2
    assert matched.weight(given.network) == tau2 != 1
    one = made("mdgm-gaussian", beta="one", sigma=1.0)
    doubled = replace(given, noise={name: 0 * value for name, value in given.noise.items()})
    assert matched.learn(doubled).item() < one.learn(doubled).item()


def test_matched_is_the_t_model_where_a_sample_is_large(facts, step) -> None:
    """With n far above nu the divergence is tau^2 times a Gaussian one: what the control is for."""
    task = facts("grey", "colour")
    heavy = made("mdgm", sigma=1.0)
    given = step(heavy, task)
    n = given.network.dimensions
    known = heavy.model(given.network).constants
    location = torch.tensor([0.3, -0.2, 0.1]).double()
    log_variance = torch.tensor([-1.0, 0.5, 0.0]).double()
    of_t = regulariser(location, log_variance + torch.tensor((heavy.nu + n) / heavy.nu).log(), known)
    scaled = location / known.tau2**0.5, log_variance - torch.tensor(known.tau2).log()
    assert of_t.item() == pytest.approx(known.tau2 * kl(*scaled).item(), rel=0.02)


@EACH
def test_everything_learns_and_nothing_is_lost(facts, step, name: str, settings: dict[str, object]) -> None:
    method = made(name, **settings)
    given = step(method, facts("grey", "patient"))
    loss, found = slopes(method, given)
    assert torch.tensor(loss).isfinite()
    still = [
        parameter
        for parameter, _ in given.network.named_parameters()
        if parameter not in found or not 0 < found[parameter].abs().max() < torch.inf
    ]
    assert not still


@EACH
def test_a_missing_view_is_not_looked_at(facts, step, name: str, settings: dict[str, object]) -> None:
    """In the labelled samples and the pool: whatever it holds, J and its gradients are the same."""
    method, task = made(name, **settings), facts("grey", "patient")
    given = step(method, task)
    lacking, other = torch.tensor([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]]).double(), step(method, task, seed=5)
    found = []
    for source in (given, other):
        batches = {}
        for part in ("labelled", "weak"):
            batch, swapped = getattr(given, part), getattr(source, part)
            present = lacking[torch.arange(len(batch)) % 3]
            views = {}
            for number, (view, value) in enumerate(batch.values.items()):
                there = present[:, number].view(-1, *(1,) * (value.dim() - 1)) > 0
                views[view] = torch.where(there, value, swapped.values[view])
            batches[part] = replace(batch, inputs=views, values=views, present=present)
        found.append(slopes(method, replace(given, **batches)))
    assert found[0][0] == found[1][0]
    for key, slope in found[0][1].items():
        assert torch.allclose(slope, found[1][1][key], atol=1e-12), key


def test_a_number_that_is_missing_leaves_no_trace(facts, step) -> None:
    method = made("mdgm")
    given = step(method, facts("patient"))
    table = given.weak.values["patient"].clone()
    table[0, 0] = torch.nan
    loss, found = slopes(
        method, replace(given, weak=replace(given.weak, inputs={"patient": table}, values={"patient": table}))
    )
    assert torch.tensor(loss).isfinite()
    assert all(slope.isfinite().all() for slope in found.values())


def test_each_part_of_the_objective_has_its_weight(facts, step) -> None:
    """J = N_l/N L + N_u/N U + lambda cls, with the pool's size and lambda in their places."""
    task = facts("numbers")
    given = step(made("mdgm"), task)
    value = {
        (strength, pool): made("mdgm", strength=strength)
        .learn(replace(given, facts=replace(task, pool=pool)))
        .item()
        for strength in (0.0, 1.0)
        for pool in (0, 12, 36)
    }
    labelled = value[0.0, 0]
    unlabelled = 2 * value[0.0, 12] - labelled  # 12 labels and 12 without
    assert value[0.0, 36] == pytest.approx(labelled / 4 + 3 * unlabelled / 4, rel=1e-9)
    surprise = cross_entropy(given.network(given.labelled), given.labels).item()
    for pool in (0, 12, 36):
        assert value[1.0, pool] - value[0.0, pool] == pytest.approx(surprise, rel=1e-6)


def test_without_the_pool_it_is_not_asked_for(facts, step) -> None:
    alone, task = made("mdgm", uses_pool=False), facts("numbers")
    assert alone.sees == ()
    assert made("mdgm").sees == ("weak",)
    given = step(alone, task)
    empty = replace(given, weak=replace(given.weak, present=given.weak.present[:0]))
    assert alone.learn(empty).item() == made("mdgm").learn(replace(given, facts=replace(task, pool=0))).item()


def test_the_prior_is_uniform_or_that_of_the_labels(facts) -> None:
    task = facts("numbers")
    uniform, labelled = made("mdgm").memory(task), made("mdgm", prior="labelled").memory(task)
    assert torch.tensor(uniform["log_prior"]).exp().tolist() == pytest.approx([1 / 3] * 3)
    assert torch.tensor(labelled["log_prior"]).exp().tolist() == pytest.approx([2 / 12, 4 / 12, 6 / 12])


@pytest.mark.parametrize(("name", "settings"), [("mdgm", {}), ("mdgm", {"prior": "labelled"}), ("m2", {})])
def test_the_generative_reading(facts, step, name: str, settings: dict[str, object]) -> None:
    """The class whose loss at the posterior's location is smallest; the same each time."""
    method, task = made(name, **settings), facts("grey", "patient")
    given = step(method, task)
    found = [method.readings(given.network, given.weak, given.memory)["generative"] for _ in range(2)]
    assert found[0].shape == (task.pool_batch, 3)
    assert torch.equal(*found)
    if settings:
        without = {"log_prior": 0 * given.memory["log_prior"]}
        uniform = made(name).readings(given.network, given.weak, without)["generative"]
        assert torch.allclose(found[0] - uniform, given.memory["log_prior"].expand_as(found[0]))


def test_m2_of_one_view_is_the_gaussian_model(facts, step) -> None:
    task = facts("numbers")
    m2, gaussian = made("m2"), made("mdgm-gaussian", beta="one")
    given = step(gaussian, task)
    several = replace(given, noise={name: value[None] for name, value in given.noise.items()})
    assert m2.learn(several).item() == pytest.approx(gaussian.learn(given).item(), rel=1e-12)


def test_m2_adds_each_view_alone(facts, step) -> None:
    """Beside the Gaussian model's J there are those of samples that lack the other view."""
    task, m2 = facts("grey", "patient"), made("m2", strength=0.0)
    gaussian = made("mdgm-gaussian", beta="one", strength=0.0)
    given, total = step(m2, task), 0.0
    for number, present in enumerate([[1.0, 1.0], [1.0, 0.0], [0.0, 1.0]]):
        parts = {
            part: replace(
                getattr(given, part),
                present=torch.tensor(present).double().expand(len(getattr(given, part)), 2),
            )
            for part in ("labelled", "weak")
        }
        noise = {name: value[number] for name, value in given.noise.items()}
        total += gaussian.learn(replace(given, noise=noise, **parts)).item()
    assert m2.learn(given).item() == pytest.approx(total, rel=1e-12)


@pytest.mark.parametrize("name", ["mdgm", "mdgm-gaussian"])
def test_degrees_of_freedom_that_are_too_few(name: str) -> None:
    with pytest.raises(TailmarkError, match=r"`nu` above 2 rho = 2, and finite; got 2\."):
        made(name, nu=2.0)


@pytest.mark.parametrize("name", ["mdgm", "mdgm-gaussian", "m2"])
def test_nothing_cannot_be_decoded(name: str) -> None:
    with pytest.raises(TailmarkError, match=r"`latent` of at least 1; got 0\.242 and 0"):
        made(name, latent=0)
    with pytest.raises(TailmarkError, match="`sigma` above 0"):
        made(name, sigma=0.0)


def test_the_power_form_needs_rho_one() -> None:
    with pytest.raises(TailmarkError, match=r"`unlabelled: power` with rho 0\.5"):
        made("mdgm", unlabelled="power", rho=0.5)


@pytest.mark.parametrize("name", ["mdgm", "mdgm-gaussian", "m2"])
def test_all_are_tuned_alike(name: str) -> None:
    assert methods._class(name).tuned == ("strength", (1.0, 0.1, 10.0, 100.0))
    assert "not public" in (methods._module("mdgm").__doc__ or "")
