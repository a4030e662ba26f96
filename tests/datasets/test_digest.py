"""The content digest sees every value and nothing of how arrays lie in memory."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from tailmark.datasets import Parsed
from tailmark.datasets.digest import content_digest

matrices = arrays.arrays(np.float32, (4, 3), elements=st.floats(-1, 1, width=32))
LABELS = np.array([0, 1, 0, 1], np.int16)


def digest(view: np.ndarray, labels: np.ndarray = LABELS, **columns: np.ndarray) -> str:
    return content_digest(Parsed({"features": view}, labels, columns))


def test_golden() -> None:
    expected = hashlib.sha256(
        b"view features |u1 (2, 1)\n" + bytes([7, 8]) + b"labels <i2 (2,)\n" + bytes([1, 0, 0, 0])
        + b"column group <i4 (2,)\n" + bytes([5, 0, 0, 0, 6, 0, 0, 0])
    )  # fmt: skip
    got = digest(np.array([[7], [8]], np.uint8), np.array([1, 0], np.int16), group=np.array([5, 6], np.int32))
    assert got == expected.hexdigest()


@given(matrices)
def test_memory_layout_does_not_matter(view: np.ndarray) -> None:
    other = {digest(view), digest(np.asfortranarray(view)), digest(view.astype(">f4"))}
    assert other == {digest(np.repeat(view, 2, axis=1)[:, ::2])}


@given(matrices, st.integers(0, 3), st.integers(0, 2))
def test_every_value_matters(view: np.ndarray, row: int, column: int) -> None:
    changed = view.copy()
    changed[row, column] += 2
    assert digest(changed) != digest(view)


@pytest.mark.parametrize(
    "other",
    [
        digest(np.zeros((4, 2), np.float64)),
        digest(np.zeros((2, 4), np.float32)),
        digest(np.zeros((4, 2), np.float32), 1 - LABELS),
        digest(np.zeros((4, 2), np.float32), group=LABELS),
        content_digest(Parsed({"other": np.zeros((4, 2), np.float32)}, LABELS)),
    ],
    ids=["type", "shape", "labels", "columns", "name"],
)
def test_everything_else_matters(other: str) -> None:
    assert other != digest(np.zeros((4, 2), np.float32))
