"""Lessons and their keys: what decides a model changes its key, and one model serves all that start there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
import yaml

from tailmark import datasets, methods
from tailmark.folders import Folders
from tailmark.generators import store
from tailmark.generators.lesson import Lesson
from tailmark.params import Params
from tailmark.training.lessons import Classroom
from tailmark.training.plan import Planned, plan, waiting
from tailmark.training.task import LessonTask, Task
from tailmark.training.teach import material_of, teach

Workspace = Callable[..., tuple[Params, Folders]]
CPU = torch.device("cpu")

SMALL = {
    "epochs": 1,
    "fine_tuning_epochs": 1,
    "exemplars": 20,
    "hidden": 16,
    "latent": 4,
    "fisher_samples": 3,
}


def digits(
    *chosen: dict[str, Any], ratios: tuple[float, ...] = (100, 20), seeds: tuple[int, ...] = (0,)
) -> str:
    """A suite of two classes at some ratios."""
    suite = {
        "title": "Digits",
        "dataset": "mnist5k",
        "splits": [{"kind": "groups", "ratio": ratio, "test_per_class": 10} for ratio in ratios],
        "protocols": ["corrected"],
        "methods": list(chosen),
        "seeds": list(seeds),
        "schedule": {"epochs": 1},
    }
    return yaml.safe_dump({"tier": "tiny", "data": {"datasets": ["mnist5k"]}, "suites": {"tiny": suite}})


def mgvae(**settings: Any) -> dict[str, Any]:
    return {"name": "mgvae", **SMALL, **settings}


@pytest.fixture
def planned(workspace: Workspace) -> Callable[[str], list[Planned]]:
    """The plan of a text's suite, which is called tiny."""

    def make(text: str) -> list[Planned]:
        made, folders = workspace(text)
        return plan(made, "tiny", folders)

    return make


Plans = Callable[[str], list[Planned]]


def lessons_of(items: list[Planned]) -> list[LessonTask]:
    return [lesson for item in items for lesson in item.task.lessons.values()]


def starts_of(items: list[Planned]) -> list[LessonTask]:
    return [lesson.start for lesson in lessons_of(items) if lesson.start is not None]


def keys(tasks: list[LessonTask]) -> set[str]:
    return {task.key for task in tasks}


def test_one_pre_training_serves_every_ratio_and_every_lambda(planned: Plans) -> None:
    items = planned(
        digits(
            mgvae(),
            mgvae(ewc=0.0),
            mgvae(ewc=5e2),
            mgvae(ewc=5e8),
            mgvae(fine_tuning_epochs=2),
            mgvae(generate="sample"),
        )
    )
    assert len(items) == 12 and len(keys(starts_of(items))) == 1
    assert {start.into for start in starts_of(items)} == {starts_of(items)[0].into}
    assert len(keys(lessons_of(items))) == 10  # how samples are drawn needs no other model
    assert len({item.task.key for item in items}) == 12  # but makes another run


@pytest.mark.parametrize(
    "changed",
    [
        {"latent": 5},
        {"exemplars": 21},
        {"hidden": 17},
        {"likelihood": "gaussian"},
        {"variance": "diagonal"},
        {"epochs": 2},
        {"batch": 50},
        {"learning_rate": 1e-3},
        {"prior": "gaussian"},
        {"fisher_samples": 4},
        {"walk": "in turn"},
    ],
)
def test_what_decides_the_model_changes_its_key(planned: Plans, changed: dict[str, Any]) -> None:
    one, other = planned(digits(mgvae(), mgvae(**changed), ratios=(20,)))
    assert keys(starts_of([one])) != keys(starts_of([other]))
    assert keys(lessons_of([one])) != keys(lessons_of([other]))


def test_every_seed_has_its_own(planned: Plans) -> None:
    items = planned(digits(mgvae(), seeds=(0, 1)))
    assert len(keys(starts_of(items))) == 2 and len(keys(lessons_of(items))) == 4
    (task, *_) = lessons_of(items)
    classroom = Classroom(datasets.load(task.data), task.data, task.into.parent)
    place = (task.rows, task.targets, task.classes, task.fit_on)
    again, other = (classroom.task(task.lesson, seed, *place) for seed in (task.seed, 7))
    assert again.key == task.key != other.key  # on the same rows too
    assert other.start is not None and other.start.key not in keys(starts_of(items))


def test_the_step_of_the_penalty_is_no_business_of_pre_training(planned: Plans) -> None:
    one, other = planned(digits(mgvae(), mgvae(ewc_step="proximal"), ratios=(20,)))
    assert keys(starts_of([one])) == keys(starts_of([other]))
    assert keys(lessons_of([one])) != keys(lessons_of([other]))


def test_a_gaussian_prior_has_no_exemplars_to_count(planned: Plans) -> None:
    one, other = planned(digits(mgvae(prior="gaussian"), mgvae(prior="gaussian", exemplars=30), ratios=(20,)))
    assert keys(starts_of([one])) == keys(starts_of([other]))
    assert one.task.key == other.task.key


def test_without_pre_training_there_is_no_start_and_no_penalty(planned: Plans) -> None:
    (item,) = planned(digits(mgvae(pretraining=False), ratios=(20,)))
    (lesson,) = item.task.lessons.values()
    assert lesson.start is None and not lesson.needs
    assert lesson.lesson.ewc == 0 and lesson.lesson.fisher_samples == 0
    assert lesson.lesson.guide == 0 and lesson.lesson.learns == (1,)  # the majority still guides


def test_lambda_zero_still_starts_where_the_others_do(planned: Plans) -> None:
    with_, without = planned(digits(mgvae(), mgvae(ewc=0.0), ratios=(20,)))
    assert keys(starts_of([with_])) == keys(starts_of([without]))
    assert with_.task.lessons[1].key != without.task.lessons[1].key


def test_touching_nothing_that_counts_keeps_every_key(workspace: Workspace) -> None:
    text = digits(mgvae(), {"name": "ocvae", "epochs": 1})

    def found(text: str) -> Iterator[str]:
        made, folders = workspace(text)
        items = plan(made, "tiny", folders)
        return (task.key for task in [*lessons_of(items), *starts_of(items)])

    before = set(found(text))
    assert set(found(text)) == before
    changed = text.replace("Digits", "Other words").replace("seeds:\n    - 0", "seeds:\n    - 0\n    - 7")
    assert changed != text and before < set(found(changed))


def test_the_rest_of_the_training_set_is_no_business_of_a_lesson(planned: Plans) -> None:
    """The rows that a lesson does not learn from, nor is guided by, may change."""
    (item,) = planned(digits(mgvae(), ratios=(20,)))
    (lesson,) = item.task.lessons.values()
    assert lesson.start is not None
    seen = material_of(lesson.start)
    fewer = lesson.targets == 0
    alone = material_of(replace(lesson.start, rows=lesson.rows[fewer], targets=lesson.targets[fewer]))
    np.testing.assert_array_equal(seen.pool, alone.pool)
    np.testing.assert_array_equal(seen.learns, seen.guides)
    assert len(seen.pool) == item.task.record["train_counts"][0]
    assert len(material_of(lesson).learns) == item.task.record["train_counts"][1]


@pytest.mark.parametrize("name", ["mgvae", "mgvae-learned-variance"])
def test_every_class_but_the_largest_has_a_lesson_of_its_own(name: str) -> None:
    counts = np.array([5.0, 90.0, 20.0, 7.0])
    made: dict[int, Lesson] = methods.make(name, {}, "corrected").lessons(counts)
    assert sorted(made) == [0, 2, 3]
    assert {lesson.learns for lesson in made.values()} == {(0,), (2,), (3,)}
    assert {lesson.guide for lesson in made.values()} == {1}
    assert len({lesson.name for lesson in made.values()}) == 3
    (start,) = {lesson.start for lesson in made.values()}
    assert start is not None and start.learns == (1,) and start.start is None and start.fisher_samples > 0


@pytest.mark.parametrize("name", ["ocvae", "ocgan", "ocdcgan"])
def test_a_conditional_model_is_one_lesson_for_all(name: str) -> None:
    counts = np.array([5.0, 90.0, 20.0, 7.0])
    made: dict[int, Lesson] = methods.make(name, {}, "corrected").lessons(counts)
    assert sorted(made) == [0, 2, 3] and len(set(made.values())) == 1
    assert made[0].learns == (0, 1, 2, 3) and made[0].start is None and made[0].guide is None


def test_no_class_of_a_balanced_set_has_a_lesson() -> None:
    for name in ("mgvae", "ocvae", "ocgan"):
        assert methods.make(name, {}, "corrected").lessons(np.array([7.0, 7.0])) == {}


def test_tabular_data_and_the_released_code_have_their_own_numbers() -> None:
    images, rows = (methods.make("mgvae", {}, "corrected", kind) for kind in ("images", "tabular"))
    assert (images.exemplars, images.latent, images.ewc) == (10_000, 40, 5e4)
    assert (rows.exemplars, rows.latent, rows.ewc) == (700, 10, 500.0)
    released = methods.make("mgvae", {}, "released")
    assert (released.latent, released.walk) == (10, "in turn")
    assert methods.make("mgvae-learned-variance", {}, "corrected").likelihood == "gaussian"
    assert methods.make("ocvae", {}, "corrected", "tabular").likelihood == "sse"


def test_fine_tunes_of_every_ratio_start_from_the_same_bits(planned: Plans) -> None:
    """Trained for no epoch, each is its start; and a pre-training is given once."""
    items = planned(digits(mgvae()))
    jobs = waiting(items)
    (pretraining,) = [job for job in jobs if isinstance(job, LessonTask) and job.lesson.name == "pretraining"]
    teach(pretraining, CPU)
    start = store.read(pretraining.into)
    assert start.fisher.keys() == start.weights.keys() and len(start.losses) == 1
    for task in lessons_of(items):
        still = replace(task, lesson=replace(task.lesson, epochs=0))
        teach(still, CPU)
        model = store.read(still.into)
        assert not model.fisher
        for name, value in start.weights.items():
            np.testing.assert_array_equal(model.weights[name], value)


def test_needs_come_first_and_once(planned: Plans) -> None:
    items = planned(digits(mgvae(), mgvae(ewc=0.0), {"name": "erm"}))
    jobs = waiting(items)
    places = {job.into: position for position, job in enumerate(jobs)}
    assert len(places) == len(jobs)
    assert all(places[need.into] < places[job.into] for job in jobs for need in job.needs)
    names = [job.lesson.name for job in jobs if isinstance(job, LessonTask)]
    assert sorted(names) == ["class 1"] * 4 + ["judge", "pretraining"]
    assert sum(isinstance(job, Task) for job in jobs) == 6
