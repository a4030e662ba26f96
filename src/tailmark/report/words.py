"""What the report calls things: metrics, protocols, verdicts, and the rows that only frame a table."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Metric:
    """A metric as the reader meets it."""

    name: str
    short: str
    meaning: str
    lower_is_better: bool = False
    unit: str = "points"
    said: str = ""  # within a sentence, where that is not its name

    @property
    def prose(self) -> str:
        """Within a sentence: 'balanced accuracy', 'macro F1'."""
        return self.said or self.name.replace("_", " ").replace("f1", "F1")

    @property
    def scale(self) -> int:
        """From the values to what is shown: fractions are shown in percent."""
        return 100 if self.unit == "points" else 1

    def difference(self, value: float) -> str:
        """'+0.3'; what rounds to nothing is '0.0' and no '-0.0'."""
        text = f"{self.scale * value:+.{1 if self.unit == 'points' else 3}f}"
        return text[1:] if float(text) == 0 else text


METRICS: dict[str, Metric] = {
    metric.name: metric
    for metric in (
        Metric("balanced_accuracy", "Bal. acc.", "mean recall of the classes (papers also say ACSA or ASCA)"),
        Metric("gmean", "G-mean", "geometric mean of the recalls; 0 when one class is never found"),
        Metric("worst_recall", "Worst recall", "recall of the class that is found least"),
        Metric("macro_f1", "Macro F1", "mean F1 of the classes"),
        Metric("accuracy", "Accuracy", "share of test samples that are right (paper 003 prints it as B-ACC)"),
        Metric("many_recall", "Many", "mean recall of the third of the classes with most training samples"),
        Metric("medium_recall", "Medium", "mean recall of the middle third of the classes"),
        Metric("few_recall", "Few", "mean recall of the third of the classes with fewest training samples"),
        Metric("auroc", "AUROC", "area under the ROC curve, class 1 positive"),
        Metric("average_precision", "Avg. prec.", "area under the precision-recall curve, class 1 positive"),
        Metric("sensitivity_at_90", "Sens. at 90", "recall of class 1 where 90 % of class 0 is kept"),
        Metric("f1/1", "F1 of class 1", "F1 of the positive class alone"),
        Metric("ece", "ECE", "expected calibration error, 15 bins; lower is better", lower_is_better=True),
        Metric(
            "pool/kl",
            "Hist. off truth",
            "how far the shares of the pseudo-labels of the pool are from the true shares of its classes: KL "
            "divergence in nats; lower is better",
            lower_is_better=True,
            unit="nats",
            said="histogram off the truth",
        ),
        Metric(
            "pool/balanced_accuracy",
            "Pool bal. acc.",
            "mean recall of the classes among the pseudo-labels of the pool",
            said="balanced accuracy on the pool",
        ),
    )
}

DETECTION = (
    *("auroc", "average_precision", "sensitivity_at_90"),
    *("macro_f1", "f1/1", "balanced_accuracy", "accuracy"),
)
"""What a table shows where one rare class is to be found among the rest, as in screening."""

ON_MIXES = ("accuracy", "macro_f1", "worst_recall")
"""What is shown mix by mix, where one training is tested on several."""

QUALITY: dict[str, Metric] = {
    metric.name: metric
    for metric in (
        Metric(
            "total_spread",
            "Total spread",
            "standard deviation over all features, in units of that of the real training samples of the class; "
            "near 1 is good, below 0.1 is a collapse",
        ),
        Metric("spread", "Spread", "the same feature by feature, the median of them; near 1 is good"),
        Metric(
            "precision",
            "Precision",
            "share of the generated samples that lie where held-out real ones lie; high is good, up to its ceiling",
        ),
        Metric(
            "recall",
            "Recall",
            "share of the held-out real samples that lie where generated ones lie, which is diversity; high is good, "
            "up to its ceiling",
        ),
        Metric(
            "judged",
            "Judged",
            "share of the generated samples that a classifier of real data puts into the class; high is good",
        ),
        Metric(
            "coverage",
            "Coverage",
            "how evenly the original classes within the class are made, in units of real samples; near 1 is good",
        ),
        Metric(
            "nearest",
            "Nearest train.",
            "distance to the nearest training sample of the class, in units of that of held-out real samples; near 1 "
            "is good, far below 1 the samples are copies",
        ),
        Metric(
            "nearest_exemplar",
            "Nearest exem.",
            "distance to the sample's own majority exemplar, in units of that of held-out samples of the class to "
            "the nearest of the majority; far below 1 the samples are still the majority",
        ),
    )
}
"""What is measured on generated samples, named `generated/...` in the metrics table; ratios, not percent."""

CEILINGS: dict[str, str] = {"precision": "precision_real", "recall": "recall_real"}
"""The same number for real samples that stand in for generated ones: as good as a generator can be."""

HEADLINE = "balanced_accuracy"
"""The metric that orders rows and is drawn in the figures."""

PROTOCOLS: dict[str, str] = {
    "corrected": "no known defect, nothing chosen on test data",
    "paper": "the paper's text to the letter",
    "released": "as the authors' code ran, defects included; only to explain printed numbers",
}

VERDICTS: dict[str, str] = {
    "reproduced": "✓",
    "not reproduced": "✗",
    "impossible as printed": "⊘",
    "stand-in": "◇",
    "not run": "○",
}
"""Every verdict with a sign that does not rest on colour."""

ALL_LABELS = "labels=all"
"""The setting of a method that learns from the labels that others must do without."""

REFERENCES: dict[str, str] = {
    "balanced": "trained on balanced data: an upper bound, not a competitor",
    ALL_LABELS: "learns from all labels of the training set: an upper bound, not a competitor",
    "majority": "always says the largest class: the floor",
}
"""Rows that frame a table and are never ranked in it, by the name or the setting that makes them so."""

ASIDES: dict[str, str] = {
    "balanced": "trained on balanced data",
    ALL_LABELS: "all labels",
    "majority": "always the largest class",
}
"""What stands beside their names."""


def metric(name: str) -> Metric:
    """The declared metric, or a plain one for a name that the report does not know."""
    return METRICS.get(name) or Metric(name, name.replace("_", " "), "")


def is_reference(method: str) -> bool:
    """Whether a row only frames a table."""
    return _role(method) in REFERENCES


def aside(method: str) -> str:
    """What a row is that only frames a table; empty for a competitor."""
    return ASIDES.get(_role(method), "")


def _role(method: str) -> str:
    """What the row is for: of the settings in brackets only all labels change that."""
    name, _, settings = method.removesuffix(")").partition("(")
    return ALL_LABELS if ALL_LABELS in settings.split(", ") else name


def probability(p: float) -> str:
    """'p 0.032', 'p < 0.001'."""
    return "p < 0.001" if p < 0.001 else f"p {p:.3f}"


def plural(count: int, thing: str, things: str | None = None) -> str:
    """'1 seed', '5 seeds'."""
    return f"{count:,} {thing if count == 1 else things or thing + 's'}"


def listed(names: list[str], most: int = 6) -> str:
    """'a, b and c'; a long list ends in how many more there are."""
    shown = [*names[:most], f"{len(names) - most} more"] if len(names) > most else names
    return " and ".join(part for part in (", ".join(shown[:-1]), *shown[-1:]) if part)
