"""Splits: exact counts, disjointness, nesting, and the same bits for the same seed."""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import sha256
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tailmark import splits
from tailmark.errors import TailmarkError
from tailmark.splits import Split

seeds = st.integers(0, 10_000)


@dataclass(frozen=True)
class Fake:
    """Labels alone are all that a split sees of a dataset."""

    labels: np.ndarray
    classes: tuple[str, ...]
    columns: dict[str, np.ndarray] = field(default_factory=dict)
    name: str = "fake"


def source(counts: list[int], *, official: bool = False, groups: int = 0) -> Fake:
    labels = np.random.default_rng(7).permutation(np.repeat(np.arange(len(counts)), counts)).astype(np.int16)
    columns = {}
    if official:
        columns["partition"] = (np.arange(len(labels)) % 6 == 5).astype(np.int8)
    if groups:
        columns["group"] = (labels.astype(np.int32) * groups + np.arange(len(labels)) % groups).astype(
            np.int32
        )
    return Fake(labels, tuple(f"c{i}" for i in range(len(counts))), columns)


def untested() -> Fake:
    """No class is in the official test set."""
    of = source([90] * 3, official=True)
    of.columns["partition"][:] = 0
    return of


def tail(of: Fake, seed: int = 0, **changes: object) -> Split:
    settings = {"ratio": 10, "head": None, "test_per_class": 20, "mixes": ("uniform",), "at_random": True}
    return splits.tail(of, seed, **{**settings, **changes})  # type: ignore[arg-type]


def groups(of: Fake, seed: int = 0, **changes: object) -> Split:
    settings = {"ratio": 10, "majority": (0, 1), "test_per_class": 20, "at_random": True}
    return splits.groups(of, seed, **{**settings, **changes})  # type: ignore[arg-type]


def natural(of: Fake, seed: int = 0, **changes: object) -> Split:
    settings = {"test_per_class": 30, "positive": (), "grouped": False, "at_random": True}
    return splits.natural(of, seed, **{**settings, **changes})  # type: ignore[arg-type]


def counts(of: Fake, seed: int = 0, **changes: object) -> Split:
    settings = {"train": (60, 40, 20), "test_per_class": 20, "at_random": True}
    return splits.counts(of, seed, **{**settings, **changes})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("ratio", "counts", "total"),
    [
        (100, [4659, 2792, 1674, 1003, 601, 360, 216, 129, 77, 46], 11_557),
        (50, [4659, 3016, 1953, 1264, 818, 530, 343, 222, 143, 93], 13_041),
        (10, [4659, 3607, 2792, 2162, 1674, 1296, 1003, 777, 601, 465], 19_036),
        (1, [4659] * 10, 46_590),
    ],
)
def test_the_long_tail_of_paper_004(ratio: int, counts: list[int], total: int) -> None:
    assert splits.tail_counts(4659, ratio, 10) == counts
    assert sum(counts) == total


@pytest.mark.parametrize(
    ("mix", "counts"),
    [
        ("forward-50", [892, 577, 373, 242, 156, 101, 65, 42, 27, 17]),
        ("forward-10", [892, 690, 534, 414, 320, 248, 192, 148, 115, 89]),
        ("backward-10", [89, 115, 148, 192, 248, 320, 414, 534, 690, 892]),
        ("uniform", [892] * 10),
    ],
)
def test_the_test_mixes_of_paper_004(mix: str, counts: list[int]) -> None:
    assert splits.mix_counts(mix, [np.arange(892 + i) for i in range(10)]) == counts


@given(seeds, st.floats(1, 30), st.integers(2, 6))
def test_a_tail_has_exact_counts_and_nothing_twice(seed: int, ratio: float, k: int) -> None:
    split = tail(source([120] * k), seed, ratio=ratio, mixes=("uniform", "forward-4", "backward-4"))
    assert split.counts("train").tolist() == splits.tail_counts(100, ratio, k)
    assert split.counts("uniform").tolist() == [20] * k
    assert split.counts("backward-4").tolist() == split.counts("forward-4").tolist()[::-1]
    for role, rows in split.roles.items():
        assert len(np.unique(rows)) == len(rows), role
        if role in split.mixes:
            assert not np.intersect1d(rows, split.roles["full"]).size
    assert np.isin(split.roles["train"], split.roles["full"]).all()
    np.testing.assert_array_equal(split.tested(), split.roles["uniform"])


@given(seeds, st.lists(st.integers(1, 40), min_size=2, max_size=4, unique=True))
def test_a_stronger_imbalance_takes_part_of_what_a_weaker_takes(seed: int, ratios: list[int]) -> None:
    of, by_groups = source([150] * 4), source([150] * 4)
    for weak, strong in pairwise(sorted(ratios)):
        for make, data in ((tail, of), (groups, by_groups)):
            inner, outer = make(data, seed, ratio=strong).roles, make(data, seed, ratio=weak).roles
            assert np.isin(inner["train"], outer["train"]).all()


@given(seeds)
def test_groups_become_two_classes(seed: int) -> None:
    of = source([120, 100, 80, 100], official=True)
    split = groups(of, seed, test_per_class=None, ratio=20)
    pool = of.columns["partition"] == 0
    keep = int(pool.sum() / 4 // 20)
    assert split.counts("train").tolist() == [int((pool & (of.labels < 2)).sum()), 2 * keep]
    assert split.counts("full").sum() == pool.sum()
    np.testing.assert_array_equal(split.roles["test"], np.flatnonzero(of.columns["partition"] == 1))
    assert split.classes == ("c0+c1", "the rest")


@given(seeds, st.lists(st.integers(1, 70), min_size=2, max_size=5), st.booleans())
def test_explicit_counts_are_met_beside_a_balanced_test(seed: int, train: list[int], official: bool) -> None:
    of = source([120] * len(train), official=official)
    split = counts(of, seed, train=tuple(train), test_per_class=10)
    assert split.counts("train").tolist() == train
    assert split.counts("full").tolist() == [max(train)] * len(train)
    assert split.counts("test").tolist() == [10] * len(train)
    assert np.isin(split.roles["train"], split.roles["full"]).all()
    assert not np.intersect1d(split.roles["full"], split.roles["test"]).size
    assert all(len(np.unique(rows)) == len(rows) for rows in split.roles.values())
    if official:
        assert not of.columns["partition"][split.roles["full"]].any()
        assert of.columns["partition"][split.roles["test"]].all()


@given(seeds, st.integers(1, 99))
def test_an_official_test_set_gives_what_its_smallest_class_has(seed: int, asked: int) -> None:
    of = source([300, 200, 90], official=True)
    smallest = min(np.bincount(of.labels[of.columns["partition"] == 1]))
    split = counts(of, seed, test_per_class=asked)
    assert split.counts("test").tolist() == [min(asked, smallest)] * 3


@given(seeds)
def test_smaller_counts_are_nested_in_larger_ones(seed: int) -> None:
    of = source([100] * 3)
    small, large = counts(of, seed, train=(60, 20, 5)), counts(of, seed, train=(60, 40, 20))
    assert np.isin(small.roles["train"], large.roles["train"]).all()
    np.testing.assert_array_equal(small.roles["test"], large.roles["test"])


def test_without_enough_for_a_balanced_set_there_is_no_role_full() -> None:
    assert set(counts(source([80, 60, 79])).roles) == {"train", "test"}
    assert counts(source([80, 80, 80])).counts("full").tolist() == [60] * 3


@pytest.mark.parametrize("official", [True, False])
def test_counts_of_the_paper_are_the_first_in_file_order(official: bool) -> None:
    of = source([150, 120, 90], official=official)
    split = counts(of, at_random=False)
    for label, n in enumerate((60, 40, 20)):
        rows = np.flatnonzero(of.labels == label)
        if official:
            part = of.columns["partition"][rows]
            tested, pool = rows[part == 1], rows[part == 0]
        else:
            tested, pool = rows, rows[20:]
        assert np.isin(pool[:n], split.roles["train"]).all()
        assert np.isin(tested[: split.counts("test")[0]], split.roles["test"]).all()


@given(seeds)
def test_a_natural_split_has_a_balanced_test_and_loses_nothing(seed: int) -> None:
    of = source([300, 90, 60])
    split = natural(of, seed, positive=("c1", "c2"))
    assert split.counts("test").tolist() == [30, 30]
    assert split.counts("train").tolist() == [270, 120]
    assert not np.intersect1d(split.roles["train"], split.roles["test"]).size


@given(seeds)
def test_a_grouped_split_keeps_every_group_on_one_side(seed: int) -> None:
    of = source([600, 200], groups=20)
    split = natural(of, seed, grouped=True)
    tested = of.columns["group"][split.roles["test"]]
    assert split.counts("test").tolist() == [30, 30]
    assert not np.intersect1d(of.columns["group"][split.roles["train"]], tested).size
    per_group = np.unique(tested, return_counts=True)[1]
    assert len(per_group) >= 2 * splits.FEWEST_GROUPS and per_group.max() <= 6  # 30 rows, dealt over 5 groups


def test_paper_and_released_take_the_first_in_file_order() -> None:
    of = source([200, 80])
    split = natural(of, at_random=False)
    for label in (0, 1):
        first = np.flatnonzero(of.labels == label)[:30]
        assert np.isin(first, split.roles["test"]).all()
    assert split.digest("train") == natural(of, seed=9, at_random=False).digest("train")


@given(seeds, seeds)
def test_a_seed_decides_and_another_seed_decides_otherwise(one: int, other: int) -> None:
    of = source([120] * 4)
    assert tail(of, one).digest("train") == tail(of, one).digest("train")
    if one != other:
        assert tail(of, one).digest("train") != tail(of, other).digest("train")
        official = source([200] * 3, official=True)
        drawn = [counts(official, seed).roles for seed in (one, other)]
        assert all(drawn[0][role].tolist() != drawn[1][role].tolist() for role in ("train", "test"))


def test_the_bits_of_a_seed_are_these_on_every_platform() -> None:
    rows = tail(source([120] * 4), 3, ratio=8).roles["train"].astype("<i8")
    assert sha256(rows.tobytes()).hexdigest()[:16] == "eed976e469e192ee"


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: tail(source([50] * 3), head=40), "needs 40 samples of class c0, but there are 30"),
        (lambda: tail(source([50] * 3), ratio=100), "needs 1 samples of the last class at ratio 100"),
        (lambda: groups(source([100] * 4), ratio=500), "needs 1 samples of a minority class at ratio 500"),
        (lambda: natural(source([100, 20])), "needs 31 samples of class c1, but there are 20"),
        (lambda: tail(source([50] * 3), test_per_class=None), "no official test set.*test_per_class"),
        (lambda: groups(source([90] * 4, official=True)), "has an official test set.*Leave it out"),
        (lambda: natural(source([90] * 2), positive=("A",)), "no class A; its classes are c0, c1"),
        (lambda: natural(source([90] * 2), grouped=True), "has no groups. Set grouped: false"),
        (lambda: counts(source([90, 90, 30])), "needs 20 samples of class c2, but there are 10"),
        (lambda: counts(source([90, 90, 20])), "needs 21 samples of class c2, but there are 20"),
        (
            lambda: counts(source([90] * 4)),
            r"4 classes \(c0, c1, c2, c3\), but the split counts 3: 60, 40, 20",
        ),
        (lambda: counts(untested()), "needs 1 samples of the smallest class of the official test set"),
    ],
)
def test_what_cannot_be_made_says_why(make: object, message: str) -> None:
    with pytest.raises(TailmarkError, match=message):
        make()  # type: ignore[operator]
