"""DGL: neither side learns from the other's loss."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor

Desk = Callable[..., Any]


def fused(step: Any) -> Tensor:
    loss: Tensor = step.loss(step.fused(step.features()))
    return loss


def singly(step: Any) -> Tensor:
    return torch.stack([step.loss(logits) for logits in step.alone(step.features())]).sum()


@pytest.mark.parametrize("kinds", [("table", "image"), ("table", "image", "table")])
def test_encoders_get_the_single_losses_and_the_classifier_that_of_all(
    kinds: tuple[str, ...], desk: Desk
) -> None:
    made = desk("dgl", kinds, alpha=3.0)
    of_all, of_each = made.plain(fused), made.plain(singly)
    for name, gradient in made.gradients().items():
        expected = 3 * of_each[name] if name.startswith("encoders") else of_all[name]
        torch.testing.assert_close(gradient, expected, rtol=1e-5, atol=1e-7, msg=name)
        assert not torch.allclose(of_all[name], 3 * of_each[name]), name
        assert gradient.abs().max() > 0


def test_gradients_of_the_step_before_are_gone(desk: Desk) -> None:
    made = desk("dgl")
    first = made.gradients()
    made.balance.gradients(made.step())
    for name, gradient in made.left().items():
        torch.testing.assert_close(gradient, first[name], rtol=0, atol=0)


def test_the_loss_of_the_curve_has_both(desk: Desk) -> None:
    made = desk("dgl", alpha=3.0)
    step = made.step()
    torch.testing.assert_close(
        made.balance.gradients(step), (fused(made.step()) + 3 * singly(made.step())).detach()
    )
