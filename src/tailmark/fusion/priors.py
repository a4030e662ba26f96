"""The objectives of experts that differ in the class distribution they are skilled at (SADE; paper 004)."""

from __future__ import annotations

import numpy as np

from tailmark.objective import Floats, Objective, prior_of

TINY = 1e-9  # inside the logarithms


def reversed_prior(prior: Floats) -> Floats:
    """The class with rank i gets the value of rank K-1-i; of equal values the earlier class has the lower rank."""
    order = np.argsort(prior, kind="stable")
    turned = np.empty_like(prior)
    turned[order] = prior[order[::-1]]
    return turned


def skills(counts: Floats, tau: float = 1.0) -> tuple[Objective, Objective, Objective]:
    """Three experts: for the long tail as it is (L1), for equal classes (L2), and for the tail reversed (L3).

    L1 = CE(v),   L2 = CE(v + log pi),   L3 = CE(v + log pi - tau log pibar)
    """
    prior = prior_of(counts)
    forward, backward = np.log(prior + TINY), np.log(reversed_prior(prior) + TINY)
    return Objective(), Objective(prior=forward), Objective(prior=forward - tau * backward)
