"""Samplers that train for a moment."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tailmark import MGVAE, OCVAE

FAST: dict[type, dict[str, Any]] = {
    MGVAE: {"epochs": 2, "fine_tuning_epochs": 2, "exemplars": 20, "hidden": 16, "fisher_samples": 2},
    OCVAE: {"epochs": 2, "hidden": 16},
}


@pytest.fixture(params=[MGVAE, OCVAE], ids=["MGVAE", "OCVAE"])
def fast(request: pytest.FixtureRequest) -> Callable[..., Any]:
    """Makes either sampler with few epochs and a seed."""
    return lambda **settings: request.param(**{"random_state": 0, **FAST[request.param], **settings})


@pytest.fixture
def mgvae() -> Callable[..., MGVAE]:
    """Makes MGVAE with few epochs and a seed."""
    return lambda **settings: MGVAE(**{"random_state": 0, **FAST[MGVAE], **settings})
