"""What a multi-modal method declares: its experts, how views are joined, and who weighs what.

An expert has an encoder a view, joins the views' features and ends in a classifier; it has a loss of its own. Every
multi-modal method is a row of this family, as every loss is a row of `objective`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from typing import Any, Literal

from tailmark.errors import TailmarkError
from tailmark.fusion.balanced import Balance, code_of, numbers_of
from tailmark.objective import Objective

Joiner = Callable[[Sequence[int]], Any]
"""Widths of the views' features to a torch module: takes the list of features (B, width), says its own `width`."""

Join = Literal["concatenation", "low-rank", "gated", "sum", "shared"] | Joiner
Fit = Literal["equal", "fitted", "holdout"]
Resampler = Literal["none", "ros", "smote"]


@dataclass(frozen=True)
class Expert:
    """One classifier over some views."""

    objective: Objective
    views: tuple[str, ...]


@dataclass(frozen=True)
class Assessment:
    """The module that judges views: for each a classifier f, and a regression g of f's true-class probability."""

    objective: Objective  # of f
    strength: float = 1.0  # lambda, of both losses of the module
    shares_encoders: bool = (
        False  # experts build on the module's encoders; otherwise on encoders of their own
    )
    weighs: bool = True  # experts multiply a view's features by its confidence g
    passes_confidence: bool = True  # the experts' losses reach g
    passes_target: bool = True  # the loss of g reaches f through its target
    starts_at_chance: bool = False  # the bias of g is 1/K, not what the initialisation gives


@dataclass(frozen=True)
class Design:
    """A multi-modal classifier."""

    experts: tuple[Expert, ...]
    join: Join = "concatenation"
    head: Literal["linear", "cosine"] = "linear"
    rank: int = 4  # of a low-rank join
    joined: int = 128  # features that a low-rank or a gated join makes
    assessment: Assessment | None = None
    weights: Fit = "equal"  # of the experts' logits: their mean, or fitted after training
    balance: Balance | None = None  # who makes the gradients of a step; none: the sum of the losses does

    @property
    def views(self) -> tuple[str, ...]:
        """Every view that some expert sees, each once."""
        return tuple(dict.fromkeys(view for expert in self.experts for view in expert.views))

    @property
    def code(self) -> list[str]:
        """Modules that decide the result beside the package's own: a method's own join, and what balances its views."""
        return [
            *([] if isinstance(self.join, str) else [self.join.__module__]),
            *([] if self.balance is None else code_of(self.balance)),
        ]

    def numbers(self) -> dict[str, Any]:
        """What decides the result, as plain values: for the record and the key."""
        assessment = self.assessment
        return {
            "experts": [
                {"objective": expert.objective.numbers(), "views": list(expert.views)}
                for expert in self.experts
            ],
            "join": self.join if isinstance(self.join, str) else self.join.__qualname__,
            "head": self.head,
            **({"rank": self.rank, "joined": self.joined} if self.join == "low-rank" else {}),
            **({"joined": self.joined} if self.join == "gated" else {}),
            "weights": self.weights,
            "assessment": None
            if assessment is None
            else {
                **{field.name: getattr(assessment, field.name) for field in fields(assessment)},
                "objective": assessment.objective.numbers(),
            },
            **({} if self.balance is None else {"balance": numbers_of(self.balance)}),
        }


def one_view(method: str, wish: str, views: tuple[str, ...]) -> str:
    """The view that a method of one view shall see; it must be said."""
    if wish in views:
        return wish
    got = f"got '{wish}'" if wish else "none was named"
    raise TailmarkError(
        f"Method '{method}' sees one view, one of {', '.join(views)}; {got}. Write it as "
        f"{{name: {method}, view: {views[-1]}}} in the suite's `methods`."
    )


def fitting_head(design: Design, loss: str) -> Design:
    """The design, if its classifiers can be what the loss wants: layers of single views are linear."""
    if design.head == "linear":
        return design
    if design.join in ("sum", "shared") or getattr(design.balance, "heads", False):
        raise TailmarkError(
            f"Expected a loss of plain logits, for each view has a linear layer of its own here; '{loss}' needs a "
            f"{design.head} head. Choose another `loss` in the suite's `methods`."
        )
    return design
