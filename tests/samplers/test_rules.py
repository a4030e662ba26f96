"""What the samplers promise for awkward data: each rule of their documentation."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray
from scipy import sparse

from tailmark import MGVAE, OCVAE, methods

Make = Callable[..., Any]
Data = tuple[NDArray[Any], NDArray[Any]]


def data(*counts: int, width: int = 3) -> Data:
    """Normal features, a little apart, on very different scales."""
    y = np.repeat(np.arange(len(counts)), counts)
    X = np.random.default_rng(5).normal(size=(len(y), width)) + y[:, None]
    return X * 10.0 ** np.arange(width), y


@pytest.mark.parametrize(("sampler", "name"), [(MGVAE(), "mgvae"), (OCVAE(), "ocvae")])
def test_the_defaults_are_those_of_the_benchmark_for_tabular_data(sampler: Any, name: str) -> None:
    method = methods.make(name, {}, "corrected", "tabular")
    own = {"sampling_strategy", "random_state", "feature_range"}
    given = {key: value for key, value in sampler.get_params().items() if key not in own}
    assert given == {key: getattr(method, key) for key in given}
    left_out = {"architecture", "walk"}  # for images
    assert set(methods.describe(name).settings) - left_out == set(given)


def test_new_samples_come_after_the_originals(fast: Make) -> None:
    X, y = data(30, 9, 4)
    X_new, y_new = fast().fit_resample(X, y)
    np.testing.assert_array_equal(X_new[: len(X)], X)
    np.testing.assert_array_equal(y_new, [*y, *[1] * 21, *[2] * 26])


def test_new_samples_stay_between_the_least_and_greatest_value(fast: Make) -> None:
    X, y = data(30, 6)
    made = fast(generate="sample").fit_resample(X, y)[0][len(X) :]
    assert (made >= X.min(axis=0)).all() and (made <= X.max(axis=0)).all()
    assert (made.std(axis=0) > 0).all()


def test_a_class_far_from_the_majority_is_met_where_it_is(mgvae: Make) -> None:
    X, y = data(80, 20)
    X[y == 1] += 30.0 * 10.0 ** np.arange(3)
    made = mgvae(epochs=20, fine_tuning_epochs=80, ewc=0.0, hidden=50).fit_resample(X, y)[0][len(X) :]
    near = np.abs(made - X[y == 1].mean(axis=0)) < 5 * 10.0 ** np.arange(3)
    assert near.mean() > 0.95


@pytest.mark.parametrize("seed_of", [int, np.random.RandomState])
def test_a_seed_decides_everything(fast: Make, seed_of: Callable[[int], Any]) -> None:
    X, y = data(20, 5)
    first, again = (fast(random_state=seed_of(7)).fit_resample(X, y)[0] for _ in range(2))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, fast(random_state=8).fit_resample(X, y)[0])


def test_without_a_seed_every_call_differs(fast: Make) -> None:
    X, y = data(20, 5)
    sampler = fast(random_state=None)
    assert not np.array_equal(sampler.fit_resample(X, y)[0], sampler.fit_resample(X, y)[0])


@pytest.mark.parametrize("labels", [["a", "b"], [True, False], [7, -3], np.array(["x", "y"], object)])
def test_labels_may_be_anything(fast: Make, labels: Any) -> None:
    X, y = data(12, 5)
    named = np.array(labels)[y]
    _, y_new = fast().fit_resample(X, named)
    assert y_new.dtype == named.dtype and Counter(y_new) == {labels[0]: 12, labels[1]: 12}


def test_a_class_of_one_sample_is_learned(fast: Make) -> None:
    X, y = data(15, 1)
    X_new, y_new = fast().fit_resample(X, y)
    assert Counter(y_new) == {0: 15, 1: 15} and np.isfinite(X_new).all()


def test_a_majority_smaller_than_the_prior_is_the_whole_prior(mgvae: Make) -> None:
    X, y = data(25, 8)
    capped = mgvae(exemplars=10**6).fit_resample(X, y)[0]
    np.testing.assert_array_equal(capped, mgvae(exemplars=25).fit_resample(X, y)[0])
    assert not np.array_equal(capped, mgvae(exemplars=5).fit_resample(X, y)[0])


def test_no_exemplar_comes_twice_before_each_came_once(mgvae: Make) -> None:
    X, y = data(10, 4)
    sampler = mgvae(sampling_strategy={1: 4 + 25})
    assert len(sampler.fit_resample(X, y)[0]) == 14 + 25
    rounds = np.split(sampler.exemplars_[1], [10, 20])
    assert [sorted(part) for part in rounds[:2]] == [list(range(10))] * 2
    assert len(set(rounds[2])) == 5


def test_an_exemplar_is_a_row_of_the_majority(mgvae: Make) -> None:
    X, y = data(4, 10, 6)  # the majority is in the middle
    sampler = mgvae()
    sampler.fit_resample(X, y)
    assert {label: len(rows) for label, rows in sampler.exemplars_.items()} == {0: 6, 2: 4}
    assert all((y[rows] == 1).all() for rows in sampler.exemplars_.values())


def test_a_gaussian_prior_has_no_exemplars(mgvae: Make) -> None:
    sampler = mgvae(prior="gaussian")
    X_new, _ = sampler.fit_resample(*data(10, 4))
    assert len(X_new) == 20 and sampler.exemplars_ == {1: None}


def test_without_pretraining_there_is_nothing_to_hold(mgvae: Make) -> None:
    X, y = data(10, 4)
    scratch = mgvae(pretraining=False).fit_resample(X, y)[0]
    np.testing.assert_array_equal(scratch, mgvae(pretraining=False, ewc=0.0).fit_resample(X, y)[0])
    assert not np.array_equal(scratch, mgvae().fit_resample(X, y)[0])


def test_of_two_largest_classes_the_second_may_grow(fast: Make) -> None:
    _, y_new = fast(sampling_strategy={1: 15}).fit_resample(*data(12, 12, 3))
    assert Counter(y_new) == {0: 12, 1: 15, 2: 3}


def test_more_of_the_largest_class_is_refused(fast: Make) -> None:
    with pytest.raises(ValueError, match=r"asks for 3 more of the largest, '0'. Use RandomOverSampler"):
        fast(sampling_strategy={0: 15}).fit_resample(*data(12, 5))


def test_balanced_data_come_back_as_they_are(fast: Make) -> None:
    X, y = data(6, 6)
    X_new, y_new = fast().fit_resample(X, y)
    np.testing.assert_array_equal(X_new, X)
    np.testing.assert_array_equal(y_new, y)


def test_a_strategy_that_would_shrink_a_class_is_imbalanced_learns_error(fast: Make) -> None:
    with pytest.raises(ValueError, match="should be greater or equal to the original number"):
        fast(sampling_strategy={1: 3}).fit_resample(*data(12, 5))
    with pytest.raises(ValueError, match="required to remove samples"):
        fast(sampling_strategy=0.2).fit_resample(*data(12, 5))


@pytest.mark.parametrize("value", [-7.3, 0.1, 0, 1e300])
def test_a_constant_feature_stays_exactly_constant(fast: Make, value: float) -> None:
    X, y = data(12, 5)
    X[:, 1] = value
    assert (fast(generate="sample").fit_resample(X, y)[0][:, 1] == value).all()


def test_a_constant_feature_of_a_declared_range_stays_constant(fast: Make) -> None:
    X = np.random.default_rng(0).uniform(size=(20, 3))
    X[:, 2] = 0.1
    y = np.repeat([0, 1], [14, 6])
    made = fast(feature_range=(0, 1)).fit_resample(X, y)[0][20:]
    assert (made[:, 2] == 0.1).all() and (made >= 0).all() and (made <= 1).all()
    assert (made[:, :2].std(axis=0) > 0).all()


def test_features_as_large_as_numbers_go_do_not_overflow(fast: Make) -> None:
    X, y = data(12, 5)
    X[:, 0] *= 1.7e308 / np.abs(X[:, 0]).max()
    X[0, 0], X[1, 0] = -1.7e308, 1.7e308
    assert np.isfinite(fast().fit_resample(X, y)[0]).all()


@pytest.mark.parametrize("dtype", [np.float32, np.float16, np.uint8, np.int64])
def test_the_type_of_features_is_kept(fast: Make, dtype: Any) -> None:
    X, y = data(12, 5)
    X = (np.abs(X) % 200).astype(dtype)
    X_new, _ = fast().fit_resample(X, y)
    assert X_new.dtype == dtype
    np.testing.assert_array_equal(X_new[: len(X)], X)


def test_missing_values_are_refused(fast: Make) -> None:
    X, y = data(12, 5)
    X[3, 1] = np.nan
    with pytest.raises(ValueError, match="Input X contains NaN"):
        fast().fit_resample(X, y)


def test_sparse_features_are_refused(fast: Make) -> None:
    X, y = data(12, 5)
    with pytest.raises(TypeError, match="Sparse data was passed"):
        fast().fit_resample(sparse.csr_matrix(X), y)


@pytest.mark.parametrize(("declared", "bad"), [((0, 1), -0.25), ((-1, 1), 1.5)])
def test_a_value_outside_the_declared_range_is_told(
    fast: Make, declared: tuple[int, int], bad: float
) -> None:
    X, y = np.full((8, 3), 0.5), np.repeat([0, 1], [5, 3])
    X[6, 2] = bad
    low, high = min(bad, 0.5), max(bad, 0.5)
    sampler, range_ = fast(feature_range=declared), rf"feature_range=\({declared[0]}, {declared[1]}\)"
    with pytest.raises(ValueError, match=rf"{range_}; column 2 has values from {low} to {high}"):
        sampler.fit_resample(X, y)
    with pytest.raises(ValueError, match=r"column 2 \('age'\)"):
        sampler.fit(pd.DataFrame(X, columns=["a", "b", "age"]), y)


def test_probabilities_need_a_declared_range(fast: Make) -> None:
    X, y = data(12, 5)
    with pytest.raises(ValueError, match=r"needs feature_range=\(0, 1\); got feature_range=None"):
        fast(likelihood="bernoulli").fit_resample(X, y)
    pixels = (X.mean(axis=0) < X).astype(float)
    made = fast(likelihood="bernoulli", feature_range=(0, 1), generate="sample").fit_resample(pixels, y)[0]
    assert set(np.unique(made)) <= {0.0, 1.0}
