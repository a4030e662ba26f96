"""The designs of the multi-modal methods, number by number, and what they refuse."""

from __future__ import annotations

import numpy as np
import pytest

from tailmark import methods
from tailmark.errors import TailmarkError
from tailmark.fusion.design import Design, Expert
from tailmark.objective import Objective

COUNTS = np.array([80.0, 15.0, 5.0])
VIEWS = ("photo", "patient")
LOG_PRIOR = np.log(COUNTS / 100)


def design(name: str, **settings: object) -> Design:
    found: Design = methods.make(name, settings, "corrected").design(COUNTS, VIEWS)
    return found


def test_the_losses_of_the_three_experts() -> None:
    one, two, three = (expert.objective for expert in design("mame").experts)
    assert one == Objective()
    np.testing.assert_allclose(two.prior, LOG_PRIOR, atol=1e-7)
    np.testing.assert_allclose(three.prior, LOG_PRIOR - LOG_PRIOR[::-1], atol=1e-6)
    steeper = design("mame", tau=2.0).experts[2].objective
    np.testing.assert_allclose(steeper.prior, LOG_PRIOR - 2 * LOG_PRIOR[::-1], atol=1e-6)


def test_the_module_of_the_proposed_method_is_apart() -> None:
    module = design("mame").assessment
    assert module is not None and module.objective == Objective() and module.strength == 1
    assert not (module.shares_encoders or module.passes_confidence or module.passes_target)
    through = design("mame", mmd_gradients=True).assessment
    assert through is not None and through.passes_confidence and through.passes_target
    assert design("mame", weighs=False).assessment is None


def test_mmd_shares_its_encoders_and_detaches_nothing() -> None:
    module = design("mmd").assessment
    assert module is not None and module.shares_encoders and module.passes_confidence and module.passes_target
    assert [expert.objective for expert in design("mmd").experts] == [Objective()]


def test_mmd_la_adjusts_the_fused_classifier_and_those_of_the_views() -> None:
    adjusted, module = design("mmd-la"), design("mmd-la").assessment
    assert module is not None
    for objective in (adjusted.experts[0].objective, module.objective):
        np.testing.assert_allclose(objective.prior, LOG_PRIOR)
    assert design("mmd-la", adjusts_views=False).assessment.objective == Objective()  # type: ignore[union-attr]


def test_m2lc_net_weighs_classes_by_their_effective_number() -> None:
    objective = design("m2lc-net").experts[0].objective
    effective = (1 - 0.9999) / (1 - 0.9999**COUNTS)
    np.testing.assert_allclose(objective.weight, effective / effective.sum() * 3)
    assert objective.focus == 2.0


def test_who_sees_what() -> None:
    assert {expert.views for expert in design("sade", view="photo").experts} == {("photo",)}
    assert [expert.views for expert in design("late-fusion").experts] == [("photo",), ("patient",)]
    assert design("one-view", view="patient").experts == (Expert(Objective(), ("patient",)),)
    assert len(design("ensemble").experts) == 3 and design("ensemble").weights == "equal"
    assert design("sade-lmf").join == "low-rank" and design("sade-lmf").weights == "fitted"


@pytest.mark.parametrize("name", ["sade", "one-view"])
@pytest.mark.parametrize(
    ("view", "message"), [("", "none was named"), ("sound", "got 'sound'")], ids=["none", "another"]
)
def test_a_method_of_one_view_wants_it_named(name: str, view: str, message: str) -> None:
    with pytest.raises(TailmarkError, match=rf"'{name}' sees one view, one of photo, patient; {message}"):
        design(name, view=view)


@pytest.mark.parametrize(
    "loss", ["erm", "focal", "rw", "cbrw", "ldam", "logit-adjustment", "balanced-softmax"]
)
@pytest.mark.parametrize("name", ["concatenation", "low-rank", "late-fusion", "mmd", "ensemble"])
def test_every_loss_goes_with_every_fusion(name: str, loss: str) -> None:
    expected = methods.make(loss, {}, "corrected").objective(COUNTS).numbers()
    made = design(name, loss=loss)
    assert all(expert.objective.numbers() == expected for expert in made.experts)
    assert made.head == ("cosine" if loss == "ldam" else "linear")


@pytest.mark.parametrize("loss", ["smote", "mgvae", "majority", "balanced", "mame"])
def test_what_is_more_than_a_loss_is_refused(loss: str) -> None:
    with pytest.raises(TailmarkError, match=rf"Expected a loss, one of .*erm.*; got '{loss}'"):
        design("concatenation", loss=loss)


def test_the_numbers_of_a_design_are_plain_and_tell_designs_apart() -> None:
    told = [
        repr(design(name).numbers()) for name in ("concatenation", "low-rank", "late-fusion", "mmd", "mame")
    ]
    assert len(set(told)) == len(told)
    assert design("mame").numbers()["assessment"]["objective"] == {}
