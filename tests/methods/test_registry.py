"""Methods are found by being in the folder, and wrong names and settings are told."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from tailmark import methods
from tailmark.errors import TailmarkError
from tailmark.fusion.design import Design
from tailmark.objective import Objective

EXPECTED = [
    "balanced", "balanced-softmax", "cbrw", "erm", "focal", "ldam", "logit-adjustment", "majority",
    "mgvae", "mgvae-learned-variance", "ocdcgan", "ocgan", "ocvae", "ros", "rw", "smote",
    "concatenation", "ensemble", "late-fusion", "low-rank", "m2lc-net", "mame", "mmd", "mmd-la", "one-view",
    "sade", "sade-lmf", "sum", "gated",
    "agm", "arl", "arl-bias-only", "arl-released", "dgl", "g-blending", "mla", "mmpareto", "ogm", "ogm-ge", "pmr",
]  # fmt: skip


def test_every_method_is_there() -> None:
    assert set(EXPECTED) <= set(methods.names())


@pytest.mark.parametrize("name", methods.names())
def test_a_method_is_a_frozen_row_of_numbers_with_a_described_file(name: str) -> None:
    method = methods.make(name, {}, "corrected")
    assert dataclasses.is_dataclass(method) and type(method).__dataclass_params__.frozen
    counts = np.array([10.0, 5.0])
    if hasattr(method, "design"):
        sees = {"view": "b"} if hasattr(method, "view") else {}
        made = methods.make(name, sees, "corrected").design(counts, ("a", "b"))
        assert isinstance(made, Design) and set(made.views) <= {"a", "b"}
        setting, values = getattr(method, "tuned", ("", ()))
        assert not setting or (len(set(values)) == 2 and values[0] == getattr(method, setting))
        assert bool(made.balance) <= (method.protocols == ("corrected",))
    elif methods.learns_partly(name):
        setting, values = method.tuned
        assert len(set(values)) == 4 and values[0] == getattr(method, setting)
        assert set(method.sees) <= {"weak", "strong"} and method.protocols == ("corrected",)
    else:
        assert isinstance(method.objective(counts), Objective)
    assert methods.describe(name).summary.endswith((".", ")"))


def test_a_wrong_name_names_the_nearest() -> None:
    with pytest.raises(TailmarkError, match=r"no method 'focall'.*Did you mean 'focal'"):
        methods.make("focall", {}, "corrected")


def test_a_wrong_setting_names_the_known_ones() -> None:
    with pytest.raises(
        TailmarkError, match=r"no setting 'gama'; its settings are gamma. Did you mean 'gamma'"
    ):
        methods.make("focal", {"gama": 2}, "corrected")
    with pytest.raises(TailmarkError, match=r"has no settings"):
        methods.make("erm", {"gamma": 2}, "corrected")


def test_a_protocol_changes_settings_and_a_suite_changes_them_again() -> None:
    assert methods.make("ros", {}, "corrected").epoch == "enlarged"
    assert methods.make("ros", {}, "released").epoch == "drawn"
    assert methods.make("ros", {"epoch": "enlarged"}, "released").epoch == "enlarged"


def test_only_what_the_authors_have_is_in_the_released_protocol() -> None:
    released = [name for name in EXPECTED if methods.exists_in(name, "released")]
    assert released == [
        "balanced", "cbrw", "erm", "focal", "ldam", "mgvae", "ocvae", "ros", "rw", "smote",
    ]  # fmt: skip
