"""Modality-aware multi-expert: SADE's experts over several views, each view weighed by its confidence (paper 004).

    experts    v_j = classifier([g^1(x^1) h_j^1, ..., g^M(x^M) h_j^M]),  j = 1, 2, 3, with encoders of their own
    losses     L1 = CE(v1),  L2 = CE(v2 + log pi),  L3 = CE(v3 + log pi - tau log pibar)
    module     + lambda sum_m [ CE(f^m(x^m), y) + (g^m(x^m) - p^m(y | x^m))^2 ], f^m and g^m on encoders of their own

The predicted confidence g^m is used in training and test alike: the true one needs the label. The paper describes the
module as separate and shared by experts with conflicting priors, so by default their losses do not reach it, nor does
the loss of g^m reach f^m; `mmd_gradients` lets both through, as MMD's code does.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from tailmark.fusion.design import Assessment, Design, Expert, Fit
from tailmark.fusion.priors import skills
from tailmark.methods import loss_of
from tailmark.objective import Floats


@dataclass(frozen=True)
class Mame:
    """The proposed method of paper 004."""

    strength: float = 1.0  # lambda
    tau: float = 1.0
    weighs: bool = True  # false: no module, the experts alone
    module_loss: str = "erm"  # of f^m; any method that is a loss
    mmd_gradients: bool = False
    starts_at_chance: bool = False  # the bias of g^m is 1/K, the confidence that chance would earn
    weights: Fit = "fitted"  # equal | fitted | holdout

    protocols: ClassVar[tuple[str, ...]] = ("corrected", "paper")

    def design(self, counts: Floats, views: tuple[str, ...]) -> Design:
        experts = tuple(Expert(skill, views) for skill in skills(counts, self.tau))
        return Design(experts, assessment=self._module(counts), weights=self.weights)

    def _module(self, counts: Floats) -> Assessment | None:
        if not self.weighs:
            return None
        return Assessment(
            objective=loss_of(self.module_loss, counts)[0],
            strength=self.strength,
            passes_confidence=self.mmd_gradients,
            passes_target=self.mmd_gradients,
            starts_at_chance=self.starts_at_chance,
        )


method = Mame
