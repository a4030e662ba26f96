"""Who is compared with whom: methods that balance views, and what changes nothing beside them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tailmark.report.balance import BALANCING, has_balance
from tailmark.report.records import Records
from tailmark.report.results import Place, Results
from tailmark.report.speakers import speaker

if TYPE_CHECKING:
    from tailmark.params import MethodSpec, Params, Suite

SINGLE, LATE = "one-view", "late-fusion"
PLAIN_JOIN, PLAIN_LOSS = "concatenation", "erm"
LONG = 2.0  # times as many samples in the largest class as in the smallest: from here on it is a long tail


@dataclass(frozen=True)
class Group:
    """Methods of one place that have their loss and their way to join views in common."""

    place: Place
    loss: str
    join: str
    plain: str  # the label of the fusion that changes nothing; empty where it was not run
    labels: Mapping[str, str]  # of those that balance views: label -> method
    singles: tuple[str, ...]  # models of one view
    late: str  # a vote of the views; empty where it was not run

    @property
    def usual(self) -> bool:
        """Whether it is what every suite has first."""
        return (self.loss, self.join) == (PLAIN_LOSS, PLAIN_JOIN)

    @property
    def said(self) -> str:
        """What tells it apart: 'balanced softmax on both sides', 'joined by sum'; of the usual one nothing."""
        parts = (
            f"{self.loss.replace('-', ' ')} on both sides" if self.loss != PLAIN_LOSS else "",
            f"views joined by {self.join}" if self.join != PLAIN_JOIN else "",
        )
        return ", ".join(part for part in parts if part)


def groups(suite: Suite, results: Results, place: Place) -> list[Group]:
    """Those of a place, the usual one first."""
    here = results.methods(place)
    specs = [spec for spec in suite.methods if spec.label in here]
    found: dict[tuple[str, str], dict[str, str]] = {}
    for spec in specs:
        if spec.name in BALANCING:
            found.setdefault(_terms(spec), {})[spec.label] = spec.name
    made = [_group(place, loss, join, specs, labels) for (loss, join), labels in found.items()]
    return sorted(made, key=lambda group: not group.usual)


def _terms(spec: MethodSpec) -> tuple[str, str]:
    return str(spec.settings.get("loss", PLAIN_LOSS)), str(spec.settings.get("join", PLAIN_JOIN))


def _group(
    place: Place, loss: str, join: str, specs: Sequence[MethodSpec], labels: Mapping[str, str]
) -> Group:
    plain = speaker(join, specs, place.protocol, {"loss": loss})
    late = speaker(LATE, specs, place.protocol, {"loss": loss})
    singles = (s.label for s in specs if s.name == SINGLE and _terms(s) == (loss, PLAIN_JOIN))
    alike = join == PLAIN_JOIN
    return Group(
        place, loss, join, plain or "", labels, tuple(singles) if alike else (), (alike and late) or ""
    )


def of(group: Group, method: str) -> str:
    """The label of one method; where it has several, the one as published is meant. Empty where it was not run."""
    named = [label for label, name in group.labels.items() if name == method]
    return min(named, key=len, default="")


def suites(params: Params) -> list[str]:
    """Those that have anything to balance."""
    return [name for name, suite in params.suites.items() if has_balance(suite)]


def places(params: Params, results: Results) -> list[Place]:
    """Where their numbers may be quoted from: the main test mix of each split."""
    wanted = suites(params)
    return [place for place in results.quotable() if place.suite in wanted]


def ratio(params: Params, records: Records, place: Place) -> float | None:
    """How many times the smallest class the largest is: as the split says, else as the training sets were."""
    split = next((s for s in params.suites[place.suite].splits if s.id == place.split), None)
    if (stated := getattr(split, "ratio", None)) is not None:
        return float(stated)
    counts = records.train_counts.get((place.suite, place.split))
    return max(counts) / max(min(counts), 1) if counts else None


def is_long(params: Params, records: Records, place: Place) -> bool | None:
    """Whether it is a long tail; None where nothing says so."""
    found = ratio(params, records, place)
    return None if found is None else found >= LONG
