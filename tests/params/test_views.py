"""Suites with several views: what belongs to them, what does not, and each mistake told by name."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tailmark import params
from tailmark.errors import TailmarkError
from tailmark.params.suites import Tuning

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
        ("seeds:", "tuning: {held: 1.0}\n    seeds:", r"tuning.held: Input should be less than 1"),
        (
            "seeds:",
            "tuning: {steps: 0}\n    seeds:",
            r"tuning.steps: Input should be greater than or equal to 1",
        ),
        ("seeds:", "tuning: {hold: 0.2}\n    seeds:", r"tuning.hold: unknown key. Did you mean 'held'"),
        ("seeds:", "watch_view: true\n    seeds:", r"watch_view: unknown key. Did you mean 'watch_views'"),
        ("steps: 100", "optimizer: sgd", r"schedule.optimizer: unknown key. Did you mean 'optimiser'"),
        ("steps: 100", "optimiser: sdg", r"schedule.optimiser: Input should be 'adam' or 'sgd'"),
        ("steps: 100", "drops: [0.5, 1.0]", r"schedule.drops.1: Input should be less than 1"),
        ("steps: 100", "clip: 0", r"schedule.clip: Input should be greater than 0"),
        ("concatenation,", "arll,", r"no method 'arll'. Did you mean 'arl'"),
        ("concatenation,", "{name: arl, join: gate},", r"got 'gate'. Did you mean 'gated'"),
        ("concatenation,", "{name: arl, speeds: constnt},", r"got 'constnt'. Did you mean 'constant'"),
        ("concatenation,", "{name: mmpareto, loss: ldam},", r"'ldam' needs a cosine head"),
        (
            "concatenation,",
            "{name: ogm, noise: true},",
            r"no setting 'noise'; its settings are alpha, until, loss",
        ),
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


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("watch_views: true", "watch_views"),
        ("tuning: {}", "tuning"),
        (
            "schedule: {optimiser: sgd, drops: [0.5], clip: 40}",
            "schedule.optimiser, schedule.drops, schedule.clip",
        ),
    ],
)
def test_what_is_of_several_views_is_refused_without(given: str, told: str) -> None:
    plain = GOOD.replace("    views: [pix, fou]\n", "").replace(
        "[majority, concatenation, {name: sade, view: pix}]", "[erm]"
    )
    plain = plain.replace(
        "    encoders: {channels: [8], kernel: 3, hidden: 16}\n    schedule: {steps: 100}\n", ""
    )
    params.parse(plain)
    with pytest.raises(TailmarkError, match=f"expected `views` beside {told}; got none"):
        params.parse(plain.replace("seeds:", f"{given}\n    seeds:"))


@pytest.mark.parametrize("name", ["arl", "mla", "g-blending"])
def test_one_view_is_nothing_to_balance(name: str) -> None:
    text = GOOD.replace("[pix, fou]", "[pix]").replace("concatenation,", f"{name},")
    with pytest.raises(
        TailmarkError, match=rf"'{name}' balances two views or more; got pix. Name more `views`"
    ):
        params.parse(text)


def test_a_suite_that_balances_views_is_read() -> None:
    text = GOOD.replace("steps: 100", "steps: 100, optimiser: sgd, drops: [0.5, 0.75], clip: 40")
    suite = params.parse(text.replace("seeds:", "watch_views: true\n    tuning: {}\n    seeds:")).suites[
        "one"
    ]
    assert suite.watch_views and suite.tuning == Tuning(held=0.25, steps=None)
    assert (suite.schedule.optimiser, suite.schedule.drops, suite.schedule.clip) == ("sgd", (0.5, 0.75), 40)


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
