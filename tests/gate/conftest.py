"""Made-up metrics tables."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd
import pytest

Make = Callable[..., pd.DataFrame]


@pytest.fixture
def table() -> Make:
    """A metrics table from `method=[values of seeds 0, 1, ...]`, in percent; the rest of a cell can be chosen."""

    def make(
        *,
        mix: str = "test",
        dataset: str = "mfeat",
        split: str = "tail-20",
        seeds: list[int] | None = None,
        **methods: list[float],
    ) -> pd.DataFrame:
        place = {"suite": "tail", "dataset": dataset, "split": split, "protocol": "corrected"}
        return pd.DataFrame(
            [
                place
                | {
                    "method": method,
                    "seed": seed,
                    "mix": mix,
                    "metric": "balanced_accuracy",
                    "value": value / 100,
                }
                | {"key": f"{method}-{seed}"}
                for method, values in methods.items()
                for seed, value in zip(seeds or range(len(values)), values, strict=True)
            ]
        )

    return make
