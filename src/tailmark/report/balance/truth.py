"""What is known of made data beforehand: how noisy their views are, the best weights, and the best accuracy."""

from __future__ import annotations

from functools import cache
from importlib import import_module

from tailmark.datasets import made
from tailmark.datasets.made import Noise


@cache
def noise(dataset: str) -> Noise | None:
    """None of data that were not made by us."""
    if not dataset.startswith("made_"):
        return None
    found = getattr(import_module(f"tailmark.datasets.catalogue.{dataset}"), "NOISE", None)
    return found if isinstance(found, Noise) else None


def best_weight(dataset: str) -> float | None:
    """Of the first view in the best mixture of both."""
    of = noise(dataset)
    return None if of is None else of.weight


def variance_ratio(dataset: str) -> float | None:
    """Variance of the second view's noise over that of the first's: the ratio of the inverse variances."""
    of = noise(dataset)
    return None if of is None else of.second**2 / of.first**2


@cache
def best_accuracy(dataset: str) -> float | None:
    """On equal classes, of one who weighs the views best and knows what the classes look like."""
    of = noise(dataset)
    return None if of is None else made.best_accuracy(of)
