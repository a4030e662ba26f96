"""What a run with few labels is made of: views that are missing, and data that cannot be used."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import torch

from tailmark.errors import TailmarkError
from tailmark.fusion.pools import scales
from tailmark.nets.views import Encoders, ViewShape
from tailmark.semi.network import Backbone
from tailmark.training.semi.ready import Ready, _check, _present, _there, tops
from tailmark.training.semi.run import Training

CPU = torch.device("cpu")
IMAGE, TABLE = ViewShape("image", "image", (8, 8, 1)), ViewShape("table", "table", (3,))
Make = Callable[..., Ready]


def test_a_row_without_a_number_is_a_missing_view() -> None:
    values = np.array([[1.0, 2.0, 3.0], [np.nan] * 3], np.float32)
    np.testing.assert_array_equal(_there(values, TABLE), [True, False])
    assert _there(np.zeros((2, 8, 8), np.uint8), IMAGE).all()


def test_a_row_that_lacks_some_numbers_is_refused() -> None:
    values = np.array([[1.0, np.nan, 3.0], [1.0, 2.0, 3.0], [np.nan, np.nan, 1.0]], np.float32)
    with pytest.raises(TailmarkError, match=r"View 'table' .* 2 of 3 samples have NaN in column 1, 2\. Fill"):
        _there(values, TABLE)


def test_the_brightest_training_pixel_counts_as_one(few_labels: Make) -> None:
    ready = few_labels()
    dark = {**ready.values, "image": ready.values["image"] // 30}
    top = tops(dark, np.arange(100), ready.facts.shapes)
    assert top == {"image": dark["image"][:100].max() / 255}
    fitted = {**ready.scales, "image": scales(dark["image"], np.arange(100), IMAGE)}
    training = Training(replace(ready, values=dark, scales=fitted, tops=top), CPU)
    batch = training.samples.clean(torch.arange(100))
    assert batch.values["image"].max() == 1 and abs(float(batch.inputs["image"].mean())) < 1e-4
    assert float(batch.inputs["image"].std()) == pytest.approx(1, abs=1e-2)


def test_views_are_taken_away_as_the_seed_says() -> None:
    values = {"image": np.zeros((400, 8, 8), np.uint8), "table": np.zeros((400, 3), np.float32)}
    made = [_present(values, (IMAGE, TABLE), np.arange(400), 400, 0.4, seed) for seed in (0, 0, 1)]
    np.testing.assert_array_equal(made[0], made[1])
    assert not np.array_equal(made[0], made[2])
    assert made[0].min(axis=1).mean() == pytest.approx(0.6, abs=0.1)
    assert made[0].max(axis=1).all(), "no sample loses both"
    assert _present(values, (IMAGE, TABLE), np.arange(400), 400, 0.0, 0).all()


def test_a_view_that_every_sample_lacks_is_refused() -> None:
    class Named:
        name = "patients"

    present = np.array([[1.0, 0.0], [1.0, 0.0]], np.float32)
    with pytest.raises(TailmarkError, match=r"view 'table' of 'patients' .* missing for all 2 of them"):
        _check(present, (IMAGE, TABLE), Named())  # type: ignore[arg-type]


def test_a_missing_view_says_nothing(few_labels: Make) -> None:
    ready = few_labels()
    gone = ready.present.copy()
    gone[:, 1] = 0
    other = {**ready.values, "table": np.random.default_rng(0).normal(size=ready.values["table"].shape)}
    one = Training(replace(ready, present=gone), CPU)
    two = Training(replace(ready, present=gone, values={**other, "table": other["table"].astype("f4")}), CPU)
    rows = torch.arange(5)
    torch.testing.assert_close(one.average(one.samples.clean(rows)), two.average(two.samples.clean(rows)))


def test_methods_begin_with_the_same_encoders(few_labels: Make) -> None:
    facts = few_labels().facts
    one, two = Backbone(facts), Backbone(facts, heads=2)
    for name, value in one.state_dict().items():
        torch.testing.assert_close(two.state_dict()[name], value)
    other = Backbone(replace(facts, seed=5))
    assert not torch.equal(next(one.parameters()), next(other.parameters()))
    assert len(list(two.heads)) == 2 and one.trunk[0].in_features == sum(one.widths)


def test_sizes_of_the_encoders_are_the_suites(few_labels: Make) -> None:
    facts = replace(few_labels().facts, sizes=Encoders(channels=(3,), kernel=3, hidden=7, columns=5))
    assert Backbone(facts).widths == [7, 5]


def test_the_blank_sample_is_ones_and_means(few_labels: Make) -> None:
    training = Training(few_labels(), CPU)
    assert (training.blank.values["image"] == 1).all() and (training.blank.values["table"] == 0).all()
    scale = training.ready.scales["image"]
    expected = (1 - scale.mean) / scale.spread  # at the top of a byte's range
    torch.testing.assert_close(training.blank.inputs["image"].mean(), torch.tensor(expected).mean())
