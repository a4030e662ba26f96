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
        Metric("ece", "ECE", "expected calibration error, 15 bins; lower is better", lower_is_better=True),
    )
}

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
    "not run": "○",
}
"""Every verdict with a sign that does not rest on colour."""

REFERENCES: dict[str, str] = {
    "balanced": "trained on balanced data: an upper bound, not a competitor",
    "majority": "always says the largest class: the floor",
}
"""Rows that frame a table and are never ranked in it."""


def metric(name: str) -> Metric:
    """The declared metric, or a plain one for a name that the report does not know."""
    return METRICS.get(name) or Metric(name, name.replace("_", " "), "")


def is_reference(method: str) -> bool:
    """Settings in brackets do not change what a row is for."""
    return method.partition("(")[0] in REFERENCES


def plural(count: int, thing: str, things: str | None = None) -> str:
    """'1 seed', '5 seeds'."""
    return f"{count:,} {thing if count == 1 else things or thing + 's'}"


def listed(names: list[str], most: int = 6) -> str:
    """'a, b and c'; a long list ends in how many more there are."""
    shown = [*names[:most], f"{len(names) - most} more"] if len(names) > most else names
    return " and ".join(part for part in (", ".join(shown[:-1]), *shown[-1:]) if part)
