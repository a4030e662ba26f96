"""A small pair of views: an image, and a table with a category and a number that can be missing."""

from __future__ import annotations

import pytest
import torch

from tailmark.nets.views import Encoders, ViewShape

BATCH = 12


@pytest.fixture
def shapes() -> tuple[ViewShape, ...]:
    return (
        ViewShape("photo", "image", (9, 8, 3)),
        ViewShape("patient", "table", (3,), levels=(2, 0, 0), missing=True),
    )


@pytest.fixture
def sizes() -> Encoders:
    return Encoders(channels=(4, 8), kernel=3, hidden=10, columns=6, embedding=3)


@pytest.fixture
def views() -> dict[str, torch.Tensor]:
    draws = torch.Generator().manual_seed(0)
    table = torch.randn(BATCH, 3, generator=draws)
    table[:, 0] = torch.arange(BATCH) % 3
    table[::4, 1] = torch.nan
    return {"photo": torch.rand(BATCH, 9, 8, 3, generator=draws), "patient": table}


@pytest.fixture
def labels() -> torch.Tensor:
    return torch.arange(BATCH) % 4
