"""The scales that standardise views, and categories that training never saw."""

from __future__ import annotations

import logging

import numpy as np
import pytest
import torch

from tailmark.fusion import pools
from tailmark.fusion.pools import Batches, scales, without_unseen
from tailmark.nets.views import ViewShape

DRAWS = np.random.default_rng(0)
PHOTO, TABLE = ViewShape("photo", "image", (5, 4, 3)), ViewShape("patient", "table", (3,), (2, 0, 0))


def test_images_are_standardised_channel_by_channel(monkeypatch: pytest.MonkeyPatch) -> None:
    pool = DRAWS.integers(256, size=(50, 5, 4, 3), dtype=np.uint8)
    rows = np.arange(10, 40)
    monkeypatch.setattr(pools, "AT_A_TIME", 7)  # sums over pieces are the sum over all
    found = scales(pool, rows, PHOTO)
    expected = pool[rows].reshape(-1, 3) / 255
    np.testing.assert_allclose(found.mean, expected.mean(0), rtol=1e-5)
    np.testing.assert_allclose(found.spread, expected.std(0), rtol=1e-5)
    batches = Batches({"photo": pool}, {"photo": found}, torch.device("cpu"))
    values = batches.standardised("photo", batches.raw("photo", torch.from_numpy(rows)))
    np.testing.assert_allclose(values.mean((0, 1, 2)), 0, atol=1e-5)
    np.testing.assert_allclose(values.std((0, 1, 2), correction=0), 1, atol=1e-5)


def test_a_grey_image_gets_its_channel_and_stays_bytes_in_memory() -> None:
    pool = DRAWS.integers(256, size=(9, 4, 4), dtype=np.uint8)
    batches = Batches(
        {"grey": pool},
        {"grey": scales(pool, np.arange(9), ViewShape("grey", "image", (4, 4, 1)))},
        torch.device("cpu"),
    )
    assert batches.pools["grey"].dtype == torch.uint8
    assert batches.raw("grey", torch.tensor([2, 5])).shape == (2, 4, 4, 1)


def test_numbers_of_a_table_are_standardised_and_codes_are_left_alone() -> None:
    table = np.array([[1, 10, 7], [2, np.nan, 7], [0, 30, 7], [2, 99, 9]], np.float32)
    found = scales(table, np.arange(3), TABLE)
    np.testing.assert_allclose(found.mean, [0, 20, 7])
    np.testing.assert_allclose(found.spread, [1, 10, 1])  # a constant column is only centred


def test_a_category_that_training_never_saw_counts_as_missing(caplog: pytest.LogCaptureFixture) -> None:
    table = np.array([[1, 0, 0], [0, 0, 0], [2, 0, 0], [1, 0, 0]], np.float32)
    with caplog.at_level(logging.WARNING):
        found = without_unseen(table, np.array([0, 1]), TABLE)
    assert found[:, 0].tolist() == [1, 0, 0, 1]
    assert table[2, 0] == 2, "the dataset itself is not changed"
    assert "View 'patient', column 1: 1 samples have a category that no training sample has" in caplog.text
