"""SMOTE: new minority samples on the segments between neighbours (Chawla et al. 2002; paper 003, baseline 3).

For each class below n_max: base point x_i at random, x_j among its k nearest of the same class, u ~ U(0, 1),
new point x_i + u (x_j - x_i). k = min(5, n_c - 1); a class of one sample is repeated, having no neighbour.

The authors' code (protocol `released`) differs: base points are taken in turn, the neighbour's rank grows by one
each time round (so it reaches far points), image distances wrap around in bytes, and images are rounded to bytes.
What made its tabular rows is not public; there the same walk over neighbours is used, without bytes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from tailmark.objective import Floats, Objective
from tailmark.trainingset import TrainingSet


@dataclass(frozen=True)
class Smote:
    """Synthetic minority over-sampling, by imbalanced-learn."""

    neighbours: int = 5  # k
    walk: Literal["random", "in turn"] = "random"

    released: ClassVar[dict[str, object]] = {"walk": "in turn"}

    def objective(self, counts: Floats) -> Objective:
        return Objective()

    def resample(self, training: TrainingSet, random_state: int) -> TrainingSet:
        make = self.interpolate if self.walk == "random" else walk_in_turn
        for label, missing in training.missing().items():
            members = training.features_of(label)
            new = (
                make(members, missing, random_state) if len(members) > 1 else members.repeat(missing, axis=0)
            )
            training = training.extended(new, label)
        return training

    def interpolate(
        self, members: NDArray[np.float32], missing: int, random_state: int
    ) -> NDArray[np.float32]:
        """`missing` new points of one class; imbalanced-learn wants a second class, which it leaves alone."""
        from imblearn.over_sampling import SMOTE  # noqa: PLC0415 - heavy, and needed here alone

        n = len(members)
        sampler = SMOTE(
            sampling_strategy={1: n + missing},
            k_neighbors=min(self.neighbours, n - 1),
            random_state=random_state,
        )
        other = np.zeros((n + missing, members.shape[1]), dtype=members.dtype)
        labels = np.repeat([0, 1], [len(other), n])
        points, _ = sampler.fit_resample(np.concatenate([other, members]), labels)
        new: NDArray[np.float32] = points[len(other) + n :].astype(np.float32)
        return new


def walk_in_turn(members: NDArray[np.float32], missing: int, random_state: int) -> NDArray[np.float32]:
    """The authors' over-sampler; pixels that are whole bytes are handled as bytes."""
    n = len(members)
    turn = np.arange(missing)
    base, rank = turn % n, 1 + (turn // n) % (n - 1)
    other = ranked_neighbours(members)[base, rank]
    u = np.random.Generator(np.random.PCG64(random_state)).random((missing, 1), dtype=np.float32)
    new = members[base] + u * (members[other] - members[base])
    return (np.rint(new * 255) / 255).astype(np.float32) if are_bytes(members) else new


def ranked_neighbours(members: NDArray[np.float32]) -> NDArray[np.int64]:
    """For each point all points by distance, itself first; byte differences wrap modulo 256, as released."""
    points = np.rint(members * 255).astype(np.uint8) if are_bytes(members) else members
    order = np.empty((len(points), len(points)), dtype=np.int64)
    for i, point in enumerate(points):
        gap = np.square((points - point).astype(np.float32)).sum(axis=1)
        gap[i] = -1.0
        order[i] = np.argsort(gap, kind="stable")
    return order


def are_bytes(members: NDArray[np.float32]) -> bool:
    """Whether these are image pixels: whole bytes divided by 255."""
    scaled = members * 255
    return bool(members.min() >= 0 and members.max() <= 1 and np.abs(scaled - np.rint(scaled)).max() < 1e-3)


method = Smote
