"""The learning rate and one setting are chosen on held-out training samples, by the same rule for every method."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest
import torch

from tailmark import methods
from tailmark.balance import Step
from tailmark.fusion.design import Design, Expert
from tailmark.fusion.recipe import Search
from tailmark.objective import Floats, Objective
from tailmark.params import MethodSpec, parse
from tailmark.training.semi.search import NEVER, held_out
from tailmark.training.views.fit import fit
from tailmark.training.views.of_views import MORE_RATES, NO_SETTING, RATES, _search
from tailmark.training.views.ready import Ready
from tailmark.training.views.search import Trials

CPU = torch.device("cpu")
Make = Callable[..., Ready]
TABLES = ("table", "table")


@dataclass(frozen=True)
class Strength:
    """Learns as strongly as it is told; at strength 0 not at all, and at -1 its loss is not a number."""

    strength: float = 0.0

    def design(self, counts: Floats, views: tuple[str, ...]) -> Design:
        # The prior tells whose counts it is made for.
        return Design((Expert(Objective(prior=np.log(counts / counts.sum())), views),), balance=self)

    def gradients(self, step: Step) -> torch.Tensor:
        loss = step.loss(step.fused(step.features()))
        loss = self.strength * loss if self.strength >= 0 else loss * float("nan")
        loss.backward()  # type: ignore[no-untyped-call]
        return loss.detach()


def searching(
    ready: Make, *trials: tuple[float, float], steps: int | None = 14, setting: str = "strength"
) -> Ready:
    made, method = ready("concatenation", TABLES), Strength()
    search = Search(setting, trials, held=0.3, steps=steps)
    design = method.design(made.counts.astype(float), made.fusion.views)
    return replace(made, method=method, design=design, fusion=replace(made.fusion, search=search))


def tried(ready: Ready) -> Trials:
    assert ready.fusion.search is not None
    trials = Trials(ready, ready.fusion.search, CPU)
    for _ in trials.steps():
        pass
    return trials


def test_the_best_on_held_out_samples_is_chosen_and_told(ready: Make) -> None:
    made = searching(ready, (1.0, 0.0), (1.0, -1.0), (1.0, 1.0), (0.001, 1.0))
    found = tried(made)
    assert found.chosen == (1.0, 1.0) and found.scores[1] == NEVER
    assert found.scores[2] > max(found.scores[0], found.scores[3]) > NEVER
    parts = fit(made, CPU).parts
    assert parts["search/chosen"].tolist() == [1.0, 1.0]
    assert parts["search/scores"].tolist() == found.scores
    assert parts["search/trials"].tolist() == [[1.0, 0.0], [1.0, -1.0], [1.0, 1.0], [0.001, 1.0]]


def test_a_run_without_a_search_tells_of_none(ready: Make) -> None:
    parts = fit(ready("concatenation", TABLES, steps=3), CPU).parts
    assert not any(name.startswith("search/") for name in parts)


def test_a_tie_goes_to_the_first(ready: Make) -> None:
    assert tried(searching(ready, (0.3, 0.0), (1.0, 0.0), (3.0, 0.0))).chosen == (0.3, 0.0)
    assert tried(searching(ready, (1.0, 1.0), (1.0, 1.0))).chosen == (1.0, 1.0)


def test_where_all_diverge_the_first_is_as_good_as_any(ready: Make) -> None:
    found = tried(searching(ready, (0.3, -1.0), (1.0, -1.0)))
    assert found.scores == [NEVER, NEVER] and found.chosen == (0.3, -1.0)


def test_the_chosen_run_is_the_run_with_that_rate_and_setting_on_all_samples(ready: Make) -> None:
    made = searching(ready, (1.0, 0.0), (0.5, 1.0))
    found = tried(made)
    assert found.chosen == (0.5, 1.0)
    decided = found.decided
    assert decided.recipe.learning_rate == pytest.approx(0.5 * made.recipe.learning_rate)
    assert decided.method == Strength(1.0) and decided.design.balance == Strength(1.0)
    np.testing.assert_array_equal(decided.training.rows, made.training.rows)
    at_once = replace(decided, fusion=replace(decided.fusion, search=None))
    np.testing.assert_array_equal(fit(made, CPU).logits, fit(at_once, CPU).logits)


def test_a_trial_trains_on_what_is_not_held_out(ready: Make) -> None:
    made = searching(ready, (0.5, 2.0), steps=9)
    assert made.fusion.search is not None
    trial = Trials(made, made.fusion.search, CPU)._tried(0.5, 2.0)
    assert not np.intersect1d(trial.training.rows, trial.test).size
    np.testing.assert_array_equal(np.sort([*trial.training.rows, *trial.test]), made.training.rows)
    held = held_out(made.training.labels, 0.3, made.seed)
    np.testing.assert_array_equal(trial.test, made.training.rows[held])
    np.testing.assert_array_equal(trial.test_labels, made.training.labels[held])
    assert np.bincount(trial.test_labels).tolist() == [18, 9, 3]
    assert trial.steps == 9 and trial.recipe.learning_rate == pytest.approx(0.5 * made.recipe.learning_rate)
    assert trial.method == Strength(2.0) and not trial.fusion.watch_views and trial.mixes == {}
    counts = np.array([42, 21, 7])
    np.testing.assert_array_equal(trial.counts, counts)
    prior = trial.design.experts[0].objective.prior
    np.testing.assert_allclose(prior, np.log(counts / 70))  # type: ignore[arg-type]


def test_a_trial_may_take_as_many_steps_as_the_training(ready: Make) -> None:
    made = searching(ready, (1.0, 1.0), steps=None)
    assert made.fusion.search is not None and made.steps == 30
    assert Trials(made, made.fusion.search, CPU)._tried(1.0, 1.0).steps == 30
    by_epochs = replace(made, fusion=replace(made.fusion, steps=None), recipe=replace(made.recipe, epochs=3))
    assert Trials(by_epochs, made.fusion.search, CPU)._tried(1.0, 1.0).steps == 21 == by_epochs.steps


@pytest.mark.parametrize("name", ["arl", "pmr", "g-blending", "concatenation"])
def test_the_test_set_has_no_part_in_it(name: str, ready: Make) -> None:
    """Neither its labels nor its rows: what is chosen is the same for any."""
    made = ready(name, TABLES, steps=14)
    search = Search("", ((1.0, 0.0), (0.1, 0.0), (3.0, 0.0)), 0.25, 10)
    made = replace(made, fusion=replace(made.fusion, search=search))
    moved = {view: pool.copy() for view, pool in made.pools.items()}
    for pool in moved.values():
        pool[made.test] = np.random.default_rng(1).normal(size=pool[made.test].shape)
    other = replace(made, pools=moved, test_labels=(made.test_labels + 1) % 3)
    one = tried(made)
    assert one.scores == tried(other).scores and len(set(one.scores)) > 1


def test_what_is_held_out_for_weights_is_no_ones_test(ready: Make) -> None:
    """A method that holds samples out itself does so in its trials too, and they are not among the held-out ones."""
    made = ready("g-blending", TABLES)
    trial = Trials(made, Search("", ((1.0, 0.0),), 0.25, 5), CPU)._tried(1.0, NO_SETTING)
    assert not np.intersect1d(trial.held, trial.test).size
    assert not np.intersect1d(trial.held, trial.training.rows).size


def test_nothing_is_left_of_a_trial(ready: Make) -> None:
    """In another order they have the scores that they had."""
    trials = [(1.0, 0.6), (0.3, 0.2), (1.0, 0.2)]
    made = replace(ready("pmr", TABLES), seed=2)

    def scores(order: list[int]) -> list[float]:
        search = Search("alpha", tuple(trials[i] for i in order), 0.25, 14)
        found = tried(replace(made, fusion=replace(made.fusion, search=search))).scores
        return [found[order.index(i)] for i in range(3)]

    assert scores([0, 1, 2]) == scores([2, 0, 1])


def test_the_same_seed_chooses_the_same(ready: Make) -> None:
    search = Search("gamma", ((1.0, 4.0), (0.3, 1.0)), 0.25, 10)

    def run(seed: int) -> Any:
        made = ready("arl", TABLES, seed=seed, steps=10)
        return fit(replace(made, fusion=replace(made.fusion, search=search)), CPU)

    one, same, other = run(0), run(0), run(1)
    np.testing.assert_array_equal(one.logits, same.logits)
    np.testing.assert_array_equal(one.parts["search/scores"], same.parts["search/scores"])
    assert not np.array_equal(one.logits, other.logits)


SUITE = """
tier: mine
data: {{datasets: [mfeat]}}
suites:
  one:
    title: One
    dataset: mfeat
    views: [pix, fou]
    splits: [{{kind: tail, ratio: 10, test_per_class: 20}}]
    protocols: [corrected]
    methods: [{method}]
    seeds: [0, 1, 2]
    schedule: {{steps: 100}}
    tuning: {{held: 0.2, steps: 40}}
"""


def search_of(method: str) -> tuple[Search, MethodSpec]:
    suite = parse(SUITE.format(method=method)).suites["one"]
    (spec,) = suite.methods
    found = _search(suite, spec, methods.make(spec.name, spec.settings, "corrected"))
    assert found is not None
    return found, spec


@pytest.mark.parametrize(
    "name",
    [
        n
        for n in methods.names()
        if methods.sees_views(n) and not methods.learns_partly(n) and n != "majority"
    ],
)
def test_every_method_has_as_many_trials(name: str) -> None:
    wants_one = "view" in methods.describe(name).settings and methods.describe(name).settings["view"] == ""
    found, _ = search_of(f"{{name: {name}, view: pix}}" if wants_one else name)
    assert len(found.trials) == len(set(found.trials)) == len(RATES) * 2 == len(MORE_RATES)
    assert (found.held, found.steps) == (0.2, 40)
    setting, values = getattr(methods.make(name, {}, "corrected"), "tuned", ("", (NO_SETTING,)))
    assert found.setting == setting
    assert found.trials[0] == (1.0, values[0]), "the suite's rate and the published value"
    assert {value for _, value in found.trials} == set(values)
    if setting:
        assert set(found.trials) == {(rate, value) for rate in RATES for value in values}
        assert values[0] == methods.describe(name).settings[setting]


@pytest.mark.parametrize("method", ["{name: arl, gamma: 4.0}", "{name: ogm-ge, alpha: 0.1}"])
def test_a_setting_that_is_given_is_not_chosen(method: str) -> None:
    found, _ = search_of(method)
    assert found.setting == "" and [rate for rate, _ in found.trials] == list(MORE_RATES)


def test_another_setting_that_is_given_leaves_the_tuned_one_to_be_chosen() -> None:
    found, _ = search_of("{name: arl, loss: balanced-softmax, join: sum}")
    assert found.setting == "gamma"


def test_a_suite_without_tuning_has_no_search() -> None:
    text = SUITE.format(method="arl").replace("    tuning: {held: 0.2, steps: 40}\n", "")
    suite = parse(text).suites["one"]
    assert _search(suite, suite.methods[0], methods.make("arl", {}, "corrected")) is None
