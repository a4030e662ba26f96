"""Methods that balance views against what changes nothing, against a single view, and against a vote of the views."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tailmark.report.balance.asked import METRICS
from tailmark.report.balance.groups import LONG, Group, groups, places, ratio
from tailmark.report.balance.paired import over
from tailmark.report.records import Records
from tailmark.report.results import Results
from tailmark.statistics import Duel

if TYPE_CHECKING:
    from tailmark.params import Params


@dataclass(frozen=True)
class Match:
    """The methods of one group by one metric, against what changes nothing and against a single view."""

    group: Group
    metric: str
    ratio: float | None  # of the largest class to the smallest
    plainly: dict[str, Duel]  # each less the plain fusion
    single: str  # the best model of one view; empty where there is none
    singly: dict[str, Duel]  # every fusion less it
    late: dict[str, Duel]  # every other fusion less the vote

    @property
    def long(self) -> bool | None:
        """Whether the tail is long; None where nothing says so."""
        return None if self.ratio is None else self.ratio >= LONG

    @property
    def where(self) -> str:
        """'made-far, tail-50'."""
        return f"{self.group.place.suite}, {self.group.place.split}"


def matches(params: Params, results: Results, records: Records) -> list[Match]:
    """Place by place, group by group, metric by metric."""
    return [
        _match(results, group, name, ratio(params, records, place))
        for place in places(params, results)
        for group in groups(params.suites[place.suite], results, place)
        for name in METRICS
        if name in results.metrics(place)
    ]


def _match(results: Results, group: Group, name: str, imbalance: float | None) -> Match:
    place, values = group.place, results.values(group.place, name)
    fusions = [label for label in (group.plain, *group.labels) if label]
    single = max(group.singles, key=lambda label: results.mean(place, name, label), default="")
    return Match(
        group=group,
        metric=name,
        ratio=imbalance,
        plainly=over(values, group.plain, group.labels),
        single=single,
        singly=over(values, single, [label for label in (group.late, *fusions) if label]),
        late=over(values, group.late, fusions),
    )


def short(group: Group, label: str) -> str:
    """'arl' for 'arl(loss=balanced-softmax)' where the group says the loss; other settings stay."""
    name, _, given = label.removesuffix(")").partition("(")
    own = [one for one in given.split(", ") if one and one.partition("=")[0] not in ("loss", "join")]
    return f"{name}({', '.join(own)})" if own else name
