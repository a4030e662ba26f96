"""What a design knows of the balance that makes its gradients, and how a run record and a key tell it."""

from __future__ import annotations

import inspect
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from torch import Tensor

CODE = tuple(f"tailmark.balance.{name}" for name in ("noise", "recess", "shares", "step"))


class Balance(Protocol):
    """Makes the gradients of one step; `tailmark.balance` says of what, and what else it may do."""

    def gradients(self, step: Any) -> Tensor: ...


def numbers_of(balance: Balance) -> dict[str, Any]:
    """Its name and its settings."""
    return {"name": type(balance).__name__, **asdict(balance)}  # type: ignore[call-overload]


def code_of(balance: Balance) -> list[str]:
    """The modules that decide what it does."""
    own = inspect.getmodule(type(balance))
    assert own is not None
    return [*CODE, own.__name__]
