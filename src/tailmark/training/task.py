"""What a worker is handed: a run, a generator's lesson, or an appraisal of what was generated; each resolved.

A job is done when its file is there, and can start when the files that it needs are.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tailmark.fusion.recipe import FusionRecipe
from tailmark.generators.lesson import Lesson
from tailmark.semi.recipe import SemiRecipe


@dataclass(frozen=True)
class Recipe:
    """The classifier and its schedule; runs of one recipe can be stacked."""

    network: str  # mlp | resnet20 | prior | experts | semi
    hidden: tuple[int, ...]
    head: str  # linear | cosine
    ends_in_softmax: bool  # the released classifier's defect
    epochs: int
    batch: int
    learning_rate: float
    decay: float
    match_steps: bool
    weight_decay: float = 0.0
    flip: bool = False  # images are mirrored at random, anew every epoch
    optimiser: str = "adam"  # adam | sgd, with momentum
    drops: tuple[
        float, ...
    ] = ()  # shares of the training after which the learning rate is a tenth of what it was
    clip: float | None = None  # longest gradient of all weights together

    def numbers(self) -> dict[str, Any]:
        """What decides the result; a setting that is neutral is left out."""
        neutral = {"weight_decay": 0.0, "flip": False, "optimiser": "adam", "drops": (), "clip": None}
        return {name: value for name, value in asdict(self).items() if neutral.get(name, ...) != value}


@dataclass(frozen=True)
class LessonTask:
    """A lesson to be given: its model is kept for every run that needs it."""

    key: str
    seed: int
    lesson: Lesson
    data: Path  # the dataset's prepared folder
    fit_on: NDArray[np.int64]  # rows that fit the feature scaling
    rows: NDArray[np.int64]  # the training set; the lesson says which classes of it count
    targets: NDArray[np.int64]  # of `rows`
    classes: int
    into: Path  # the model file
    start: LessonTask | None = None

    @property
    def label(self) -> str:
        """How a person finds it again."""
        return f"{self.data.name} · {self.lesson.name} · seed {self.seed}"

    @property
    def needs(self) -> tuple[Job, ...]:
        """What must be done first."""
        return () if self.start is None else (self.start,)


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
    lessons: dict[int, LessonTask] = field(default_factory=dict)  # class -> whose model makes its new samples
    fusion: FusionRecipe | None = None  # of a classifier over several views
    mixes: dict[str, NDArray[np.int64]] = field(default_factory=dict)  # positions in `test_rows`, to adapt to
    semi: SemiRecipe | None = (
        None  # of a classifier that learns from few labels; then `rows` are the labelled ones
    )
    pool_rows: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, np.int64))  # without a label
    pool_targets: NDArray[np.int64] = field(
        default_factory=lambda: np.empty(0, np.int64)
    )  # to judge, not to learn

    @property
    def label(self) -> str:
        """How a person finds the run again."""
        return f"{self.record['split']} · {self.protocol} · {self.record['method']} · seed {self.seed}"

    @property
    def needs(self) -> tuple[Job, ...]:
        """What must be done first."""
        return tuple(self.lessons.values())


@dataclass(frozen=True)
class Appraisal:
    """What a run's generators made, to be measured against real samples."""

    key: str
    task: Task  # the run whose samples are measured
    judge: LessonTask  # a classifier of the dataset's own classes, trained on real samples
    spare: NDArray[np.int64]  # real training rows that no generator saw: what perfect samples would score
    into: Path

    @property
    def label(self) -> str:
        """How a person finds it again."""
        return f"{self.task.label} · samples"

    @property
    def needs(self) -> tuple[Job, ...]:
        """What must be done first."""
        return (*self.task.lessons.values(), self.judge)


Job = Task | LessonTask | Appraisal
