"""Made data: their declarations, the noise that is in them, and how hard they are."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from tailmark import datasets
from tailmark.datasets import made
from tailmark.datasets.catalogue import made_correlated, made_even, made_far, made_uneven
from tailmark.datasets.consistency import check_consistency
from tailmark.datasets.declaration import Parsed
from tailmark.datasets.digest import content_digest
from tailmark.datasets.made import Noise

ALL = [made_even, made_uneven, made_far, made_correlated]
VIEWS = ("one", "two")
every = pytest.mark.parametrize("of", ALL, ids=lambda of: of.DATASET.name)


@cache
def read(of: ModuleType) -> Parsed:
    parsed: Parsed = of.read({})
    return parsed


@cache
def best(noise: Noise) -> float:
    return made.best_accuracy(noise)


def unturned(of: ModuleType) -> tuple[np.ndarray, np.ndarray]:
    """The two noisy answers z, and from them the noise alone."""
    parsed = read(of)
    z = np.stack([parsed.views[view].astype(float) @ made._turn(view).T for view in VIEWS])
    return z, z - np.eye(made.CLASSES)[parsed.labels]


def sampling_error(accuracy: float, samples: int) -> float:
    return float(np.sqrt(accuracy * (1 - accuracy) / samples))


@every
def test_the_declaration_holds(of: ModuleType) -> None:
    parsed, declared = read(of), of.DATASET
    check_consistency(declared, parsed)
    assert content_digest(parsed) == declared.digest
    assert np.bincount(parsed.labels).tolist() == [900] * 10 == list(declared.class_counts)
    assert {view: values.shape for view, values in parsed.views.items()} == dict.fromkeys(VIEWS, (9000, 24))
    assert not declared.files


def test_they_are_prepared_from_nothing(tmp_path: Path) -> None:
    folder = datasets.prepare(
        "made_far", tmp_path / "prepared", mirror=None, cache=tmp_path / "cache", progress=False
    )
    found = datasets.load(folder)
    assert found.digest == made_far.DATASET.digest
    np.testing.assert_array_equal(found.views["two"], read(made_far).views["two"])


@every
def test_the_noise_is_the_declared_one(of: ModuleType) -> None:
    _, (first, second) = unturned(of)
    assert first.std() == pytest.approx(of.NOISE.first, rel=0.01)
    assert second.std() == pytest.approx(of.NOISE.second, rel=0.01)
    assert np.corrcoef(first.ravel(), second.ravel())[0, 1] == pytest.approx(of.NOISE.correlation, abs=0.015)
    assert abs(first.mean()) < 0.01 and abs(second.mean()) < 0.05
    crossed = np.corrcoef(first[:, 0], second[:, 1])[0, 1]
    assert abs(crossed) < 0.04, "noise goes together coordinate by coordinate"


@every
def test_a_view_lies_in_ten_of_its_dimensions(of: ModuleType) -> None:
    for view in VIEWS:
        turn = made._turn(view)
        np.testing.assert_allclose(turn @ turn.T, np.eye(10), atol=1e-12)
        values = read(of).views[view].astype(float)
        np.testing.assert_allclose(values, values @ turn.T @ turn, atol=0.006)  # as it is rounded


def test_the_views_are_turned_differently_and_all_datasets_alike() -> None:
    assert not np.allclose(made._turn("one"), made._turn("two"))
    np.testing.assert_array_equal(made._turn("one"), made._turn("one"))


@pytest.mark.parametrize(
    ("of", "spreads", "weight"),
    [
        (made_even, (0.6708, 0.6708), 0.5),
        (made_uneven, (0.5, 1.5), 0.9),
        (made_far, (0.4773, 4.2953), 81 / 82),
        (made_correlated, (0.5, 1.5), 1.125),
    ],
    ids=["even", "uneven", "far", "correlated"],
)
def test_all_are_equally_hard_for_one_who_knows_the_weight(
    of: ModuleType, spreads: tuple[float, float], weight: float
) -> None:
    noise = of.NOISE
    assert (noise.first, noise.second) == pytest.approx(spreads, abs=1e-4)
    assert noise.weight == pytest.approx(weight) and noise.variance == pytest.approx(made.VARIANCE)
    others = [best(other.NOISE) for other in ALL]
    error = sampling_error(0.706, made.ANSWERED)
    assert best(noise) == pytest.approx(np.mean(others), abs=4 * error)


@every
def test_that_accuracy_is_reached_on_the_data_itself(of: ModuleType) -> None:
    z, _ = unturned(of)
    labels = read(of).labels
    weight = of.NOISE.weight
    right = ((weight * z[0] + (1 - weight) * z[1]).argmax(axis=1) == labels).mean()
    assert right == pytest.approx(best(of.NOISE), abs=4 * sampling_error(0.706, len(labels)))
    for other in (weight - 0.2, weight + 0.2):
        assert ((other * z[0] + (1 - other) * z[1]).argmax(axis=1) == labels).mean() < right


@every
def test_no_linear_classifier_of_both_views_does_better(of: ModuleType) -> None:
    """Linear discriminants of all 48 numbers, learned on two thirds, are as right as the known weight."""
    parsed, chosen = read(of), np.random.default_rng(0).permutation(9000)
    both = np.hstack([parsed.views[view] for view in VIEWS]).astype(float)
    known, tested = chosen[:6000], chosen[6000:]
    means = np.stack([both[known][parsed.labels[known] == k].mean(axis=0) for k in range(10)])
    rest = both[known] - means[parsed.labels[known]]
    towards = np.linalg.solve(rest.T @ rest / len(known) + 1e-6 * np.eye(48), means.T)
    said = both[tested] @ towards - (means.T * towards).sum(axis=0) / 2
    right = (said.argmax(axis=1) == parsed.labels[tested]).mean()
    assert right == pytest.approx(best(of.NOISE), abs=0.025)
    alone = z_accuracy(of)
    assert max(alone) <= best(of.NOISE) + 0.015, "one view alone"


def z_accuracy(of: ModuleType) -> list[float]:
    z, _ = unturned(of)
    return [float((each.argmax(axis=1) == read(of).labels).mean()) for each in z]


@every
def test_the_best_weight_can_be_estimated_from_the_noise(of: ModuleType) -> None:
    _, noise = unturned(of)
    weights = np.linalg.solve(np.cov(noise.reshape(2, -1)), np.ones(2))
    assert weights[0] / weights.sum() == pytest.approx(of.NOISE.weight, abs=0.01)
