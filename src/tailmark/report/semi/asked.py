"""The questions on learning with few labels, for the reconstruction of paper 000 and whom it must beat."""

from __future__ import annotations

from tailmark.report.asked import Asked, Rival, Variant
from tailmark.report.semi import UNPRINTED
from tailmark.report.words import HEADLINE

METRICS = (HEADLINE, "macro_f1")
HOW = (
    "Differences are mdgm less the rival, paired by seed on the same splits, with 95 % intervals; p is of the paired t "
    "test with Holm's correction over the rivals of a split. A yes or a no takes half of the paired tests or more, "
    "with at most one that went the other way for four that did not. 'Cannot be told' is not 'equal'."
)

TAILS = Asked(
    name="tails",
    title="Do heavy tails help once beta is matched?",
    short="Do heavy tails help?",
    who="mdgm",
    challenger="mdgm",
    rivals=(
        Rival(
            "Gaussian, beta matched",
            "mdgm-gaussian",
            {"beta": "matched"},
            worth="the worth of the heavy tails alone",
        ),
        Rival(
            "Gaussian, beta = 1",
            "mdgm-gaussian",
            {"beta": "one"},
            worth="the same, mixed up with another weight of the KL term",
        ),
    ),
    decided_by=("Gaussian, beta matched",),
    variant=Variant("mdgm", "With sigma = 1 on both sides", {"sigma": 1.0}),
    metrics=METRICS,
    meaning=(
        f"{HOW} In high dimensions a t model is nearly a Gaussian one whose KL term has another weight; beta matched "
        "gives the Gaussian control that weight. At the default sigma that weight is nearly 1, and only the tails are "
        "left to differ. At sigma = 1 it is far from 1, and the latents of the two are on different scales as well, "
        f"which matters less the longer they are trained. {UNPRINTED}"
    ),
)

PRODUCT = Asked(
    name="product",
    title="Does the product of experts beat concatenation?",
    short="Does the product of experts win?",
    who="mdgm",
    challenger="mdgm",
    rivals=(
        Rival(
            "concatenation",
            "mdgm",
            {"product": "concatenation"},
            worth="the main rival: one encoder of all views side by side",
        ),
        Rival("raw product", "mdgm", {"product": "raw"}, worth="the worth of calibrating the product"),
        Rival("q-product", "mdgm", {"product": "q-product"}, worth="against the product that weighs discord"),
        Rival("mixture", "mdgm", {"product": "mixture"}, worth="against the mean of the experts"),
        Rival("alone", "mdgm", worth="the worth of the other views", each_view=True),
        Rival("without the pool", "mdgm", {"uses_pool": False}, worth="the worth of unlabelled samples"),
        Rival(
            "power for the labels too",
            "mdgm",
            {"unlabelled": "power"},
            worth="the worth of Shannon's entropy for the labels",
        ),
        Rival(
            "prior of the labelled samples",
            "mdgm",
            {"prior": "labelled"},
            worth="the worth of a uniform prior of the classes",
        ),
    ),
    decided_by=("concatenation",),
    metrics=METRICS,
    far_apart=True,
    meaning=f"{HOW} Every rival is mdgm with one choice changed. {UNPRINTED}",
)

RIVALS = (
    Rival("fixmatch", "fixmatch"),
    Rival("crest", "crest"),
    Rival("abc", "abc"),
    Rival("cdmad", "cdmad"),
    Rival("mean-teacher", "mean-teacher", worth="consistency without pseudo-labels"),
    Rival("m2", "m2", worth="the Gaussian model with MVAE's product of experts"),
    Rival("supervised", "supervised", worth="the worth of the pool, and of all else"),
    Rival("supervised, logit adjustment", "supervised", {"loss": "logit-adjustment"}),
    Rival("supervised, smote", "supervised", {"resampler": "smote"}),
)
FIXMATCH_FAMILY = ("fixmatch", "crest", "abc", "cdmad")

FAMILY = Asked(
    name="family",
    title="Does mdgm beat the FixMatch family?",
    short="Does mdgm beat FixMatch?",
    who="mdgm",
    challenger="mdgm",
    rivals=RIVALS,
    decided_by=FIXMATCH_FAMILY,
    metrics=METRICS,
    far_apart=True,
    meaning=(
        f"{HOW} The FixMatch family is fixmatch, crest, abc and cdmad. All have the same encoders, the same steps and "
        f"the same rule of tuning. {UNPRINTED}"
    ),
)

BIAS = Asked(
    name="bias",
    title="Does less bias propagate to the pseudo-labels of mdgm?",
    short="Does bias propagate?",
    who="mdgm",
    challenger="mdgm",
    rivals=RIVALS,
    decided_by=FIXMATCH_FAMILY,
    metrics=("pool/kl", "pool/balanced_accuracy"),
    meaning=(
        f"{HOW} A pseudo-label is the class that a method gives a sample of the pool at the end. The histogram off the "
        "truth is the KL divergence, in nats, of the shares of the pseudo-labels from the true shares of the classes: "
        f"lower is better. {UNPRINTED}"
    ),
)

FEW_LABELS = (TAILS, PRODUCT, FAMILY, BIAS)
