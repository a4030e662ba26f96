"""How a suite with few labels was run, in words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from tailmark.report.words import listed

if TYPE_CHECKING:
    from tailmark.params import SemiSplit, Suite

POOLS = {
    "same": "skewed like the labelled ones",
    "uniform": "spread evenly over the classes",
    "reversed": "skewed the other way round",
}
VALUES = "four values"  # that every method declares for its one tuned setting


def said(suite: Suite) -> Iterator[str]:
    """The split, the steps, and how a setting is chosen."""
    fractions = dict.fromkeys(f"{100 * split.labelled:g} %" for split in _splits(suite))
    profiles = dict.fromkeys(POOLS[split.pool] for split in _splits(suite))
    yield (
        f"{_or(list(fractions))} of the training samples of each class are labelled, the others a pool without labels, "
        f"{_or(list(profiles))}"
    )
    yield f"{suite.semi.pool_batch} unlabelled samples a step"
    if suite.semi.average:
        yield f"the running mean of the weights answers, at {suite.semi.average:g} a step"
    if suite.semi.missing:
        yield f"{100 * suite.semi.missing:g} % of all samples, of training and test, lack one view"
    yield tuning(suite)


def tuning(suite: Suite) -> str:
    """The one rule for all methods."""
    rule = suite.tuning
    if rule is None:
        return "nothing is tuned, methods have their default settings"
    steps = f", {rule.steps:,} steps each" if rule.steps else ""
    return f"one setting a method, {VALUES}{steps}, chosen on {100 * rule.held:g} % of the labelled samples"


def _splits(suite: Suite) -> list[SemiSplit]:
    return [split for split in suite.splits if split.kind == "semi"]


def _or(names: list[str]) -> str:
    return listed(names).replace(" and ", " or ")
