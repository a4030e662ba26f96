"""How a suite of several views was tuned and watched, in words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tailmark.params import Suite

TRIALS, RATES = (
    "nine",
    "three",
)  # of every method: nine learning rates, or three with three values of a setting


def said(suite: Suite) -> Iterator[str]:
    """The rule of tuning, where there is one, and what else was kept."""
    rule = suite.tuning
    if rule is not None:
        steps = f" of {rule.steps:,} steps" if rule.steps else ", each as long as the training"
        yield (
            f"{TRIALS} trials a method{steps}: {RATES} learning rates with {RATES} values of its own setting, or "
            f"{TRIALS} learning rates where it has none; chosen run by run on {100 * rule.held:g} % of the training "
            "samples of each class, never on the test set"
        )
    if suite.watch_views:
        yield "what each view says by itself is watched, and nothing is chosen by it"
