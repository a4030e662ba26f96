"""What the samplers share: checks of what is given, and the way from a method's lessons to new samples."""

from __future__ import annotations

from dataclasses import dataclass
from numbers import Integral, Real
from typing import Any, ClassVar

import numpy as np
from imblearn.over_sampling.base import BaseOverSampler
from numpy.typing import NDArray
from sklearn.utils import check_random_state
from sklearn.utils._param_validation import Interval, Options, StrOptions

from tailmark import methods
from tailmark.generators.generate import Wanted
from tailmark.generators.lesson import Lesson
from tailmark.samplers.scale import scale_of
from tailmark.samplers.school import School

Constraints = dict[str, list[Any]]

AT_LEAST_ONE = Interval(Integral, 1, None, closed="left")
NOT_NEGATIVE = Interval(Real, 0, None, closed="left")
POSITIVE = Interval(Real, 0, None, closed="neither")
COMMON: Constraints = {
    **BaseOverSampler._parameter_constraints,
    "feature_range": [Options(tuple, {(0, 1), (-1, 1)}), None],
    "latent": [AT_LEAST_ONE],
    "hidden": [AT_LEAST_ONE],
    "likelihood": [StrOptions({"sse", "bernoulli", "gaussian"})],
    "epochs": [AT_LEAST_ONE],
    "batch": [AT_LEAST_ONE],
    "learning_rate": [POSITIVE],
    "generate": [StrOptions({"mean", "sample"})],
}


@dataclass(frozen=True)
class New:
    """New samples of one class, and for each the row of X that guided it, if one did."""

    samples: NDArray[Any]
    guides: NDArray[np.int64] | None


class Generating(BaseOverSampler):  # type: ignore[misc]
    """What both samplers do around their method."""

    _method: ClassVar[str]

    def _check_X_y(self, X: Any, y: Any, accept_sparse: Any = False) -> tuple[Any, Any, bool]:
        """Dense and finite, as scikit-learn checks it, and inside the declared range."""
        X, y, binarize_y = super()._check_X_y(X, y, accept_sparse=accept_sparse)
        if self.likelihood == "bernoulli" and self.feature_range != (0, 1):
            raise ValueError(
                "likelihood='bernoulli' takes features as probabilities and needs feature_range=(0, 1); got "
                f"feature_range={self.feature_range}. Scale X to 0 .. 1, or use another likelihood."
            )
        if self.feature_range is not None:
            self._check_range(X, *self.feature_range)
        return X, y, binarize_y

    def _check_range(self, X: NDArray[Any], low: float, high: float) -> None:
        outside = np.flatnonzero((X.min(axis=0) < low) | (X.max(axis=0) > high))
        if len(outside):
            column = int(outside[0])
            name = f" ('{self.feature_names_in_[column]}')" if hasattr(self, "feature_names_in_") else ""
            raise ValueError(
                f"Expected features in feature_range=({low}, {high}); column {column}{name} has values from "
                f"{X[:, column].min()} to {X[:, column].max()}. Scale X, or leave feature_range=None to have it scaled."
            )

    def _new_samples(self, X: NDArray[Any], y: NDArray[Any]) -> dict[Any, New]:
        """What each class lacks, by its label."""
        labels, targets = np.unique(y, return_inverse=True)
        lessons = self._lessons(np.bincount(targets))
        missing = self._missing(labels, lessons)
        scale = scale_of(X, self.feature_range)
        seed = int(check_random_state(self.random_state).randint(np.iinfo(np.int32).max))
        school, found = School(scale.inward(X), targets, scale.span, seed), {}
        for label, n in missing.items():
            samples, guides = school.new(lessons[label], Wanted(label, n, seed, self.generate))
            found[labels[label]] = New(scale.outward(samples, X.dtype), guides)
        return found

    def _lessons(self, counts: NDArray[np.int64]) -> dict[int, Lesson]:
        """The lesson of every class but the largest; another that is as large counts as smaller."""
        published = methods.describe(self._method).settings
        settings = {name: value for name, value in self.get_params().items() if name in published}
        method = methods.make(self._method, settings, "corrected", "tabular")
        largest = np.arange(len(counts)) == np.argmax(counts)
        lessons: dict[int, Lesson] = method.lessons(counts + largest)
        return lessons

    def _missing(self, labels: NDArray[Any], lessons: dict[int, Lesson]) -> dict[int, int]:
        """How many samples are asked for, by the number of the class."""
        missing = {int(np.searchsorted(labels, y)): n for y, n in self.sampling_strategy_.items() if n}
        for label in missing.keys() - lessons.keys():
            raise ValueError(
                f"{type(self).__name__} makes samples of every class but the largest; sampling_strategy asks for "
                f"{missing[label]} more of the largest, '{labels[label]}'. Use RandomOverSampler for that class."
            )
        return missing

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = False
        return tags


def appended(X: NDArray[Any], y: NDArray[Any], made: dict[Any, New]) -> tuple[NDArray[Any], NDArray[Any]]:
    """The originals, and after them what is new."""
    labels = [np.full(len(new.samples), label, dtype=y.dtype) for label, new in made.items()]
    return np.concatenate([X, *(new.samples for new in made.values())]), np.concatenate([y, *labels])
