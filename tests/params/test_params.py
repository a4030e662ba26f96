"""params.yaml: the presets are right, and each mistake is told by name, with what was expected."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from tailmark import methods, params, tiers
from tailmark.errors import TailmarkError

PRESETS = Path(tiers.__file__).parent / "presets"
GOOD = """
tier: mine
data: {datasets: [mfeat]}
suites:
  one:
    title: One
    dataset: mfeat
    splits: [{kind: tail, ratio: 10, test_per_class: 20}]
    protocols: [corrected]
    methods: [erm, {name: focal, gamma: 2.0}]
    seeds: [0, 1, 2]
"""


@pytest.mark.parametrize("tier", tiers.names())
def test_a_preset_is_a_complete_tier(tier: str) -> None:
    made = params.load(PRESETS / f"{tier}.yaml")
    assert made.tier == tier
    assert {suite.dataset for suite in made.suites.values()} == set(made.data.datasets)
    assert all(len(suite.seeds) >= 3 for suite in made.suites.values())


def test_the_quick_tier_has_every_method_that_is_quick() -> None:
    quick = params.load(PRESETS / "quick.yaml")
    used = {method.name for suite in quick.suites.values() for method in suite.methods}
    too_slow = {"ocgan", "ocdcgan", "mgvae-learned-variance"}  # tiers paper and celeba-subset have them
    few_labels = {"abc", "cdmad", "crest", "m2", "mean-teacher"}
    balanced = {
        "agm",
        "arl",
        "arl-bias-only",
        "arl-released",
        "dgl",
        "g-blending",
        "mla",
        "mmpareto",
        "ogm",
        "ogm-ge",
    }
    balanced |= {"pmr", "sum", "gated"}
    assert used == set(methods.names()) - too_slow - few_labels - (balanced - used)
    for tier, has in (("semi-small", few_labels), ("balance-small", balanced)):
        small = params.load(PRESETS / f"{tier}.yaml")
        assert has < {method.name for suite in small.suites.values() for method in suite.methods}


def test_a_method_may_have_settings_of_its_own() -> None:
    erm, focal = params.parse(GOOD).suites["one"].methods
    assert (erm.label, focal.label) == ("erm", "focal(gamma=2.0)")
    assert focal.settings == {"gamma": 2.0}


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("seeds:", "seedz:", r"suites.one.seedz: unknown key. Did you mean 'seeds'\?"),
        ("tier: mine", "tier: mine\nsuitez: {}", r"suitez: unknown key. Did you mean 'suites'\?"),
        (
            "test_per_class: 20",
            "test_per_clas: 20",
            r"test_per_clas: unknown key. Did you mean 'test_per_class'\?",
        ),
        ("gamma", "gama", r"no setting 'gama'.*Did you mean 'gamma'\?"),
        ("erm", "erl", r"no method 'erl'. Did you mean 'erm'\?"),
        (
            "dataset: mfeat",
            "dataset: mfeats",
            r"uses the dataset 'mfeats', which is not in.*Did you mean 'mfeat'\?",
        ),
        ("[mfeat]", "[mfeatt]", r"got 'mfeatt'. Did you mean 'mfeat'\?"),
        (
            "ratio: 10",
            "ratio: 0.5",
            r"suites.one.splits.0.ratio: Input should be greater than or equal to 1 \(got 0.5\)",
        ),
        ("[0, 1, 2]", "[]", r"suites.one.seeds: .*at least 1 item"),
        ("[0, 1, 2]", "[0, 0]", r"expected different seeds, got 0 more than once"),
        ("[0, 1, 2]", "[-1]", r"greater than or equal to 0 \(got -1\)"),
        ("kind: tail", "kind: tale", r"suites.one.splits.0: .*'groups', 'natural', 'tail'"),
        ("test_per_class: 20", "test_per_class: 20, mixes: [sideways-3]", r"expected 'uniform', 'forward-R'"),
        (
            "{datasets: [mfeat]}",
            "{datasets: [mfeat]}\ntraining: {device: tpu}",
            r"training.device: .*'auto', 'cpu' or 'cuda'",
        ),
        ("title: One", "title: [", "is not valid YAML"),
        ("kind: tail, ratio: 10", "kind: counts, train: [9, 0]", r"splits.0.train.1: .*equal to 1 \(got 0\)"),
        ("kind: tail, ratio: 10", "kind: counts, train: []", r"splits.0.train: .*at least 1 item"),
        ("kind: tail, ratio: 10", "kind: holdout, test: 1", r"splits.0.test: .*less than 1 \(got 1\)"),
        (
            "kind: tail, ratio: 10, test_per_class: 20",
            "kind: holdout, groupd: true",
            r"splits.0.groupd: unknown key. Did you mean 'grouped'\?",
        ),
        (
            "kind: tail, ratio: 10",
            "kind: counts, trian: [9, 1]",
            r"trian: unknown key. Did you mean 'train'\?",
        ),
    ],
)
def test_a_mistake_is_named(old: str, new: str, message: str) -> None:
    assert old in GOOD
    with pytest.raises(TailmarkError, match=f"(?s){message}"):
        params.parse(GOOD.replace(old, new, 1))


def test_a_suite_that_is_named_like_a_kind_of_split_keeps_its_name() -> None:
    with pytest.raises(TailmarkError, match=r"suites.tail.seedz: unknown key. Did you mean 'seeds'"):
        params.parse(GOOD.replace("  one:", "  tail:").replace("seeds:", "seedz:"))


def test_all_mistakes_are_told_at_once() -> None:
    with pytest.raises(TailmarkError, match=r"(?s)2 mistakes.*ratio.*seeds"):
        params.parse(GOOD.replace("ratio: 10", "ratio: 0").replace("[0, 1, 2]", "[]"))


def test_a_missing_or_empty_file_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(TailmarkError, match=r"tailmark use quick"):
        params.load(tmp_path / "params.yaml")
    with pytest.raises(TailmarkError, match=r"keys and values"):
        params.parse("")


def test_an_unknown_suite_is_named() -> None:
    with pytest.raises(TailmarkError, match=r"no suite 'on'.*it has one. Did you mean 'one'\?"):
        params.suite(params.parse(GOOD), "on")


def test_params_yaml_here_is_a_valid_tier() -> None:
    here = Path(__file__).parents[2] / "params.yaml"
    assert params.load(here).tier == yaml.safe_load(here.read_text())["tier"]
