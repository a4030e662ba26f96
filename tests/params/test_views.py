"""Suites with several views: what belongs to them, what does not, and each mistake told by name."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tailmark import params
from tailmark.errors import TailmarkError

GOOD = """
tier: mine
data: {datasets: [mfeat]}
suites:
  one:
    title: One
    dataset: mfeat
    views: [pix, fou]
    splits: [{kind: tail, ratio: 10, test_per_class: 20}]
    protocols: [corrected]
    methods: [majority, concatenation, {name: sade, view: pix}]
    seeds: [0, 1, 2]
    encoders: {channels: [8], kernel: 3, hidden: 16}
    schedule: {steps: 100}
"""


@pytest.fixture
def parsed() -> Callable[[str, str], params.Params]:
    """The good text with one part replaced."""

    def parse(old: str, new: str) -> params.Params:
        assert old in GOOD
        return params.parse(GOOD.replace(old, new))

    return parse


def test_views_are_read() -> None:
    suite = params.parse(GOOD).suites["one"]
    assert suite.views == ("pix", "fou")
    assert suite.encoders.channels == (8,) and suite.schedule.steps == 100


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("[pix, fou]", "[pix, four]", r"wants the view 'four', but 'mfeat' has .*fou.* Did you mean 'fou'"),
        ("concatenation,", "erm,", r"'erm' sees one row of features. Use `{name: concatenation, loss: erm}`"),
        ("    views: [pix, fou]\n", "", r"expected `views` beside encoders, schedule.steps; got none"),
        ("{name: sade, view: pix}", "sade", r"'sade' sees one view, one of pix, fou; none was named"),
        ("{name: sade, view: pix}", "{name: sade, view: image}", r"one of pix, fou; got 'image'"),
        ("concatenation,", "{name: concatenation, loss: ermm},", r"no method 'ermm'. Did you mean 'erm'"),
        ("concatenation,", "{name: concatenation, resampler: rose},", r"got 'rose'. Did you mean 'ros'"),
        ("hidden: 16", "hiden: 16", r"encoders.hiden: unknown key. Did you mean 'hidden'"),
        ("seeds:", "network: {hidden: [3]}\n    seeds:", r"expected `encoders` in a suite with `views`"),
        ("seeds:", "degraded: 1.5\n    seeds:", r"degraded: Input should be less than or equal to 1"),
        (
            "{channels: [8], kernel: 3, hidden: 16}",
            "{network: resnet18, kernel: 3, hidden: 128}",
            r"encoders: .*expected no kernel beside network resnet18, which has its own",
        ),
        ("channels: [8], ", "network: resnet, ", r"encoders.network: Input should be 'small' or 'resnet18'"),
        (
            "seeds:",
            "augment: crop\n    seeds:",
            r"augment: Input should be 'none', 'flips', 'crops' or 'resized'",
        ),
    ],
)
def test_a_mistake_is_told(
    parsed: Callable[[str, str], params.Params], old: str, new: str, message: str
) -> None:
    with pytest.raises(TailmarkError, match=message):
        parsed(old, new)


def test_a_larger_network_and_resized_crops_are_read() -> None:
    chosen = "{network: resnet18, shrink: 4}\n    augment: resized"
    suite = params.parse(GOOD.replace("{channels: [8], kernel: 3, hidden: 16}", chosen)).suites["one"]
    assert (suite.encoders.network, suite.encoders.shrink, suite.augment) == ("resnet18", 4, "resized")


def test_a_method_of_several_views_wants_a_suite_that_has_them() -> None:
    text = GOOD.replace("    views: [pix, fou]\n", "").replace(
        "    encoders: {channels: [8], kernel: 3, hidden: 16}\n    schedule: {steps: 100}\n", ""
    )
    with pytest.raises(
        TailmarkError, match=r"'concatenation' joins several views, but suite 'one' names none. Add"
    ):
        params.parse(text)
