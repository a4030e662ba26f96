"""What a balance declares, and how a run record and a key tell it."""

from __future__ import annotations

import inspect
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Protocol

from tailmark.errors import TailmarkError

if TYPE_CHECKING:
    from torch import Tensor

    from tailmark.balance.step import Step

CODE = (
    "tailmark.balance.noise",
    "tailmark.balance.recess",
    "tailmark.balance.shares",
    "tailmark.balance.step",
)


class Balance(Protocol):
    """Makes the gradients of one step."""

    def gradients(self, step: Step) -> Tensor: ...


def numbers_of(balance: Balance) -> dict[str, Any]:
    """Its name and its settings."""
    return {"name": type(balance).__name__, **asdict(balance)}  # type: ignore[call-overload]


def code_of(balance: Balance) -> list[str]:
    """The modules that decide what it does."""
    own = inspect.getmodule(type(balance))
    assert own is not None
    return [*CODE, own.__name__]


def several(method: str, views: tuple[str, ...]) -> tuple[str, ...]:
    """The views, if there is something to balance."""
    if len(views) > 1:
        return views
    raise TailmarkError(
        f"Method '{method}' balances two views or more; got {', '.join(views) or 'none'}. Name more `views` in the "
        "suite, or use `one-view`."
    )
