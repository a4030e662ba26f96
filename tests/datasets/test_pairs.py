"""Pairs are of one class, balanced, and use no sample twice; modalities that disagree are refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tailmark.datasets import Parsed
from tailmark.datasets.pairs import files_of, joined, paired
from tailmark.errors import TailmarkError

counts = st.lists(st.integers(1, 12), min_size=3, max_size=3)


def modality(train: list[int], test: list[int], seed: int = 0) -> Parsed:
    """Each sample's one value is where it is; labels are in no order."""
    draws = np.random.default_rng(seed)
    labels = [draws.permutation(np.repeat(np.arange(len(part)), part)) for part in (train, test)]
    n = sum(train) + sum(test)
    return Parsed(
        {"image": np.arange(n).reshape(n, 1)},
        np.concatenate(labels).astype(np.int16),
        {"partition": np.repeat(np.array([0, 1], np.int8), [sum(train), sum(test)])},
    )


@given(counts, counts, counts, counts)
def test_pairs_are_of_one_class_and_part_and_none_is_used_twice(
    train_a: list[int], test_a: list[int], train_b: list[int], test_b: list[int]
) -> None:
    sources = {"a": modality(train_a, test_a), "b": modality(train_b, test_b, seed=1)}
    found = paired("a+b", sources)
    part = found.columns["partition"]
    for role, sizes in ((0, train_a + train_b), (1, test_a + test_b)):
        assert np.bincount(found.labels[part == role]).tolist() == [min(sizes)] * 3
    for name, source in sources.items():
        rows = found.columns[f"row/{name}"]
        assert len(np.unique(rows)) == len(rows)
        np.testing.assert_array_equal(source.labels[rows], found.labels)
        np.testing.assert_array_equal(source.columns["partition"][rows], part)
        np.testing.assert_array_equal(found.views[name][:, 0], rows)


def test_the_same_pairs_every_time_and_others_for_another_dataset() -> None:
    sources = {"a": modality([40, 40], [9, 9]), "b": modality([50, 30], [9, 9], seed=1)}
    one, again, other = (paired(name, sources).columns for name in ("a+b", "a+b", "c"))
    assert one["row/b"].tolist() == again["row/b"].tolist() != other["row/b"].tolist()
    assert one["row/a"].tolist() != one["row/b"].tolist()


def test_the_pairs_are_shuffled() -> None:
    found = paired("a+b", {"a": modality([500], [1]), "b": modality([500], [1])}).columns
    assert abs(np.corrcoef(found["row/a"][:500], found["row/b"][:500])[0, 1]) < 0.2


def test_without_parts_there_is_one() -> None:
    source = Parsed({"image": np.arange(6)[:, None]}, np.array([0, 1, 0, 1, 1, 1], np.int16))
    found = paired("a+b", {"a": source, "b": source})
    assert np.bincount(found.labels).tolist() == [2, 2]
    assert set(found.columns) == {"row/a", "row/b"}


def test_a_class_that_one_modality_lacks_is_named() -> None:
    with pytest.raises(TailmarkError, match=r"a\+b: .*'b' has none of class 1 among its test samples"):
        paired("a+b", {"a": modality([3, 3], [2, 2]), "b": modality([3, 3], [2])})


def test_samples_that_belong_together() -> None:
    labels = np.array([0, 1], np.int16)
    one = Parsed({"image": np.zeros((2, 4))}, labels, {"group": np.array([5, 6])})
    other = Parsed({"sound": np.zeros((2, 3)), "text": np.zeros((2, 2))}, labels)
    found = joined("clips", {"film": one, "words": other})
    assert list(found.views) == ["film", "words/sound", "words/text"]
    assert found.labels.tolist() == [0, 1] and found.columns["group"].tolist() == [5, 6]


def test_another_number_of_samples_is_told() -> None:
    one, other = (Parsed({"x": np.zeros((n, 1))}, np.zeros(n, np.int16)) for n in (1200, 3))
    with pytest.raises(
        TailmarkError,
        match=r"^clips: expected every modality to have the same samples, but 'film' has 1,200, 'words' has 3\.",
    ):
        joined("clips", {"film": one, "words": other})


def test_a_label_that_differs_between_modalities_is_told() -> None:
    one = Parsed({"x": np.zeros((4, 1))}, np.array([0, 1, 0, 1], np.int16))
    other = Parsed({"x": np.zeros((4, 1))}, np.array([0, 0, 0, 2], np.int16))
    with pytest.raises(
        TailmarkError, match=r"2 of 4 have another in 'words' than in 'film'; the first is row 1 \(0 and 1\)"
    ):
        joined("clips", {"film": one, "words": other})


def test_files_of_one_folder() -> None:
    paths = {"mnist/a.gz": Path("x"), "fashion_mnist/a.gz": Path("y"), "a.gz": Path("z")}
    assert files_of("mnist", paths) == {"a.gz": Path("x")}
