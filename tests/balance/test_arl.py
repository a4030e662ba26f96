"""ARL's gradients (diagnostic C15), what its settings switch off (C17), and what the three forms of it are."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import Tensor

from tailmark import methods
from tailmark.balance import Step
from tailmark.methods.arl import Arl
from tailmark.training.views.run import Training

Desk = Callable[..., Any]
Make = Callable[..., Any]
Train = Callable[[Any], Training]


def biased(gamma: float) -> Callable[[Step], Tensor]:
    """The loss of all views and that of each."""

    def loss(step: Step) -> Tensor:
        features = step.features()
        alone = torch.stack([step.loss(logits) for logits in step.alone(features)])
        return step.loss(step.fused(features)) + gamma * alone.sum()

    return loss


def speeds(made: Any) -> Tensor:
    with torch.no_grad():
        found: Tensor = made.balance._speeds(made.network.alone(made.network.encoded(made.views)))
    return found


def scaled(gradients: dict[str, Tensor], factors: Tensor) -> dict[str, Tensor]:
    """Those of encoder m times its factor, the rest as they are."""
    return {
        name: gradient * factors[int(name.split(".")[1])] if name.startswith("encoders") else gradient
        for name, gradient in gradients.items()
    }


@pytest.mark.parametrize("kinds", [("table", "image"), ("table", "image", "table")])
@pytest.mark.parametrize("join", ["concatenation", "sum", "gated", "low-rank"])
def test_each_encoder_is_sped_up_by_its_own_factor_and_the_classifier_by_none(
    kinds: tuple[str, ...], join: str, desk: Desk
) -> None:
    made = desk("arl", kinds, join=join, gamma=2.0)
    k = speeds(made)
    assert k.max() - k.min() > 0.01, "the views are to differ"
    expected = scaled(made.plain(biased(2.0)), 1 + len(kinds) / 2 * k)
    found = made.gradients()
    assert found.keys() == expected.keys()
    for name, gradient in found.items():
        torch.testing.assert_close(gradient, expected[name], rtol=1e-5, atol=1e-6, msg=name)


@pytest.mark.parametrize(("name", "factor"), [("arl-released", 1.5), ("arl-bias-only", 1.0)])
@pytest.mark.parametrize("kinds", [("table", "table"), ("table", "table", "table")])
def test_the_other_forms_have_one_factor_for_all_encoders(
    name: str, factor: float, kinds: tuple[str, ...], desk: Desk
) -> None:
    made = desk(name, kinds, gamma=3.0)
    expected = scaled(made.plain(biased(3.0)), torch.full((len(kinds),), factor))
    for weight, gradient in made.gradients().items():
        torch.testing.assert_close(gradient, expected[weight], rtol=1e-5, atol=1e-6)


def test_the_mean_factor_is_one_and_a_half(desk: Desk) -> None:
    for kinds in (("table", "image"), ("table", "image", "table")):
        k = speeds(desk("arl", kinds))
        assert float((1 + len(kinds) / 2 * k).mean()) == pytest.approx(1.5)


def test_the_views_say_the_same_to_whoever_listens(desk: Desk) -> None:
    """The change is of the way back alone."""
    made, plain = desk("arl", gamma=0.0), desk("concatenation")
    with torch.no_grad():
        logits = plain.network(plain.views, {}, {})
    value = made.balance.gradients(made.step())
    torch.testing.assert_close(value, made.loss(logits), rtol=0, atol=0)


@pytest.mark.parametrize(("progress", "warm"), [(0.0, True), (0.0599, True), (0.06, False), (1.0, False)])
def test_a_warm_up_has_gamma_one_and_no_factors(progress: float, warm: bool, desk: Desk) -> None:
    made = desk("arl", gamma=3.0)
    gamma, factors = (1.0, torch.ones(2)) if warm else (3.0, 1 + speeds(made))
    expected = scaled(made.plain(biased(gamma)), factors)
    for name, gradient in made.gradients(progress=progress).items():
        torch.testing.assert_close(gradient, expected[name], rtol=1e-5, atol=1e-6)


def test_a_prior_is_in_the_loss_of_each_view_too(desk: Desk) -> None:
    made = desk("arl", loss="balanced-softmax", speeds="none", gamma=2.0)
    prior = torch.tensor([0.6, 0.3, 0.1]).log()
    features = made.network.encoded(made.views)
    said = [made.network.classifier(features), *made.network.alone(features)]
    by_hand = [
        torch.nn.functional.cross_entropy(logits + prior, made.labels) for logits in said
    ]  # all views, a, b
    torch.testing.assert_close(
        made.balance.gradients(made.step()), (by_hand[0] + 2 * (by_hand[1] + by_hand[2])).detach()
    )


def weights(training: Training) -> dict[str, Tensor]:
    return {name: value.detach() for name, value in training.network.state_dict().items()}


def assert_same(one: Training, other: Training) -> None:
    assert one.curves.train_loss == other.curves.train_loss
    for (name, value), (twin, same) in zip(weights(one).items(), weights(other).items(), strict=True):
        assert name == twin
        torch.testing.assert_close(value, same, rtol=0, atol=0, msg=name)
    rows = one.ready.test
    torch.testing.assert_close(one.answered(rows), other.answered(rows), rtol=0, atol=0)


@pytest.mark.parametrize("kinds", [("image", "table"), ("image", "table", "table")])
@pytest.mark.parametrize("optimiser", ["sgd", "adam"])
def test_without_its_terms_the_training_is_that_of_concatenation(
    kinds: tuple[str, ...], optimiser: str, ready: Make, trained: Train
) -> None:
    recipe = {"optimiser": optimiser, "clip": 1.0, "drops": (0.5,)}
    plain = trained(ready("concatenation", kinds, recipe=recipe))
    off = {"gamma": 0.0, "speeds": "none", "warm_up": 0.0}
    assert_same(trained(ready("arl", kinds, recipe=recipe, **off)), plain)


@pytest.mark.parametrize("join", ["sum", "gated", "low-rank"])
def test_so_it_is_with_every_join(join: str, ready: Make, trained: Train) -> None:
    off = {"gamma": 0.0, "speeds": "none", "warm_up": 0.0}
    assert_same(trained(ready("arl", join=join, **off)), trained(ready(join)))


def test_while_it_warms_up_its_settings_are_without_effect(ready: Make, trained: Train) -> None:
    """All that differs comes after."""
    plain = trained(ready("arl", gamma=1.0, speeds="none", warm_up=0.0, steps=7))
    for settings in ({"gamma": 4.0, "sharpness": 8.0}, {"gamma": 0.3, "sharpness": 2.0}):
        made = ready("arl", warm_up=0.5, steps=14, **settings)
        training = Training(made, torch.device("cpu"))
        for _ in training.chunk():  # an epoch: 7 of 14 steps
            pass
        for name, value in weights(plain).items():
            torch.testing.assert_close(weights(training)[name], value, rtol=0, atol=0, msg=name)
        for _ in training.chunk():
            pass
        assert training.ended
        further = trained(ready("arl", gamma=1.0, speeds="none", warm_up=0.0, steps=14))
        assert not torch.equal(training.answered(made.test), further.answered(made.test))


def test_the_forms_of_arl_are_one_method_with_other_speeds() -> None:
    for name, how in (("arl-released", "constant"), ("arl-bias-only", "none")):
        made = methods.make(name, {"gamma": 2.0, "join": "sum", "loss": "focal"}, "corrected")
        balance = made.design(torch.tensor([3.0, 1.0]).numpy(), ("a", "b")).balance
        assert balance == replace(Arl(), gamma=2.0, join="sum", loss="focal", speeds=how)


def test_the_published_settings() -> None:
    plain = Arl()
    assert (plain.gamma, plain.sharpness, plain.warm_up, plain.speeds) == (4.0, 8.0, 0.06, "live")
    assert plain.tuned == ("gamma", (4.0, 1.0))
