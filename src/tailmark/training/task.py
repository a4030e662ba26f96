"""One run, resolved: everything that a worker needs, and nothing that does not decide the result."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Recipe:
    """The classifier and its schedule; runs of one recipe can be stacked."""

    network: str  # mlp | prior
    hidden: tuple[int, ...]
    head: str  # linear | cosine
    ends_in_softmax: bool  # the released classifier's defect
    epochs: int
    batch: int
    learning_rate: float
    decay: float
    match_steps: bool


@dataclass(frozen=True)
class Task:
    """A run to be trained: the method by name and settings, the rows by index, the data by place."""

    key: str
    seed: int
    protocol: str
    method: str
    settings: dict[str, Any]
    recipe: Recipe
    data: Path  # the dataset's prepared folder
    scale_on: str  # which rows fit the feature scaling: "train" or "all"
    rows: NDArray[np.int64]
    targets: NDArray[np.int64]  # of `rows`
    test_rows: NDArray[np.int64]
    test_targets: NDArray[np.int64]
    classes: int
    record: dict[str, Any]  # goes into the run file as it is
    into: Path  # the run file

    @property
    def label(self) -> str:
        """How a person finds the run again."""
        return f"{self.record['split']} · {self.protocol} · {self.record['method']} · seed {self.seed}"
