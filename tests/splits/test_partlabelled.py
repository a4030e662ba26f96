"""Splits with few labels: exact counts, nothing twice, every class labelled, and draws of one seed that nest."""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256
from itertools import combinations, pairwise
from math import ceil
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tailmark import datasets, splitfiles, splits
from tailmark.datasets import Parsed, Prepared
from tailmark.datasets.pairs import paired
from tailmark.errors import TailmarkError
from tailmark.params import SemiSplit, Suite
from tailmark.partlabelled import check, labelled_of, partlabelled, pool_counts
from tailmark.splits import Split

PROFILES = ("same", "uniform", "reversed")
seeds = st.integers(0, 10_000)


def source(counts: list[int], *, official: bool = False) -> Prepared:
    """Labels in no order; an official test set is every sixth sample."""
    labels = np.random.default_rng(7).permutation(np.repeat(np.arange(len(counts)), counts)).astype(np.int16)
    columns = {"partition": (np.arange(len(labels)) % 6 == 5).astype(np.int8)} if official else {}
    return Prepared("fake", {}, labels, columns, tuple(f"c{i}" for i in range(len(counts))), {}, "")


def made(of: Prepared, seed: int = 0, **changes: object) -> Split:
    settings = {
        "ratio": 10,
        "head": 100,
        "test_per_class": 20,
        "mixes": ("uniform", "backward-4"),
        "labelled": 0.1,
        "pool": "same",
        "at_random": True,
    }
    return partlabelled(of, seed, **{**settings, **changes})  # type: ignore[arg-type]


def suite() -> Suite:
    """One split of the real data, two seeds; it is never trained, so it needs no methods."""
    spec = SemiSplit(kind="semi", ratio=10, labelled=0.1, pool="uniform", head=60, test_per_class=50)
    return Suite.model_construct(splits=(spec,), protocols=("corrected",), seeds=(0, 1))


@given(seeds, st.floats(1, 30), st.integers(2, 6), st.floats(0.01, 0.9), st.sampled_from(PROFILES))
def test_exact_counts_and_nothing_in_two_roles(
    seed: int, ratio: float, k: int, labelled: float, pool: str
) -> None:
    split = made(source([320] * k), seed, ratio=ratio, labelled=labelled, pool=pool)
    assert list(split.roles) == ["train", "labelled", "pool", "uniform", "backward-4"]
    sizes = splits.tail_counts(100, ratio, k)
    known = [labelled_of(n, labelled) for n in sizes]
    assert split.counts("train").tolist() == sizes
    assert split.counts("labelled").tolist() == known and min(known) >= 1
    left = [n - few for n, few in zip(sizes, known, strict=True)]
    assert split.counts("pool").tolist() == pool_counts(pool, left)
    assert len(split.roles["pool"]) == sum(left)
    for one, other in combinations(("labelled", "pool", "uniform"), 2):
        assert not np.intersect1d(split.roles[one], split.roles[other]).size
    assert np.isin(split.roles["labelled"], split.roles["train"]).all()
    for rows in split.roles.values():
        assert (np.diff(rows) > 0).all()
    check(split, "here")


@pytest.mark.parametrize(
    ("profile", "counts"), [("same", [90, 40, 9]), ("reversed", [9, 40, 90]), ("uniform", [47, 46, 46])]
)
def test_the_profiles_of_a_pool(profile: str, counts: list[int]) -> None:
    assert pool_counts(profile, [90, 40, 9]) == counts


def test_a_pool_of_the_same_imbalance_is_the_rest_of_the_tail() -> None:
    split = made(source([150] * 4))
    both = np.union1d(split.roles["labelled"], split.roles["pool"])
    np.testing.assert_array_equal(both, split.roles["train"])


@given(st.integers(1, 10_000), st.integers(1, 99))
def test_percents_are_rounded_up_as_on_paper(size: int, percent: int) -> None:
    assert labelled_of(size, percent / 100) == -(-percent * size // 100) >= 1


def test_a_fraction_that_no_float_is_labels_no_sample_too_many() -> None:
    assert ceil(0.07 * 100) == 8 and labelled_of(100, 0.07) == 7


@given(seeds, st.sampled_from(PROFILES))
def test_a_smaller_fraction_labels_part_of_what_a_larger_one_labels(seed: int, pool: str) -> None:
    of = source([320] * 4)
    found = [made(of, seed, labelled=few, pool=pool).roles for few in (0.05, 0.1, 0.2)]
    for small, large in pairwise(found):
        assert np.isin(small["labelled"], large["labelled"]).all()
        np.testing.assert_array_equal(small["uniform"], large["uniform"])


@given(seeds, st.lists(st.integers(1, 40), min_size=2, max_size=4, unique=True))
def test_a_stronger_imbalance_takes_part_of_what_a_weaker_takes(seed: int, ratios: list[int]) -> None:
    of = source([150] * 4)
    for weak, strong in pairwise(sorted(ratios)):
        outer, inner = (made(of, seed, ratio=ratio).roles for ratio in (weak, strong))
        assert all(np.isin(inner[role], outer[role]).all() for role in ("train", "labelled"))


@given(seeds)
def test_what_is_labelled_and_tested_is_the_same_for_every_pool(seed: int) -> None:
    of = source([320] * 4)
    found = [made(of, seed, pool=pool) for pool in PROFILES]
    for role in ("train", "labelled", "uniform", "backward-4"):
        assert len({split.digest(role) for split in found}) == 1
        assert len({split.roles[role].tobytes() for split in found}) == 1
    assert len({split.roles["pool"].tobytes() for split in found}) == 3


@given(seeds, seeds)
def test_a_seed_decides_and_another_seed_decides_otherwise(one: int, other: int) -> None:
    of = source([120] * 4)
    assert made(of, one, head=90).digest("labelled") == made(of, one, head=90).digest("labelled")
    if one != other:
        assert made(of, one, head=90).digest("labelled") != made(of, other, head=90).digest("labelled")


def test_the_tail_is_that_of_a_fully_labelled_split() -> None:
    of = source([150] * 4)
    plain = splits.tail(
        of, 3, ratio=8, head=100, test_per_class=20, mixes=("uniform", "backward-4"), at_random=True
    )
    assert made(of, 3, ratio=8).digest("train") == plain.digest("train")


def test_the_bits_of_a_seed_are_these_on_every_platform() -> None:
    roles = made(source([320] * 4), 3, ratio=8, pool="reversed").roles
    bits = [sha256(roles[role].astype("<i8").tobytes()).hexdigest()[:8] for role in ("labelled", "pool")]
    assert bits == ["b074c936", "68a76e1c"]


@given(seeds, st.sampled_from(PROFILES))
def test_the_halves_of_every_pair_are_of_the_class_of_the_split(seed: int, pool: str) -> None:
    draws = np.random.default_rng(1)
    halves = {}
    for name in ("a", "b"):
        labels = draws.permutation(np.repeat([0, 1, 2], 90)).astype(np.int16)
        halves[name] = Parsed({"image": np.zeros((270, 1))}, labels, {"partition": np.arange(270) % 3 == 2})
    pairs = paired("a+b", halves)
    of = replace(source([1] * 3), labels=pairs.labels, columns=pairs.columns)
    split = made(of, seed, head=30, ratio=5, test_per_class=None, pool=pool)
    for role, rows in split.roles.items():
        for name, half in halves.items():
            np.testing.assert_array_equal(
                half.labels[pairs.columns[f"row/{name}"][rows]], split.targets[rows]
            )
            tested = half.columns["partition"][pairs.columns[f"row/{name}"][rows]]
            assert tested.all() if role in split.mixes else not tested.any()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"pool": "uniform"}, "uniform pool of 'fake' needs 79 samples of class c3 .* there are 38"),
        ({"pool": "reversed"}, "reversed pool of 'fake' needs 180 samples of class c3 .* there are 38"),
        ({"head": 1, "ratio": 1}, "leaves no sample for the pool. Lower `labelled`"),
        ({"head": 300}, "needs 300 samples of class c0, but there are 280"),
    ],
)
def test_what_cannot_be_made_says_why(changes: dict[str, object], message: str) -> None:
    with pytest.raises(TailmarkError, match=message):
        made(source([300, 300, 300, 60]), **{"head": 200, **changes})


def test_a_pool_that_overlaps_the_test_set_is_refused() -> None:
    split = made(source([150] * 3))
    leaked = np.union1d(split.roles["pool"], split.roles["uniform"][:7])
    broken = replace(split, roles={**split.roles, "pool": leaked})
    named = ", ".join(map(str, split.roles["uniform"][:5]))
    with pytest.raises(
        TailmarkError, match=rf"file x: .*7 of its \d+ rows are tested too: {named} and others"
    ):
        check(broken, "file x")


def test_a_pool_that_overlaps_the_labelled_samples_is_refused() -> None:
    split = made(source([150] * 3))
    leaked = np.union1d(split.roles["pool"], split.roles["labelled"][:1])
    with pytest.raises(
        TailmarkError, match=rf"1 of its .* labelled too: {split.roles['labelled'][0]}\. Take"
    ):
        check(replace(split, roles={**split.roles, "pool": leaked}), "here")


def test_a_split_without_a_pool_is_refused() -> None:
    split = made(source([150] * 3))
    without = {role: rows for role, rows in split.roles.items() if role != "pool"}
    with pytest.raises(TailmarkError, match="here: expected unlabelled samples in the role `pool`, got none"):
        check(replace(split, roles=without), "here")


def test_a_class_without_a_labelled_sample_is_named() -> None:
    split = made(source([150] * 3))
    rows = split.roles["labelled"]
    kept = rows[split.targets[rows] != 1]
    with pytest.raises(TailmarkError, match="class c1 has none"):
        check(replace(split, roles={**split.roles, "labelled": kept}), "here")


def test_a_split_is_read_back_as_it_was_made(prepared_root: Path, tmp_path: Path) -> None:
    of, (spec,) = datasets.load(prepared_root / "mfeat"), suite().splits
    (path,) = splitfiles.write_all(suite(), of, tmp_path)
    assert path.name == "tail-10-labels-10-uniform-corrected.parquet"
    for seed, read in splitfiles.read(path).items():
        whole = splitfiles.make(spec, of, "corrected", seed)
        assert list(read.roles) == list(whole.roles)
        assert all(read.digest(role) == whole.digest(role) for role in whole.roles)


def test_a_file_that_was_made_by_hand_is_checked(
    prepared_root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def leaking(*args: object, **settings: object) -> Split:
        split = partlabelled(*args, **settings)  # type: ignore[arg-type]
        return replace(split, roles={**split.roles, "pool": split.roles["uniform"]})

    monkeypatch.setattr(splitfiles, "partlabelled", leaking)
    of = datasets.load(prepared_root / "mfeat")
    (path,) = splitfiles.write_all(suite(), of, tmp_path)
    with pytest.raises(TailmarkError, match=r"corrected.parquet, seed 0: .*neither labelled nor tested"):
        splitfiles.read(path)
