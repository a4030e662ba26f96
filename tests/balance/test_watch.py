"""What each view says by itself, kept over the training and of the test set."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

from tailmark import evaluate
from tailmark.balance.shares import certainty, dependence
from tailmark.training.outcome import mean_recall
from tailmark.training.plan import plan, waiting
from tailmark.training.views.fit import fit
from tailmark.training.views.run import Training
from tailmark.training.worker import attempt

CPU = torch.device("cpu")
Make = Callable[..., Any]
Train = Callable[[Any], Training]


@pytest.mark.parametrize("name", ["concatenation", "arl", "mmpareto", "mla", "sum", "low-rank"])
def test_it_is_kept_for_every_view(name: str, ready: Make) -> None:
    kinds = ("table", "image", "table")
    outcome = fit(ready(name, kinds, steps=15, watch=True), CPU)
    parts, looks = outcome.parts, len(outcome.curves.eval_epoch)
    assert parts["watch/steps"].tolist() == [7, 14, 15] and looks == 3
    for part in ("dependence", "certainty", "recall"):
        assert parts[f"watch/{part}"].shape == (looks, 3)
    np.testing.assert_allclose(parts["watch/dependence"].sum(axis=1), 1, rtol=1e-5)
    np.testing.assert_allclose(parts["watch/certainty"].sum(axis=1), 1, rtol=1e-5)
    for view in "abc":
        assert parts[f"reading/{view}"].shape == (60, 3)


def test_the_numbers_are_those_of_the_network(ready: Make, trained: Train) -> None:
    training = trained(ready("arl", ("table", "image"), steps=7, watch=True))
    watch, made, expert = training.watch, training.ready, training.network.first
    assert watch is not None
    with torch.no_grad():
        known, tested = (
            expert.alone(expert.encoded(training.clean(torch.from_numpy(rows))))
            for rows in (made.training.rows, made.test)
        )
    parts = watch.parts()
    np.testing.assert_allclose(parts["watch/dependence"][-1], dependence(known), rtol=1e-5)
    np.testing.assert_allclose(parts["watch/certainty"][-1], certainty(known), rtol=1e-5)
    recall = [mean_recall(logits, torch.from_numpy(made.test_labels)) for logits in tested]
    np.testing.assert_allclose(parts["watch/recall"][-1], recall, rtol=1e-6)


def test_a_view_with_a_head_of_its_own_speaks_by_it(ready: Make, trained: Train) -> None:
    training = trained(ready("mmpareto", ("table", "table"), steps=7, watch=True))
    assert training.watch is not None
    expert, rows = training.network.first, training.ready.test
    with torch.no_grad():
        features = expert.encoded(training.clean(torch.from_numpy(rows)))
        said = training.watch.said(rows, training.clean)
        for logits, by_head, by_all in zip(said, expert.apart(features), expert.alone(features), strict=True):
            torch.testing.assert_close(logits, by_head)
            assert not torch.allclose(logits, by_all)


@pytest.mark.parametrize("name", ["arl", "ogm-ge", "concatenation"])
def test_watching_changes_nothing(name: str, ready: Make) -> None:
    one, other = (fit(ready(name, steps=14, watch=watch), CPU) for watch in (False, True))
    np.testing.assert_array_equal(one.logits, other.logits)
    assert not any(part.startswith(("watch/", "reading/")) for part in one.parts)


def test_there_is_nothing_to_watch_where_views_do_not_meet(ready: Make) -> None:
    for name, settings in (("late-fusion", {}), ("one-view", {"view": "a"})):
        parts = fit(ready(name, steps=7, watch=True, **settings), CPU).parts
        assert not any(part.startswith(("watch/", "reading/")) for part in parts)


SUITE = """
tier: tiny
data: {datasets: [mfeat]}
training: {device: cpu, workers: 1}
suites:
  views:
    title: Two views of a digit
    dataset: mfeat
    views: [mor, fou]
    splits: [{kind: tail, ratio: 10, head: 40, test_per_class: 10}]
    protocols: [corrected]
    methods: [majority, concatenation, {name: arl, join: sum}, {name: arl, gamma: 1.0}]
    seeds: [0]
    encoders: {columns: 8}
    schedule: {steps: 6, batch: 32, learning_rate: 0.05, decay: 1.0, optimiser: sgd, drops: [0.7], clip: 40}
    watch_views: true
    tuning: {held: 0.25, steps: 3}
"""


def test_views_are_read_beside_their_method_and_what_was_chosen_is_told(workspace: Make) -> None:
    made, folders = workspace(SUITE)
    for task in waiting(plan(made, "views", folders)):
        assert attempt(task).error == ""
    evaluate.evaluate(made, folders, folders.metrics("tiny"))
    table = evaluate.read(folders.metrics("tiny"))
    labels = ("concatenation", "arl(join=sum)", "arl(gamma=1.0)")
    assert set(table["method"]) == {
        "majority",
        *labels,
        *(f"{label}@{v}" for label in labels for v in ("mor", "fou")),
    }
    told = table[table["metric"].str.startswith("tuned/")]
    found = {label: set(told[told["method"] == label]["metric"]) for label in labels}
    assert found == {
        "concatenation": {"tuned/rate"},
        "arl(join=sum)": {"tuned/rate", "tuned/gamma"},
        "arl(gamma=1.0)": {"tuned/rate"},
    }
