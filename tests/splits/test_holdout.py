"""The split of medical data: whole groups on one side, the imbalance kept on both."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tailmark.errors import TailmarkError
from tailmark.holdout import holdout
from tailmark.splits import Split

seeds = st.integers(0, 10_000)
shares = st.sampled_from([0.1, 0.2, 0.3, 0.5])


@dataclass(frozen=True)
class Fake:
    """Labels and groups are all that a split sees of a dataset."""

    labels: np.ndarray
    classes: tuple[str, ...]
    columns: dict[str, np.ndarray] = field(default_factory=dict)
    name: str = "fake"


def patients(counts: tuple[int, ...] = (2000, 300, 120), groups: int = 400, seed: int = 7) -> Fake:
    """Patients of very different numbers of pictures, each with pictures of several classes."""
    draws = np.random.default_rng(seed)
    labels = draws.permutation(np.repeat(np.arange(len(counts)), counts)).astype(np.int16)
    weights = draws.pareto(3, groups) + 0.2
    group = draws.choice(groups, len(labels), p=weights / weights.sum()).astype(np.int32)
    return Fake(labels, tuple(f"c{i}" for i in range(len(counts))), {"group": group})


def split(of: Fake, seed: int = 0, **changes: object) -> Split:
    settings = {"share": 0.2, "positive": (), "grouped": True}
    return holdout(of, seed, **{**settings, **changes})  # type: ignore[arg-type]


def share_tested(of: Fake, made: Split) -> np.ndarray:
    """The share of each class that is tested."""
    return made.counts("test") / np.bincount(of.labels)


@given(seeds, shares)
def test_no_group_is_on_both_sides_and_every_class_keeps_its_share(seed: int, share: float) -> None:
    of = patients()
    made = split(of, seed, share=share)
    train, test = made.roles["train"], made.roles["test"]
    np.testing.assert_array_equal(np.sort(np.concatenate([train, test])), np.arange(len(of.labels)))
    assert not np.intersect1d(of.columns["group"][train], of.columns["group"][test]).size
    assert np.abs(share_tested(of, made) - share).max() < 0.02


@given(seeds, shares)
def test_a_plain_split_has_exact_shares(seed: int, share: float) -> None:
    of = patients()
    made = split(of, seed, share=share, grouped=False)
    train, test = made.roles["train"], made.roles["test"]
    np.testing.assert_array_equal(np.sort(np.concatenate([train, test])), np.arange(len(of.labels)))
    assert made.counts("test").tolist() == [round(share * n) for n in (2000, 300, 120)]
    assert np.intersect1d(of.columns["group"][train], of.columns["group"][test]).size  # it is not grouped


@pytest.mark.parametrize("grouped", [True, False])
@given(one=seeds, other=seeds)
def test_a_seed_decides_and_another_seed_decides_otherwise(grouped: bool, one: int, other: int) -> None:
    of = patients()
    first = split(of, one, grouped=grouped).digest("train")
    assert split(of, one, grouped=grouped).digest("train") == first
    assert (split(of, other, grouped=grouped).digest("train") == first) == (one == other)


def test_every_patient_is_as_likely_to_be_tested() -> None:
    """Whatever the number of pictures: filling the shares must not prefer the small."""
    of = patients()
    sizes = np.bincount(of.columns["group"])
    times = np.zeros(len(sizes))
    for seed in range(200):
        times[np.unique(of.columns["group"][split(of, seed).roles["test"]])] += 1
    by_size = np.argsort(sizes)[np.count_nonzero(sizes == 0) :]
    for some in np.array_split(by_size, 4):
        assert times[some].mean() / 200 == pytest.approx(0.2, abs=0.02)


def test_some_classes_against_the_rest() -> None:
    of = patients()
    made = split(of, positive=("c1", "c2"))
    assert made.classes == ("the rest", "c1+c2") and made.mixes == ("test",)
    np.testing.assert_allclose(made.counts("test") / [2000, 420], 0.2, atol=0.01)


@pytest.mark.parametrize(
    ("of", "grouped", "message"),
    [
        (patients((900, 2), 50), False, r"tests a share of 0.2, and the test set has no sample of class c1\. Change"),
        (Fake(np.repeat([0, 1], [90, 9]), ("a", "b"), {"group": np.repeat([*range(90), 99], [1] * 90 + [9])}), True,
         r"a share of 0.2 in whole groups, and the test set has no sample of class b\."),
        (Fake(np.zeros(90, np.int16), ("a", "b")), False, r"the test set has no sample of class b\."),
    ],
)  # fmt: skip
def test_a_test_without_some_class_is_refused(of: Fake, grouped: bool, message: str) -> None:
    with pytest.raises(TailmarkError, match=message):
        split(of, grouped=grouped)


def test_training_without_some_class_is_refused() -> None:
    with pytest.raises(TailmarkError, match=r"the training set has no sample of class c1"):
        split(patients((900, 2), 50), share=0.9, grouped=False)


def test_groups_are_needed_for_a_grouped_split() -> None:
    with pytest.raises(TailmarkError, match="'fake' has no groups"):
        split(Fake(np.repeat([0, 1], 50), ("a", "b")))
