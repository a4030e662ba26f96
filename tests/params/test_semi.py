"""Suites with few labels: their splits, blocks and methods, and each mistake told by name."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from types import ModuleType
from typing import ClassVar

import pytest

from tailmark import methods, params
from tailmark.errors import TailmarkError
from tailmark.params import SemiSplit

GOOD = """
tier: mine
data: {datasets: [mfeat]}
suites:
  one:
    title: One
    dataset: mfeat
    views: [pix, fou]
    splits: [{kind: semi, ratio: 50, test_per_class: 20}]
    protocols: [corrected]
    methods: [majority, bold, {name: bold, threshold: 0.5}]
    seeds: [0, 1, 2]
    schedule: {steps: 100}
    semi: {pool_batch: 32, missing: 0.1}
    tuning: {held: 0.2}
"""


@dataclass(frozen=True)
class Bold:
    """Stands in for any semi-supervised method."""

    threshold: float = 0.95
    view: str = ""

    protocols: ClassVar[tuple[str, ...]] = ("corrected",)
    tuned: ClassVar[tuple[str, tuple[float, ...]]] = ("threshold", (0.95, 0.9, 0.8, 0.7))
    sees: ClassVar[tuple[str, ...]] = ("weak",)

    def learn(self, step: object) -> None:
        """Never called here."""

    def __post_init__(self) -> None:
        if self.threshold > 1:
            raise TailmarkError("Method 'bold' expects a threshold of 1 at most.")


@pytest.fixture(autouse=True)
def bold(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A method file of the name `bold`."""
    module, known = ModuleType("tailmark.methods.bold", "A bold method."), methods.names()
    module.method = Bold  # type: ignore[attr-defined]
    find = methods._module
    monkeypatch.setattr(methods, "names", lambda: [*known, "bold"])
    monkeypatch.setattr(methods, "_module", lambda name: module if name == "bold" else find(name))
    yield


def test_a_suite_with_few_labels_is_read() -> None:
    suite = params.parse(GOOD).suites["one"]
    (split,) = suite.splits
    assert isinstance(split, SemiSplit)
    assert (split.labelled, split.pool, split.mixes, split.head) == (0.1, "same", ("uniform",), None)
    assert (suite.semi.pool_batch, suite.semi.average, suite.semi.missing) == (32, 0.99, 0.1)
    assert suite.tuning is not None and (suite.tuning.held, suite.tuning.steps) == (0.2, None)


def test_without_the_block_nothing_is_tuned() -> None:
    assert params.parse(GOOD.replace("    tuning: {held: 0.2}\n", "")).suites["one"].tuning is None


@pytest.mark.parametrize(
    ("settings", "name"),
    [
        ({}, "tail-50-labels-10"),
        ({"labelled": 0.07}, "tail-50-labels-7"),
        ({"labelled": 0.125, "pool": "reversed"}, "tail-50-labels-12.5-reversed"),
        ({"pool": "uniform"}, "tail-50-labels-10-uniform"),
        ({"name": "mine"}, "mine"),
    ],
)
def test_a_split_is_named_after_its_settings(settings: dict[str, object], name: str) -> None:
    assert SemiSplit.model_validate({"kind": "semi", "ratio": 50, **settings}).id == name


def test_a_method_is_known_by_what_it_learns_from() -> None:
    assert methods.learns_partly("bold") and not methods.learns_partly("erm")
    assert methods.sees_views("bold") and not methods.sees_rows("bold")
    told = methods.describe("bold")
    assert told.settings == {"threshold": 0.95, "view": ""} and told.protocols == ("corrected",)


TAIL = "{kind: tail, ratio: 50, test_per_class: 20}"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("ratio: 50", "ratio: 50, labelled: 1", r"splits.0.labelled: .*less than 1 \(got 1\)"),
        ("ratio: 50", "ratio: 50, labelled: 0", r"splits.0.labelled: .*greater than 0 \(got 0\)"),
        ("ratio: 50", "ratio: 50, pool: backward", r"splits.0.pool: .*'same', 'uniform' or 'reversed'"),
        ("ratio: 50", "ratio: 50, labeled: 0.1", r"splits.0.labeled: unknown key. Did you mean 'labelled'"),
        ("ratio: 50", "ratio: 50, mixes: [sideways-3]", r"expected 'uniform', 'forward-R'"),
        ("pool_batch", "poolbatch", r"semi.poolbatch: unknown key. Did you mean 'pool_batch'"),
        ("held", "hold", r"tuning.hold: unknown key. Did you mean 'held'\? Known here: held, steps"),
        ("missing: 0.1", "average: 1.0", r"semi.average: .*less than 1 \(got 1.0\)"),
        ("missing: 0.1", "missing: 1.0", r"semi.missing: .*less than 1 \(got 1.0\)"),
        ("    views: [pix, fou]\n", "", r"expected `views` beside schedule.steps, tuning; got none"),
        ("    schedule: {steps: 100}\n", "", r"expected `schedule.steps` beside splits of kind semi"),
        ("[corrected]", "[corrected, paper]", r"expected protocols \[corrected\] .*got corrected, paper"),
        ("20}]", f"20}}, {TAIL}]", r"as in tail-50-labels-10, or none; got tail-50 beside them"),
        ("seeds:", "degraded: 0.2\n    seeds:", r"expected `semi.missing`, not `degraded`"),
        (
            "seeds:",
            "encoders: {network: resnet18}\n    seeds:",
            r"expected encoders.network small beside splits of kind semi; got resnet18",
        ),
        ("seeds:", "augment: resized\n    seeds:", r"expected augment none, flips or crops .*got resized"),
        ("seeds:", "watch_views: true\n    seeds:", r"expected no watch_views beside splits of kind semi"),
        (
            "steps: 100",
            "steps: 100, optimiser: sgd, drops: [0.5], clip: 1",
            r"expected no schedule.optimiser, schedule.drops, schedule.clip beside splits of kind semi",
        ),
        ("[pix, fou]", "[pix]", r"expected two views or more beside semi.missing"),
        ("bold,", "erm,", r"splits of kind semi, but the method 'erm' wants a label for every"),
        ("bold,", "concatenation,", r"the method 'concatenation' wants a label for every"),
        ("threshold: 0.5", "treshold: 0.5", r"no setting 'treshold'.*Did you mean 'threshold'"),
        ("threshold: 0.5", "threshold: high", r"expects threshold to be a number"),
        ("threshold: 0.5", "threshold: 1.5", r"'bold' expects a threshold of 1 at most"),
        ("threshold: 0.5", "view: pics", r"'bold' sees one view, one of pix, fou; got 'pics'"),
        ("threshold: 0.5", "tuned: 1", r"no setting 'tuned'"),
    ],
)
def test_a_mistake_is_told(old: str, new: str, message: str) -> None:
    assert old in GOOD
    with pytest.raises(TailmarkError, match=f"(?s){message}") as raised:
        params.parse(GOOD.replace(old, new, 1))
    assert "{'" not in str(raised.value), "a whole block is no answer to what was got"


def test_what_belongs_to_few_labels_is_refused_elsewhere() -> None:
    other = GOOD.replace("{kind: semi, ratio: 50, test_per_class: 20}", TAIL)
    with pytest.raises(TailmarkError, match=r"expected splits of kind semi beside semi; got none"):
        params.parse(other)
    other = other.replace("    semi: {pool_batch: 32, missing: 0.1}\n    tuning: {held: 0.2}\n", "")
    with pytest.raises(TailmarkError, match=r"'bold' learns from few labels .* Use splits of kind semi"):
        params.parse(other)
    rows = other.replace("    views: [pix, fou]\n", "").replace("    schedule: {steps: 100}\n", "")
    with pytest.raises(TailmarkError, match=r"'bold' learns from few labels"):
        params.parse(rows)
    params.parse(rows.replace("[majority, bold, {name: bold, threshold: 0.5}]", "[erm]"))


def test_labels_are_no_setting_of_other_splits() -> None:
    text = GOOD.replace("kind: semi", "kind: tail, labelled: [0.1]")
    with pytest.raises(TailmarkError, match=r"splits.0.labelled: unknown key"):
        params.parse(text)
