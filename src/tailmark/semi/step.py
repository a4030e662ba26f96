"""What a semi-supervised method may know of its task, and what it sees of one training step.

Everything random was drawn before the step begins, so that a core runs the step as it stands and a GPU as a graph:
a method's loss is a fixed function of tensors, without a branch on their values.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

if TYPE_CHECKING:
    from torch import Tensor

    from tailmark.nets.views import Encoders, ViewShape

Sees = Literal["weak", "strong"]


@dataclass(frozen=True)
class Facts:
    """The task, as far as a method may know it."""

    shapes: tuple[ViewShape, ...]
    sizes: Encoders
    counts: tuple[int, ...]  # labelled samples of each class
    pool: int  # samples without a label
    batch: int  # labelled samples of a step
    pool_batch: int  # unlabelled samples of a step
    seed: int

    @property
    def classes(self) -> int:
        return len(self.counts)

    @property
    def labelled(self) -> int:
        return sum(self.counts)


@dataclass(frozen=True)
class Batch:
    """Some samples in all their views; where a view is missing, `present` says so and its numbers are zero."""

    inputs: Mapping[str, Tensor]  # as encoders take them: standardised, images (B, H, W, C), tables (B, D)
    values: Mapping[str, Tensor]  # images from 0 to 1, tables standardised (codes of categories as they are)
    present: Tensor  # (B, views), 1 or 0

    def __len__(self) -> int:
        return len(self.present)


class Draw(NamedTuple):
    """Random numbers that a method wants for every step."""

    kind: Literal["uniform", "normal", "chisquare"]
    shape: tuple[int, ...]
    freedom: float = 0.0  # of a chi-square


@dataclass(frozen=True)
class Step:
    """One training step."""

    facts: Facts
    network: Any  # the one that learns
    average: Any  # the running mean of its weights; no gradient reaches it
    labelled: Batch
    labels: Tensor  # (B,)
    weak: Batch  # samples of the pool, each a little perturbed (empty if the method does not look)
    strong: Batch  # the same samples, perturbed strongly (empty if the method does not look)
    blank: Batch  # one sample without a pattern: an image of ones, a table of means
    noise: Mapping[str, Tensor]  # what the method asked for in `noise`
    memory: Mapping[str, Tensor]  # what it keeps from step to step, changed in place
    progress: Tensor  # share of the training that is done, a number from 0 to 1
