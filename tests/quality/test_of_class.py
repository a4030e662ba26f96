"""All quality numbers of one class, on generators whose faults are known."""

import math
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from tailmark.errors import TailmarkError
from tailmark.quality import Real, of_class

NAMES = [
    *("spread", "total_spread", "precision", "recall", "precision_real", "recall_real"),
    *("judged", "coverage", "nearest", "nearest_exemplar", "collapsed"),
]


@pytest.fixture
def truth(normal):
    """The class is the judge's classes 4 and 8, two clusters; the majority is far to the left of them."""

    def clusters(n, seed):
        return np.concatenate([normal(n, (4.5, 0), 0.05, seed), normal(n, (8.5, 0), 0.05, seed + 1)])

    minority, held_out, pool = clusters(30, 1), clusters(150, 3), clusters(150, 5)
    return Real(minority, held_out, majority=normal(300, (-9.5, 0), 0.05, seed=7), pool=pool)


@pytest.fixture
def quality(truth, judge):
    def of(generated, exemplars=None, real=truth, classes=(4, 8), seed=0):
        return of_class(generated, exemplars, real, judge, classes, np.random.default_rng(seed))

    return of


def test_names_and_kinds(quality, truth):
    values = quality(truth.held_out)
    assert list(values) == NAMES
    assert all(type(value) is float for value in values.values())


def test_the_held_out_samples_themselves_are_perfect(quality, truth):
    values = quality(truth.held_out)
    perfect = {"precision": 1, "recall": 1, "judged": 1, "coverage": 1, "nearest": 1, "collapsed": 0}
    assert {name: values[name] for name in perfect} == pytest.approx(perfect)
    assert values["spread"] == pytest.approx(1, abs=0.2)
    assert values["total_spread"] == pytest.approx(1, abs=0.05)


def test_further_real_samples_are_at_the_ceiling(quality, truth):
    values = quality(truth.pool)
    assert (values["precision"], values["recall"]) == (values["precision_real"], values["recall_real"])
    assert 0.9 < values["precision"] < 1
    assert 0.9 < values["recall"] < 1


def test_a_point_mass_has_collapsed(quality, truth):
    values = quality(np.repeat(truth.held_out[:1], 300, axis=0))
    assert values["precision"] == 1
    assert values["recall"] < 0.01
    assert values["collapsed"] == 1
    assert values["total_spread"] == pytest.approx(0, abs=1e-6)


def test_one_of_two_clusters_is_half(quality, normal):
    values = quality(normal(300, (4.5, 0), 0.05, seed=9))
    assert values["precision"] > 0.9
    assert values["recall"] == pytest.approx(0.5, abs=0.05)
    assert values["judged"] == 1
    assert values["coverage"] == pytest.approx(0.5, abs=1e-3)
    assert values["collapsed"] == 1  # the spread of the class is that between its clusters
    assert values["spread"] < 0.7  # of the features, the one between the clusters is narrow


def test_copies_of_the_training_samples_are_found_out(quality, truth):
    values = quality(truth.minority[np.arange(300) % 60])
    assert values["nearest"] == 0
    assert values["precision"] > 0.9


def test_copies_of_the_exemplars_are_found_out(quality, truth):
    values = quality(truth.majority, exemplars=truth.majority)
    assert values["nearest_exemplar"] == 0
    assert values["judged"] == 0
    assert values["coverage"] == 0
    assert values["precision"] == values["recall"] == 0


def test_the_distance_is_to_the_own_exemplar(quality, truth):
    """Exemplars that are the generated in another order: the nearest is a copy, the own one is not."""
    made = truth.pool
    own = made[::-1] + np.float32(0)
    to_own = np.median(np.linalg.norm(made - own, axis=1))
    to_majority = np.linalg.norm(truth.held_out[:, None] - truth.majority, axis=2).min(axis=1)
    assert quality(made, exemplars=own)["nearest_exemplar"] == pytest.approx(to_own / np.median(to_majority))


def test_nearest_is_in_units_of_real_samples(quality, truth):
    """A shift by one unit of the second feature, against a typical distance of the held-out samples."""
    shifted = truth.held_out + np.array([0, 10], dtype=np.float32)
    pairs = np.linalg.norm(truth.held_out[:, None] - truth.minority, axis=2).min(axis=1)
    assert quality(shifted)["nearest"] == pytest.approx(10 / np.median(pairs), rel=0.02)


def test_what_is_not_there_is_nan(quality, truth):
    made = truth.pool
    alone = quality(made, real=replace(truth, pool=None))
    assert [name for name, value in alone.items() if math.isnan(value)] == [
        *("precision_real", "recall_real", "nearest_exemplar")
    ]
    empty = replace(truth, pool=truth.pool[:0], majority=truth.majority[:0])
    nan = {name for name, value in quality(made, made, real=empty).items() if math.isnan(value)}
    assert nan == {"precision_real", "recall_real", "nearest_exemplar"}

    one = quality(made, real=replace(truth, minority=truth.minority[:1]))
    assert {name for name, value in one.items() if math.isnan(value)} == {
        *("spread", "total_spread", "collapsed", "nearest_exemplar")
    }
    seen = quality(made, real=replace(truth, held_out=truth.minority))
    assert math.isnan(seen["nearest"])
    assert math.isnan(quality(made, classes=(1, 2))["coverage"])


def test_order_does_not_matter(quality, truth):
    mixed = np.concatenate([truth.pool[:200], truth.minority])
    made = np.concatenate([mixed, mixed[:40] + np.float32(0.3)])
    rng = np.random.default_rng(5)
    order = rng.permutation(len(made))
    exemplars = truth.majority[: len(made)]
    real = Real(*(rng.permutation(part) for part in vars(truth).values()))
    shuffled = quality(made[order], exemplars[order], real, seed=1)
    assert shuffled == pytest.approx(quality(made, exemplars), rel=1e-5)


def test_the_generator_of_random_numbers_decides_what_is_drawn(quality, truth, normal):
    """More generated than held-out samples: a draw decides which are compared."""
    made = np.concatenate([truth.pool, normal(400, (6.5, 0), sd=1.5)])
    assert quality(made, seed=3) == pytest.approx(quality(made, seed=3), nan_ok=True, abs=0)
    assert quality(made, seed=3)["precision"] != quality(made, seed=4)["precision"]


def test_every_method_meets_the_same_real_samples(quality, truth, normal):
    """The ceiling is drawn from a larger pool, and is the same whatever was generated and how much of it."""
    real = replace(truth, pool=np.concatenate([truth.pool, normal(300, (6.5, 0), seed=11)]))
    good, bad = quality(truth.held_out, real=real), quality(normal(999), real=real)
    assert (good["precision_real"], good["recall_real"]) == (bad["precision_real"], bad["recall_real"])
    assert good["precision_real"] < 0.9


def test_the_ceiling_compares_as_many_as_there_are(quality, truth, normal):
    """A pool of 25 is held against 25 held-out samples, however many were generated."""
    few = replace(truth, pool=truth.pool[::12])
    many, equal = quality(normal(300, (6.5, 0)), real=few), quality(few.pool, real=few)
    assert (many["precision_real"], many["recall_real"]) == (equal["precision_real"], equal["recall_real"])
    assert (equal["precision_real"], equal["recall_real"]) == (equal["precision"], equal["recall"])


@pytest.fixture
def counting(judge):
    """The judge, with a note of how many samples it was shown at a time."""

    class Counting:
        def __init__(self):
            self.shown = []

        def features(self, samples):
            self.shown.append(len(samples))
            return judge.features(samples)

        def predicted(self, samples):
            self.shown.append(len(samples))
            return judge.predicted(samples)

    return Counting()


def test_equal_numbers_are_compared(counting, truth, normal):
    """20 generated: 20 of the 300 held-out, and 20 of the pool; classes are judged on all."""
    of_class(normal(20), None, truth, counting, [5], np.random.default_rng(0))
    assert sorted(counting.shown) == [20, 20, 20, 20, 300]


def test_the_cost_is_bounded(counting, truth, normal):
    """The judge sees a few thousand of a sorted many, drawn from all of them."""
    many = np.sort(normal(20_000, (6.0, 0)), axis=0)
    real = replace(truth, held_out=many[::3], pool=many[1::3])
    values = of_class(many, None, real, counting, [5], np.random.default_rng(0))
    assert set(counting.shown) == {2000}
    assert values["judged"] == pytest.approx(0.3413, abs=0.04)
    assert values["precision"] == pytest.approx(values["precision_real"], abs=0.05)


def test_images(judge, truth):
    """The judge gets images, and distances are those of their pixels."""
    images = Real(*(part.reshape(-1, 1, 2) for part in vars(truth).values()))
    made, exemplars = images.pool, images.majority
    rng = np.random.default_rng
    assert of_class(made, exemplars, images, judge, {4, 8}, rng(0)) == of_class(
        truth.pool, truth.majority, truth, judge, {4, 8}, rng(0)
    )


def test_bad_input_is_refused(quality, truth):
    made = truth.pool
    with pytest.raises(
        TailmarkError, match=r"exemplar samples of the shape of the generated, \(2,\); got \(1,\)"
    ):
        quality(made, made[:, :1])
    with pytest.raises(TailmarkError, match="an exemplar for each of 300 generated samples; got 5"):
        quality(made, made[:5])
    with pytest.raises(TailmarkError, match="at least one generated sample"):
        quality(made[:0])
    with pytest.raises(TailmarkError, match="at least one held-out sample"):
        quality(made, real=replace(truth, held_out=made[:0]))
    with pytest.raises(TailmarkError, match="diverged"):
        quality(np.where(made > 8.6, np.nan, made))


def test_needs_numpy_alone():
    """Training judges what it generates, and must not pay for scipy or pandas."""
    code = "import sys, tailmark.quality; print(*{name.partition('.')[0] for name in sys.modules})"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    heavy = {"torch", "pandas", "scipy", "sklearn", "imblearn", "yaml", "matplotlib", "pyarrow"}
    assert "numpy" in loaded.stdout.split()
    assert not heavy & set(loaded.stdout.split())
