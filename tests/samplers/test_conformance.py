"""The checks that imbalanced-learn and scikit-learn have for a sampler."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from imblearn.utils import estimator_checks as imbalanced_learn
from sklearn.utils import estimator_checks as scikit_learn

from tailmark import MGVAE, OCVAE

SHORT = {"epochs": 1, "hidden": 8, "random_state": 0}
SAMPLERS = [MGVAE(**SHORT, fine_tuning_epochs=1, exemplars=10, fisher_samples=1), OCVAE(**SHORT)]
REFUSED = {"check_samplers_pandas_sparse": "sparse features are refused: generated samples are dense"}
APART = [
    imbalanced_learn.check_param_validation,
    imbalanced_learn.check_dataframe_column_names_consistency,
]


def checks(library: Any) -> pytest.MarkDecorator:
    """What the library's `parametrize_with_checks` does, in a list: pytest wants no generator any more."""
    found = [
        pair
        for sampler in SAMPLERS
        for pair in library.estimator_checks_generator(sampler, expected_failed_checks=REFUSED, mark="xfail")
    ]
    return pytest.mark.parametrize(("sampler", "check"), found, ids=name)


def name(part: Any) -> str:
    """A sampler's class or a check's function."""
    if isinstance(part, partial):
        return part.func.__name__
    return getattr(part, "__name__", type(part).__name__)


@checks(imbalanced_learn)
def test_a_sampler_is_as_imbalanced_learn_wants_it(sampler: Any, check: Callable[[Any], None]) -> None:
    check(sampler)


@checks(scikit_learn)
def test_a_sampler_is_as_scikit_learn_wants_it(sampler: Any, check: Callable[[Any], None]) -> None:
    check(sampler)


@pytest.mark.parametrize("check", APART, ids=name)
@pytest.mark.parametrize("sampler", SAMPLERS, ids=name)
def test_a_sampler_passes_what_imbalanced_learn_checks_apart(sampler: Any, check: Any) -> None:
    check(type(sampler).__name__, sampler)
