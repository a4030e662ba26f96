"""The models as generators: of a class, and of one view from the others."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from tailmark import methods

GENERATORS = pytest.mark.parametrize("name", ["mdgm", "mdgm-gaussian", "m2"])


@GENERATORS
def test_samples_of_each_class_in_every_view(facts, numbers, name: str) -> None:
    method, task = methods.make(name, {"latent": 3}, "corrected"), facts("grey", "colour", "patient")
    network = method.build(task).double()
    made = method.samples(network, numbers(method.sampling(task, each=5)))
    assert {view: tuple(value.shape) for view, value in made.items()} == {
        "grey": (3, 5, 15, 16, 1),
        "colour": (3, 5, 9, 8, 3),
        "patient": (3, 5, 4),
    }
    assert 0 <= made["grey"].min() <= made["colour"].max() <= 1
    codes = made["patient"][..., 1]
    assert torch.equal(codes, codes.round())
    assert codes.max() <= 3


@GENERATORS
def test_a_sample_is_of_its_class(facts, numbers, name: str) -> None:
    """A decoder that reads the class alone says which sample is of which."""
    method, task = methods.make(name, {"latent": 2}, "corrected"), facts("numbers")
    network = method.build(task).double()
    decoder = network.decoders[0]
    with torch.no_grad():
        for layer in (decoder.first.joint, decoder.rest[1]):
            layer.weight.zero_()
            layer.bias.zero_()
        decoder.first.joint.weight[0, 2:] = torch.tensor([1.0, 2.0, 3.0])
        decoder.rest[1].weight[:, 0] = 1
    made = method.samples(network, numbers(method.sampling(task, each=2)))["numbers"]
    assert made[..., 0].tolist() == [[1, 1], [2, 2], [3, 3]]


def test_latents_come_from_the_alternative_prior(facts, numbers, monkeypatch) -> None:
    """t(0, tau^2 I, nu + n): its variance, its tails, and one chi-square number for both coordinates."""
    method, task = methods.make("mdgm", {"latent": 2, "nu": 2.5, "sigma": 1.0}, "corrected"), facts("numbers")
    network = method.build(task).double()
    seen = []
    monkeypatch.setattr(
        network.decoders[0], "forward", lambda z, classes: seen.append(z) or z.repeat(1, 1, 1, 2)
    )
    method.samples(network, numbers(method.sampling(task, each=40_000)))
    z = seen[0].reshape(-1, 2)
    known = method.model(network).constants
    freedom = known.nu + known.n
    assert z.var(0).tolist() == pytest.approx([known.tau2 * freedom / (freedom - 2)] * 2, rel=0.03)
    correlations = [torch.corrcoef(given.T)[0, 1].item() for given in (z, z.square())]
    assert abs(correlations[0]) < 0.02
    assert correlations[1] > 0.1


@pytest.mark.parametrize(
    ("name", "settings"),
    [
        ("mdgm", {}),
        ("mdgm", {"product": "mixture"}),
        ("mdgm", {"product": "concatenation"}),
        ("mdgm-gaussian", {}),
        ("m2", {}),
    ],
)
def test_a_view_is_made_from_the_others_alone(facts, samples, name: str, settings: dict[str, object]) -> None:
    method, task = methods.make(name, {"latent": 3, **settings}, "corrected"), facts("grey", "patient")
    network = method.build(task).double()
    batch, other = samples(task, 6), samples(task, 6, seed=8)
    made = method.crossed(network, batch)
    assert {view: tuple(value.shape) for view, value in made.items()} == {
        "grey": (6, 15, 16, 1),
        "patient": (6, 4),
    }
    blind = replace(
        batch,
        inputs={**batch.inputs, "grey": other.inputs["grey"]},
        values={**batch.values, "grey": other.values["grey"]},
    )
    again = method.crossed(network, blind)
    assert torch.equal(made["grey"], again["grey"])
    assert not torch.equal(made["patient"], again["patient"])


@GENERATORS
def test_a_single_view_is_made_from_nothing(facts, samples, name: str) -> None:
    method, task = methods.make(name, {}, "corrected"), facts("numbers")
    assert method.crossed(method.build(task).double(), samples(task, 2)) == {}
