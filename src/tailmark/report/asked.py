"""The questions that a report answers with paired tests, as data: who is set against whom, and by which metric."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tailmark.report.words import HEADLINE


@dataclass(frozen=True)
class Rival:
    """Whom a challenger meets: a method of the suite, or another reading of the challenger's own runs."""

    name: str  # as the report calls it
    method: str = ""
    settings: Mapping[str, Any] = field(
        default_factory=dict, hash=False
    )  # of its own method: on top of the challenger's
    reading: str = ""  # instead of a method; a star at its end means the best of several
    worth: str = ""  # what the difference to it tells
    each_view: bool = False  # one rival for every view of the suites, its setting `view`


@dataclass(frozen=True)
class Variant:
    """A further challenger, whose lines are told apart."""

    method: str
    said: str  # 'With a learned variance'
    settings: Mapping[str, Any] = field(default_factory=dict, hash=False)  # the rivals have them too


@dataclass(frozen=True)
class Asked:
    """One question."""

    name: str  # fit for a file name and an anchor
    title: str
    short: str  # in the list of contents
    who: str  # the challenger, as sentences call it
    challenger: str  # the method
    rivals: tuple[Rival, ...]
    meaning: str  # how its numbers are to be read
    metrics: tuple[str, ...] = (HEADLINE,)
    decided_by: tuple[str, ...] = ()  # the rivals that settle it with a yes or a no
    variant: Variant | None = None
    every_mix: bool = False  # otherwise on the main test mix of each split alone
    far_apart: bool = False  # some rivals are as good, others tens of points away
    few_rivals: bool = False  # they stand side by side in one table, the splits below each other


MGVAE = Asked(
    name="question",
    title="With the defects corrected, does MGVAE beat ERM, RW, ROS, SMOTE and OCVAE?",
    short="Does MGVAE win?",
    who="MGVAE",
    challenger="mgvae",
    rivals=tuple(Rival(name, name) for name in ("erm", "rw", "ros", "smote", "ocvae")),
    meaning=(
        "Differences are in points of balanced accuracy, MGVAE less the rival, paired by seed, with 95 % intervals; p "
        "is of the paired t test with Holm's correction over the rivals of a split. 'Beats' is a difference above 0 "
        "with p < 0.05. 'Cannot be told apart' is not 'equal': with 3 seeds an interval reaches 2.5 SDs to either side."
    ),
    variant=Variant("mgvae-learned-variance", "With a learned variance"),
    few_rivals=True,
)
"""What paper 003 leaves open."""

PARTS = Asked(
    name="parts",
    title="What the parts of mame are worth",
    short="What the parts are worth",
    who="mame",
    challenger="mame",
    rivals=(
        Rival(
            "concatenation, balanced softmax",
            "concatenation",
            {"loss": "balanced-softmax"},
            worth="the worth of all of it, over the plainest fusion with one loss for the tail",
        ),
        Rival(
            "late fusion, balanced softmax",
            "late-fusion",
            {"loss": "balanced-softmax"},
            worth="the worth of all of it, over a vote of the views",
        ),
        Rival(
            "ensemble", "ensemble", worth="the worth of experts of three kinds, over three models of one kind"
        ),
        Rival("best expert alone", reading="expert-*", worth="the worth of more than one expert"),
        Rival("equal weights", reading="equal", worth="the worth of fitting the experts' weights"),
        Rival(
            "held-out weights",
            "mame",
            {"weights": "holdout"},
            worth="the worth of fitting them on training labels",
        ),
        Rival(
            "no confidences",
            "mame",
            {"weighs": False},
            worth="the worth of weighing views by their confidence",
        ),
        Rival("sade", "sade", worth="the worth of the second view and of the confidences"),
        Rival("sade-lmf", "sade-lmf", worth="three experts that join views by low-rank fusion"),
        Rival("mmd", "mmd", worth="one expert with confidences"),
        Rival("mmd-la", "mmd-la", worth="the same with logit adjustment"),
        Rival("m2lc-net", "m2lc-net", worth="one expert with a class-balanced focal loss"),
    ),
    meaning=(
        "Differences are in points, mame less the rival, paired by seed on the same splits, with 95 % intervals; p is "
        "of the paired t test with Holm's correction over the rivals of a split, test mix and metric. The best expert "
        "is picked by its mean on the test mix itself, which favours it. 'Cannot be told apart' is not 'equal': with 3 "
        "seeds an interval reaches 2.5 SDs to either side. The test mixes of a split share their trainings, so "
        "they are not independent."
    ),
    metrics=("macro_f1", "balanced_accuracy"),
    every_mix=True,
    far_apart=True,
)
"""What paper 004 leaves open: its table has neither the plain fusions with a loss for the tail, nor ablations."""
