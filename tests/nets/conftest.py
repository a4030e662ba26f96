"""What every network must do."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode


@pytest.fixture(autouse=True)
def _seeded() -> None:
    torch.manual_seed(0)


@pytest.fixture
def parameters() -> Callable[[nn.Module], int]:
    return lambda network: sum(parameter.numel() for parameter in network.parameters())


@pytest.fixture
def million_products() -> Callable[..., float]:
    """Multiply-adds of one pass, in millions."""

    def count(network: nn.Module, *inputs: torch.Tensor) -> float:
        with FlopCounterMode(display=False) as counter, torch.no_grad():
            network(*inputs)
        return counter.get_total_flops() / 2e6

    return count


@pytest.fixture
def all_learn() -> Callable[..., bool]:
    """Whether a loss moves every parameter."""

    def check(network: nn.Module, *inputs: torch.Tensor) -> bool:
        out = network(*inputs)
        (out * torch.randn_like(out)).sum().backward()
        still = [
            name for name, p in network.named_parameters() if p.grad is None or p.grad.abs().max() < 1e-9
        ]
        assert not still, still
        return True

    return check
