"""Two views made so that the best way to weigh them is known: the theory of paper 002 as data.

A sample of class k is a point c_k = e_k in R^K, seen twice:  z_m = c_k + sigma_m eps_m,  eps_m normal, with correlation
r between the two views' noise, coordinate by coordinate. What is given is x_m = z_m Q_m, turned into more dimensions.

All that the two say of the class is in one mixture, w z_1 + (1 - w) z_2, with

    w   = (sigma_2^2 - r sigma_1 sigma_2) / (sigma_1^2 + sigma_2^2 - 2 r sigma_1 sigma_2)
    its variance = sigma_1^2 sigma_2^2 (1 - r^2) / (sigma_1^2 + sigma_2^2 - 2 r sigma_1 sigma_2)

Without correlation w is the share of the inverse variance, ARL's condition. With r > sigma_1 / sigma_2 it is above 1:
the noisy view is best subtracted, which no share can say. Every dataset here has the same variance of the mixture, so
they are equally hard for one who weighs the views right.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

import numpy as np
from numpy.typing import NDArray

from tailmark.datasets.declaration import Dataset, Parsed
from tailmark.streams import stream

Floats = NDArray[np.float64]

CLASSES = 10
EACH = 900  # samples of a class
WIDTH = 24  # numbers of a view
VARIANCE = 0.225  # of the best mixture: of noise 0.5 and 1.5
DECIMALS = 3  # kept, so that the last bit of a platform's logarithm changes nothing
ANSWERED = 200_000  # samples on which the best accuracy is measured


@dataclass(frozen=True)
class Noise:
    """Of the two views."""

    first: float  # standard deviations
    second: float
    correlation: float = 0.0

    @property
    def weight(self) -> float:
        """Of the first view in the best mixture."""
        cross = self.correlation * self.first * self.second
        return (self.second**2 - cross) / (self.first**2 + self.second**2 - 2 * cross)

    @property
    def variance(self) -> float:
        """Of the best mixture."""
        cross = self.correlation * self.first * self.second
        return (
            self.first**2
            * self.second**2
            * (1 - self.correlation**2)
            / (self.first**2 + self.second**2 - 2 * cross)
        )

    def draw(self, draws: np.random.Generator, shape: tuple[int, ...]) -> tuple[Floats, Floats]:
        """The noise of both views."""
        one, other = draws.standard_normal(shape), draws.standard_normal(shape)
        mixed = self.correlation * one + sqrt(1 - self.correlation**2) * other
        return self.first * one, self.second * mixed


def apart(ratio: float) -> Noise:
    """Uncorrelated noise with this ratio of standard deviations, as hard as all others."""
    first = sqrt(VARIANCE * (1 + 1 / ratio**2))
    return Noise(first, ratio * first)


def declared(name: str, noise: Noise, digest: str) -> Dataset:
    """The declaration of one such dataset: it has no files."""
    told = f", correlation {noise.correlation:g}" if noise.correlation else ""
    return Dataset(
        name=name,
        title=f"Made: two views with noise {noise.first:.3g} and {noise.second:.3g}{told}",
        licence="CC0",
        homepage="https://github.com/tailmark/tailmark",
        files=(),
        scaling={"one": "zscore", "two": "zscore"},
        classes=tuple(map(str, range(CLASSES))),
        class_counts=(EACH,) * CLASSES,
        digest=digest,
    )


def made(name: str, noise: Noise) -> Parsed:
    """The samples, class after class."""
    labels = np.repeat(np.arange(CLASSES), EACH)
    noises = noise.draw(stream(0, f"made/{name}"), (len(labels), CLASSES))
    views = {}
    for view, of_view in zip(("one", "two"), noises, strict=True):
        turned = (np.eye(CLASSES)[labels] + of_view) @ _turn(view)
        views[view] = turned.round(DECIMALS).astype(np.float32)
    return Parsed(views, labels.astype(np.int16))


def _turn(view: str) -> Floats:
    """Orthonormal rows, the same for every dataset."""
    square = stream(0, f"made/turn/{view}").standard_normal((WIDTH, WIDTH))
    return np.linalg.qr(square)[0][:CLASSES]


def best_accuracy(noise: Noise) -> float:
    """On equal classes, of one who knows the weight: measured on many fresh samples."""
    draws = stream(0, "made/best")
    labels = draws.integers(CLASSES, size=ANSWERED)
    first, second = noise.draw(draws, (ANSWERED, CLASSES))
    mixture = np.eye(CLASSES)[labels] + noise.weight * first + (1 - noise.weight) * second
    return float((mixture.argmax(axis=1) == labels).mean())
