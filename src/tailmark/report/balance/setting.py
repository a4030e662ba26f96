"""How a suite of several views was tuned and watched, in words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from tailmark.training.views.of_views import MORE_RATES, RATES

if TYPE_CHECKING:
    from tailmark.params import Suite


def said(suite: Suite) -> Iterator[str]:
    """The rule of tuning, where there is one, and what else was kept."""
    rule = suite.tuning
    if rule is not None:
        steps = f" of {rule.steps:,} steps" if rule.steps else ", each as long as the training"
        trials, rates, values = len(MORE_RATES), len(RATES), len(MORE_RATES) // len(RATES)
        yield (
            f"{trials} trials a method{steps}: {rates} learning rates with {values} values of its own setting, "
            f"or {trials} learning rates where it has none; chosen run by run on {100 * rule.held:g} % of the training "
            "samples of each class, never on the test set"
        )
    if suite.watch_views:
        yield "what each view says by itself is watched, and nothing is chosen by it"
