"""OGM-GE: who is slowed down, by how much, and what noise goes where (diagnostic C20)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from tailmark.balance.noise import Noise
from tailmark.methods.ogm_ge import TINY, OgmGe, modulated, split
from tailmark.training.views.run import Training

Desk = Callable[..., Any]
Make = Callable[..., Any]
LABELS = torch.tensor([0, 1, 2])


def said(right: float) -> Tensor:
    """Logits that give each of three samples' class this chance."""
    rest = (1 - right) / 2
    return torch.full((3, 3), rest).fill_diagonal_(right).log()


def test_equal_views_are_left_alone() -> None:
    torch.testing.assert_close(OgmGe()._factors([said(0.6), said(0.6)], LABELS), torch.ones(2))


def test_the_view_that_leads_is_slowed_by_how_far_it_leads() -> None:
    found = OgmGe(alpha=0.3)._factors([said(0.3), said(0.6)], LABELS)
    torch.testing.assert_close(found, torch.tensor([1.0, 1 - np.tanh(0.3 * 2)]).float())
    three = OgmGe(alpha=0.3)._factors([said(0.8), said(0.6), said(0.4)], LABELS)
    torch.testing.assert_close(three, torch.tensor([1 - np.tanh(0.6), 1 - np.tanh(0.45), 1.0]).float())


@given(st.floats(0.05, 0.9), st.floats(0.02, 0.09), st.floats(0.05, 0.5), st.floats(0.1, 0.5))
def test_a_larger_alpha_slows_more(one: float, ahead: float, alpha: float, more: float) -> None:
    alone = [said(one + ahead), said(one)]
    little, much = (OgmGe(alpha=a)._factors(alone, LABELS) for a in (alpha, alpha + more))
    assert 0 <= much[0] < little[0] < 1 and little[1] == much[1] == 1


def test_a_view_is_scored_with_half_of_the_bias(desk: Desk) -> None:
    made = desk("ogm-ge")
    a, b = features = made.network.encoded(made.views)
    head = made.network.classifier.head
    with torch.no_grad():
        head.bias.copy_(torch.tensor([1.0, -2.0, 0.5]))
    one, other = split(made.step(), features)
    torch.testing.assert_close(one, a @ head.weight[:, :6].T + head.bias / 2)
    torch.testing.assert_close(other, b @ head.weight[:, 6:].T + head.bias / 2)
    torch.testing.assert_close(one + other, head(torch.cat([a, b], dim=1)))


def plain(step: Any) -> Tensor:
    loss: Tensor = step.loss(step.fused(step.features()))
    return loss


def factors_of(made: Any) -> Tensor:
    with torch.no_grad():
        found: Tensor = made.balance._factors(
            split(made.step(), made.network.encoded(made.views)), made.labels
        )
    return found


def test_only_kernels_of_convolutions_change_and_matrices_where_there_are_none(desk: Desk) -> None:
    led = set()
    for seed in range(6):
        made = desk("ogm", ("image", "table"), seed=seed, alpha=0.5)
        before, factors, after = made.plain(plain), factors_of(made), made.gradients()
        led.add(int(factors.argmin()))
        assert factors.min() < 1 == factors.max()
        for name, gradient in after.items():
            touched = name.startswith("encoders.0.conv") and gradient.ndim == 4
            touched |= name == "encoders.1.linear.weight"
            factor = factors[int(name.split(".")[1])] if touched else 1.0
            torch.testing.assert_close(gradient, factor * before[name], msg=name)
    assert led == {0, 1}, "each view is to lead once"


def test_what_is_touched_of_an_encoder() -> None:
    kernel, matrix, bias = (torch.nn.Parameter(torch.zeros(size)) for size in ((2, 1, 3, 3), (4, 2), (4,)))
    assert modulated([bias, matrix, kernel]) == [kernel]
    assert modulated([bias, matrix]) == [matrix]


def test_the_noise_has_the_spread_of_the_gradient_before_it_is_slowed(desk: Desk) -> None:
    made = desk("ogm-ge", ("image", "table"), alpha=0.9)
    slowed, ratios = desk("ogm", ("image", "table"), alpha=0.9).gradients(), made.plain(plain)
    drawn: list[Tensor] = []

    def normal(like: Sequence[Tensor]) -> list[Tensor]:
        draws = torch.Generator().manual_seed(3)
        drawn.extend(torch.randn(each.shape, generator=draws) for each in like)
        return drawn

    found = made.gradients(normal=normal)
    names = ["encoders.0.conv1.weight", "encoders.0.conv2.weight", "encoders.1.linear.weight"]
    assert [each.shape for each in drawn] == [found[name].shape for name in names]
    for name, noise in zip(names, drawn, strict=True):
        expected = slowed[name] + (ratios[name].std() + TINY) * noise
        torch.testing.assert_close(found[name], expected, msg=name)
    assert any(not torch.allclose(slowed[name], ratios[name]) for name in names), "a view is to lead"
    for name in found.keys() - set(names):
        torch.testing.assert_close(found[name], ratios[name], msg=name)


def test_after_its_part_of_the_training_nothing_is_changed(desk: Desk) -> None:
    made = desk("ogm-ge", alpha=0.9, until=0.4)
    before = made.plain(plain)
    after = made.gradients(progress=0.4, normal=lambda like: [torch.ones_like(each) for each in like])
    for name, gradient in after.items():
        torch.testing.assert_close(gradient, before[name], rtol=0, atol=0)
    changed = made.gradients(progress=0.39, normal=lambda like: [torch.ones_like(each) for each in like])
    assert not torch.allclose(changed["encoders.0.linear.weight"], before["encoders.0.linear.weight"])


def test_a_table_of_normal_numbers_is_read_from_another_place_each_time() -> None:
    noise = Noise(40, np.random.default_rng(0), torch.device("cpu"))
    shapes = [torch.empty(3, 4), torch.empty(5)]
    first, other = (noise.like(shapes, torch.tensor([start])) for start in (0, 7))
    assert [each.shape for each in first] == [(3, 4), (5,)]
    torch.testing.assert_close(torch.cat([each.flatten() for each in first]), noise.table[:17])
    torch.testing.assert_close(torch.cat([each.flatten() for each in other]), noise.table[7:24])
    (end,) = noise.like([torch.empty(4)], torch.tensor([noise.length - 2]))
    torch.testing.assert_close(end, torch.cat([noise.table[-2:], noise.table[:2]]))
    assert noise.table.mean().abs() < 0.2 and noise.table.std().item() == pytest.approx(1, abs=0.1)


def test_in_a_training_the_noise_is_as_large_as_the_gradients(ready: Make) -> None:
    training = Training(ready("ogm-ge", ("image", "table"), steps=40), torch.device("cpu"))
    assert training.balancing is not None
    like = [torch.empty(3000)]
    seen = []
    training.balancing.noise = Noise(3000, np.random.default_rng(0), torch.device("cpu"))
    for done in range(0, 21, 7):
        training.balancing.deal(done)
        starts = training.balancing.starts
        assert len(starts.unique()) == len(starts) == 7
        seen += [training.balancing._normal(like, torch.tensor([at]))[0] for at in range(7)]
    numbers = torch.stack(seen)
    assert numbers.std().item() == pytest.approx(1, abs=0.02) and numbers.mean().abs() < 0.02
    assert not any(torch.equal(one, other) for i, one in enumerate(seen) for other in seen[:i])


def test_without_a_part_of_the_training_it_is_concatenation(ready: Make, trained: Any) -> None:
    plain = trained(ready("concatenation"))
    for name in ("ogm", "ogm-ge"):
        same = trained(ready(name, until=0.0))
        for one, other in zip(same.network.parameters(), plain.network.parameters(), strict=True):
            torch.testing.assert_close(one, other, rtol=0, atol=0)
        other = trained(ready(name, until=0.5))
        assert not torch.equal(other.answered(plain.ready.test), plain.answered(plain.ready.test))


def test_ogm_is_ogm_ge_without_noise(desk: Desk) -> None:
    assert desk("ogm", alpha=0.4, until=0.7).balance == replace(OgmGe(0.4, 0.7), noise=False)
    assert not desk("ogm").balance.noisy and desk("ogm-ge").balance.noisy


def test_an_encoder_of_one_weight_has_no_spread_to_speak_of(desk: Desk) -> None:
    """The SD of a single number is none, so the weight is left alone; the other view's gets its noise."""
    made = desk("ogm-ge", ("table", "image"))
    made.network.encoders[0].linear = torch.nn.Linear(1, 1)
    made.network.encoders[0].columns = torch.nn.Identity()
    made.network.classifier.head = torch.nn.Linear(7, 3)
    made.views["a"] = made.views["a"][:, :1]
    with torch.no_grad():
        made.network.encoders[0].linear.weight.fill_(1.0)
        made.network.encoders[0].linear.bias.fill_(3.0)
        made.network.classifier.head.weight.copy_(torch.linspace(-1, 1, 21).view(3, 7))
    before = made.plain(plain)
    after = made.gradients(normal=lambda like: [torch.ones_like(each) for each in like])
    torch.testing.assert_close(after["encoders.0.linear.weight"], before["encoders.0.linear.weight"])
    assert before["encoders.0.linear.weight"].abs() > 0
    assert not torch.allclose(after["encoders.1.conv1.weight"], before["encoders.1.conv1.weight"])
