"""One setting is chosen on labelled samples that are held out, by the same rule for every method."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn.functional import cross_entropy

from tailmark.semi.recipe import Search
from tailmark.semi.step import Step
from tailmark.training.semi.fit import fit
from tailmark.training.semi.ready import Ready
from tailmark.training.semi.search import Candidates, held_out

CPU = torch.device("cpu")
Make = Callable[..., Ready]


@dataclass(frozen=True)
class Strength:
    """Learns as strongly as it is told; at strength 0 not at all, and at -1 its loss is not a number."""

    strength: float = 0.0
    sees: ClassVar[tuple[str, ...]] = ()

    def learn(self, step: Step) -> torch.Tensor:
        loss = cross_entropy(step.network(step.labelled), step.labels)
        return self.strength * loss if self.strength >= 0 else loss * float("nan")


def searching(few_labels: Make, candidates: tuple[float, ...], steps: int = 60) -> Ready:
    ready = few_labels(Strength())
    search = Search("strength", candidates, held=0.3, steps=steps)
    return replace(ready, semi=replace(ready.semi, search=search))


def scores(ready: Ready) -> Candidates:
    assert ready.semi.search is not None
    found = Candidates(ready, ready.semi.search, CPU)
    for _ in found.steps():
        pass
    return found


def test_the_best_on_held_out_labels_is_chosen(few_labels: Make) -> None:
    ready = searching(few_labels, (0.0, 1.0, -1.0))
    found = scores(ready)
    assert found.chosen == 1.0 and found.scores[1] > found.scores[0] > found.scores[2] == -1
    parts = fit(ready, CPU).parts
    assert float(parts["tuning/chosen"]) == 1.0
    assert parts["tuning/values"].tolist() == [0.0, 1.0, -1.0]
    assert parts["tuning/scores"].tolist() == found.scores


def test_the_chosen_run_is_the_run_with_that_setting(few_labels: Make) -> None:
    ready = searching(few_labels, (0.0, 1.0))
    given_at_once = replace(ready, method=Strength(1.0), semi=replace(ready.semi, search=None))
    np.testing.assert_array_equal(fit(ready, CPU).logits, fit(given_at_once, CPU).logits)


def test_a_tie_goes_to_the_first(few_labels: Make) -> None:
    assert scores(searching(few_labels, (0.0, 0.0, 0.0), steps=3)).chosen == 0.0
    assert scores(searching(few_labels, (2.0, 2.0), steps=3)).chosen == 2.0


def test_the_test_set_has_no_part_in_it(few_labels: Make) -> None:
    ready = searching(few_labels, (0.3, 1.0), steps=20)
    lied_to = replace(ready, test_labels=(ready.test_labels + 1) % 3, pool_labels=ready.pool_labels * 0)
    assert scores(ready).scores == scores(lied_to).scores


def test_candidates_do_not_train_on_what_is_held_out(few_labels: Make) -> None:
    ready = searching(few_labels, (0.3, 1.0))
    tried = Candidates(ready, Search("strength", (1.0,), 0.3, 5), CPU)._tried(1.0)
    assert not np.intersect1d(tried.training.rows, tried.test).size
    whole = np.sort(np.concatenate([tried.training.rows, tried.test]))
    np.testing.assert_array_equal(whole, ready.training.rows)
    assert tried.facts.counts == tuple(np.bincount(tried.training.labels, minlength=3)) and tried.steps == 5


@given(
    st.lists(st.integers(1, 12), min_size=2, max_size=6),
    st.floats(0.05, 0.9),
    st.integers(0, 3),
)
def test_every_class_keeps_a_sample(counts: list[int], share: float, seed: int) -> None:
    labels = np.repeat(np.arange(len(counts)), counts)
    held = held_out(labels, share, seed)
    assert set(labels[~held]) == set(range(len(counts)))
    assert held.any() == (max(counts) > 1)
    np.testing.assert_array_equal(held, held_out(labels, share, seed))
