"""From a training set to what one lesson sees of it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tailmark.datasets import Prepared
from tailmark.generators.lesson import Lesson, Material, Span

SPANS: dict[str, Span] = {"unit": (0.0, 1.0), "minmax01": (0.0, 1.0), "minmax11": (-1.0, 1.0)}


def material(
    lesson: Lesson,
    pool: NDArray[np.float32],
    targets: NDArray[np.int64],
    classes: int,
    span: Span,
    shape: tuple[int, ...],
) -> Material:
    """The samples that the lesson learns and the exemplars that guide it, in the order of the training set."""
    learns = np.flatnonzero(np.isin(targets, lesson.learns))
    guides = np.flatnonzero(targets == lesson.guide) if lesson.guide is not None else np.empty(0, np.int64)
    return Material(pool, learns, targets[learns], guides, classes, span, shape)


def span_of(prepared: Prepared) -> Span:
    """Where the features live, by how they are scaled; unscaled ones by the range that the dataset has."""
    spans = {_span(prepared, view) for view in prepared.views}
    return spans.pop() if len(spans) == 1 else None


def shape_of(prepared: Prepared) -> tuple[int, ...]:
    """Height, width and channels of a dataset that is one image; empty for anything else."""
    views = list(prepared.views.values())
    return tuple(views[0].shape[1:]) if len(views) == 1 and views[0].ndim > 2 else ()


def kind_of(prepared: Prepared) -> str:
    """images (one channel), photos (several) or tabular: which of a generator's published settings hold."""
    shape = shape_of(prepared)
    if not shape:
        return "tabular"
    return "photos" if len(shape) > 2 and shape[2] > 1 else "images"


def _span(prepared: Prepared, view: str) -> Span:
    how = prepared.scaling[view]
    if how != "none":
        return SPANS.get(how)
    low, high = float(prepared.views[view].min()), float(prepared.views[view].max())
    if low < -1 or high > 1:
        return None
    return (0.0, 1.0) if low >= 0 else (-1.0, 1.0)
