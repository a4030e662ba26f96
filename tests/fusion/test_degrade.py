"""Views that are lost to noise: as many as asked for, one a sample, the same for every method."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tailmark.fusion.degrade import degraded, noisy, victims


@given(st.integers(0, 50), st.floats(0, 1), st.integers(1, 4))
def test_a_share_of_the_samples_loses_one_view(seed: int, share: float, views: int) -> None:
    which = victims(4000, share, views, seed)
    assert abs((which >= 0).mean() - share) < 0.05
    assert set(np.unique(which[which >= 0])) <= set(range(views))
    np.testing.assert_array_equal(which, victims(4000, share, views, seed))


def test_who_is_degraded_does_not_depend_on_the_other_rows() -> None:
    pool = np.full((100, 3, 3), 7, np.uint8)
    rows = np.arange(100)
    whole = degraded({"a": pool, "b": pool}, rows, 100, 0.4, seed=1)
    part = degraded({"a": pool[50:], "b": pool[50:]}, rows[50:], 100, 0.4, seed=1)
    for name in "ab":
        lost = (whole[name] != 7).any((1, 2))
        np.testing.assert_array_equal(lost[50:], (part[name] != 7).any((1, 2)))
    both = (whole["a"] != 7).any((1, 2)) & (whole["b"] != 7).any((1, 2))
    assert not both.any(), "a sample keeps one view"


def test_the_noise_is_no_brighter_than_the_images() -> None:
    pool = np.random.default_rng(0).integers(7, size=(50, 4, 4), dtype=np.uint8)
    found = noisy(pool, np.ones(50, bool), np.random.default_rng(1))
    assert set(np.unique(found)) == set(range(7))
    assert not np.array_equal(found, pool)


def test_the_noise_of_a_table_is_the_row_of_another_sample() -> None:
    table = np.arange(40, dtype=np.float32).reshape(20, 2)
    where = np.arange(20) < 10
    found = noisy(table, where, np.random.default_rng(0))
    np.testing.assert_array_equal(found[~where], table[~where])
    assert {tuple(row) for row in found} <= {tuple(row) for row in table}
    assert not np.array_equal(found[where], table[where])
