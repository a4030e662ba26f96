"""The question on the one thing that is new in ARL (paper 002): that views learn at different speeds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tailmark.report.asked import Asked, Rival, Variant
from tailmark.report.words import HEADLINE

if TYPE_CHECKING:
    from tailmark.params import Params

METRICS = (HEADLINE, "macro_f1")

ASYMMETRY = Asked(
    name="asymmetry",
    title="Do ARL's asymmetric coefficients add anything to a constant factor?",
    short="Does ARL's asymmetry help?",
    who="arl",
    challenger="arl",
    rivals=(
        Rival("a constant factor", "arl-released", worth="arl-released: the worth of the asymmetry alone"),
        Rival(
            "the views' own losses alone",
            "arl-bias-only",
            worth="arl-bias-only: the worth of all that is done to gradients",
        ),
        Rival("plain concatenation", "concatenation", worth="the worth of all of ARL"),
    ),
    decided_by=("a constant factor",),
    variant=Variant("arl", "With balanced softmax on both sides", {"loss": "balanced-softmax"}),
    metrics=METRICS,
    far_apart=True,
    meaning=(
        "Differences are arl less the rival, paired by seed on the same splits, with 95 % intervals; p is of the "
        "paired t test with Holm's correction over the rivals of a split. A yes or a no takes half of the paired tests "
        "or more, with at most one that went the other way for four that did not; a no says that arl is shown to be "
        "worse. 'Cannot be told' is not 'equal'. The released code of ARL computes its coefficients and does not use "
        "them, so that every encoder gets a constant factor: arl-released is that, arl is the paper's text. All three "
        "have the same rule of tuning and as many trials."
    ),
)


def asked(params: Params) -> tuple[Asked, ...]:
    """Only where a suite has both: a tier with ARL alone does not ask what its parts are worth."""
    names = [{method.name for method in suite.methods} for suite in params.suites.values()]
    return (ASYMMETRY,) if any({"arl", "arl-released"} <= of_suite for of_suite in names) else ()
