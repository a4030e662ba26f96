"""The lessons that a run needs, resolved, each with its key; a lesson that two runs share has one key.

A key names only what decides the model: the very rows that are learned and that guide, in order, and not the rest of
the training set. So one pre-training serves every imbalance ratio, every lambda and every ablation that starts there.
"""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tailmark.datasets import Prepared
from tailmark.generators import store
from tailmark.generators.lesson import Classifier, Gan, Lesson, Vae
from tailmark.training.keys import code_digest, key_of
from tailmark.training.task import LessonTask

# What every lesson passes through, and what each kind of network adds.
LESSON_CODE = (
    "tailmark.streams",
    "tailmark.generators.draws",
    "tailmark.generators.lesson",
    "tailmark.generators.material",
    "tailmark.generators.network",
    "tailmark.training.features",
    "tailmark.training.teach",
)
CODE_OF = {
    Vae: (
        "tailmark.generators.elbo",
        "tailmark.generators.ewc",
        "tailmark.generators.fit",
        "tailmark.generators.stack",
        "tailmark.nets.vae",
    ),
    Gan: ("tailmark.generators.adversarial", "tailmark.nets.gan"),
    Classifier: ("tailmark.generators.judge", "tailmark.nets.mlp"),
}
CONVOLUTIONAL_CODE = ("tailmark.nets.conv", "tailmark.nets.dcgan", "tailmark.nets.rows")


class Classroom:
    """Resolves lessons on one dataset."""

    def __init__(self, prepared: Prepared, data: Path, models: Path) -> None:
        self.prepared, self.data, self.models = prepared, data, models

    def task(
        self,
        lesson: Lesson,
        seed: int,
        rows: NDArray[np.int64],
        targets: NDArray[np.int64],
        classes: int,
        fit_on: NDArray[np.int64],
    ) -> LessonTask:
        """The lesson on some training set, after the lesson at which it starts."""
        place = (seed, rows, targets, classes, fit_on)
        start = None if lesson.start is None else self.task(lesson.start, *place)
        described = {
            "lesson": lesson.settings(),
            "start": None if start is None else start.key,
            "seed": seed,
            "rows": _digest(*_seen(lesson, rows, targets)),
            "classes": classes if len(lesson.learns) > 1 else None,
            "scaling": self._scaling(fit_on),
            "data_digest": self.prepared.digest,
            "code_digest": code_digest(code_of(lesson)),
        }
        key = key_of(described)
        into = store.path_of(self.models, key)
        return LessonTask(key, seed, lesson, self.data, fit_on, rows, targets, classes, into, start)

    def _scaling(self, fit_on: NDArray[np.int64]) -> Any:
        """How features are scaled; the rows that were fitted count only where something is fitted."""
        fitted = set(self.prepared.scaling.values()) - {"unit", "none"}
        return [self.prepared.scaling, _digest(fit_on) if fitted else None]


def code_of(lesson: Lesson) -> list[str]:
    """The modules whose meaning decides what the lesson leaves behind."""
    architecture = getattr(lesson.network, "architecture", "mlp")
    return [
        *LESSON_CODE,
        *CODE_OF[type(lesson.network)],
        *(CONVOLUTIONAL_CODE if architecture != "mlp" else ()),
    ]


def _seen(lesson: Lesson, rows: NDArray[np.int64], targets: NDArray[np.int64]) -> list[NDArray[np.int64]]:
    learns = np.isin(targets, lesson.learns)
    labels = [targets[learns]] if len(lesson.learns) > 1 else []
    guides = [] if lesson.guide is None else [rows[targets == lesson.guide]]
    return [rows[learns], *labels, *guides]


def _digest(*parts: NDArray[np.int64]) -> str:
    return sha256(b"|".join(np.ascontiguousarray(p, dtype="<i8").tobytes() for p in parts)).hexdigest()[:24]
