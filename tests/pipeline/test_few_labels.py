"""From splits of which a part is labelled to metrics, for every method; with missing views, and by a bundle."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tailmark import datasets, evaluate, params, runs, splitfiles
from tailmark.datasets import arrow
from tailmark.datasets.declaration import Category, Dataset, Number, Parsed
from tailmark.folders import Folders
from tailmark.params import Params
from tailmark.training import bundle
from tailmark.training.plan import plan, waiting
from tailmark.training.task import Task
from tailmark.training.worker import attempt

SUITE = """
tier: tiny
data: {datasets: [mfeat]}
training: {device: cpu, workers: 2}
suites:
  few:
    title: Few labels
    dataset: mfeat
    views: [pix, mor]
    splits: [{kind: semi, ratio: 10, head: 30, labelled: 0.2, test_per_class: 5, mixes: [uniform, backward-2]}]
    protocols: [corrected]
    methods:
      - majority
      - {name: supervised, labels: all}
      - {name: supervised, loss: logit-adjustment}
      - {name: supervised, resampler: smote}
      - mean-teacher
      - fixmatch
      - {name: crest, generations: 2}
      - abc
      - cdmad
      - m2
      - {name: mdgm-gaussian, latent: 4}
      - {name: mdgm, latent: 4}
      - {name: mdgm, latent: 4, product: mixture, rho: 0.5}
      - {name: mdgm, latent: 4, view: mor, strength: 10}
    seeds: [0]
    encoders: {channels: [2, 4], kernel: 3, hidden: 6, columns: 5}
    schedule: {steps: 4, batch: 8}
    augment: crops
    semi: {pool_batch: 8, missing: MISSING}
    tuning: {held: 0.3, steps: 2}
"""


@pytest.mark.parametrize("missing", ["0.0", "0.4"])
def test_every_method_goes_from_splits_to_metrics(
    workspace: Callable[[str], tuple[Params, Folders]], missing: str
) -> None:
    made, folders = workspace(SUITE.replace("MISSING", missing))
    tasks = waiting(plan(made, "few", folders))
    assert {job.label: attempt(job).error for job in tasks} == {job.label: "" for job in tasks}
    evaluate.evaluate(made, folders, folders.metrics("tiny"))
    table = evaluate.read(folders.metrics("tiny"))
    assert table["value"].notna().all()
    told = table.groupby("method")["metric"].agg(set)
    assert {"tuned/threshold", "pool/kl", "balanced_accuracy"} <= told["fixmatch"]
    assert "tuned/strength" in told["mdgm(latent=4)"]
    assert "tuned/strength" not in told["mdgm(latent=4, strength=10, view=mor)"], "what is given is not tuned"
    assert not any(name.startswith("pool/") for name in told["supervised(labels=all)"])
    assert {"m2@generative", "mdgm(latent=4)@generative"} <= set(told.index)


def test_what_decides_a_run_is_in_its_key(workspace: Callable[[str], tuple[Params, Folders]]) -> None:
    def keys(old: str, new: str) -> list[str]:
        text = SUITE.replace("MISSING", "0.0")
        assert old in text
        made, folders = workspace(text.replace(old, new))
        return [item.task.key for item in plan(made, "few", folders)][2:]  # two see nothing of the pool

    first = keys("title", "title")
    assert len(set(first)) == len(first)
    for old, new in (
        ("labelled: 0.2", "labelled: 0.4"),
        ("missing: 0.0", "missing: 0.1"),
        ("pool_batch: 8", "pool_batch: 9"),
        ("hidden: 6", "hidden: 7"),
        ("steps: 4", "steps: 5"),
    ):
        assert not set(first) & set(keys(old, new)), old
    untuned = keys("tuning: {held: 0.3, steps: 2}", "tuning: null")
    same = [number for number, key in enumerate(first) if key in untuned]
    assert same == [len(first) - 1], "the row whose setting is given"


def test_a_bundle_holds_all_that_is_needed(
    workspace: Callable[[str], tuple[Params, Folders]], tmp_path: Path
) -> None:
    made, folders = workspace(SUITE.replace("MISSING", "0.0"))
    here = [job for job in waiting(plan(made, "few", folders)) if isinstance(job, Task)]
    some = [job for job in here if job.method in ("fixmatch", "mdgm-gaussian", "supervised")]
    bundle.pack(some, tmp_path / "bundle")
    for job in bundle.jobs_of(tmp_path / "bundle"):
        assert attempt(job).error == ""
    assert bundle.unpack(tmp_path / "bundle", folders.runs, folders.models) == len(some)
    for job in some:
        there = runs.read(job.into).logits
        job.into.unlink()
        attempt(job)
        np.testing.assert_array_equal(runs.read(job.into).logits, there)


def patients() -> tuple[Dataset, Parsed]:
    """Colour pictures beside a table of a number and a category; some patients have no table, none some of it."""
    draws, labels = np.random.default_rng(0), np.arange(120) % 3
    bright = 60 * labels[:, None, None, None] + draws.integers(100, size=(120, 8, 8, 3))
    table = np.stack([draws.normal(size=120) + labels, draws.integers(3, size=120)], axis=1)
    table[::7] = np.nan
    columns = (Number("age"), Category("site", ("arm", "leg")))
    dataset = Dataset(
        name="patients",
        title="Patients",
        licence="none",
        homepage="none",
        files=(),
        scaling={"picture": "unit", "table": "none"},
        classes=("a", "b", "c"),
        class_counts=(40, 40, 40),
        digest="",
        tables={"table": columns},
    )
    views = {"picture": bright.astype(np.uint8), "table": table.astype(np.float32)}
    return dataset, Parsed(views=views, labels=labels.astype(np.int16))


def test_a_table_with_categories_that_some_samples_lack(tmp_path: Path) -> None:
    dataset, parsed = patients()
    folders = Folders(*(tmp_path / name for name in ("prepared", "splits", "runs", "models", "metrics")))
    arrow.write(folders.prepared / "patients", dataset, parsed)
    wrong_here = ("resampler: smote", "view: mor")  # no points between categories, and no such view
    lines = SUITE.replace("MISSING", "0.0").splitlines()
    made = params.parse("\n".join(line for line in lines if not any(what in line for what in wrong_here)))
    suite = made.suites["few"].model_copy(update={"dataset": "patients", "views": ("picture", "table")})
    made = made.model_copy(update={"suites": {"few": suite}})
    source = datasets.load(folders.prepared / "patients")
    splitfiles.write_all(suite, source, folders.splits / "few")
    errors = [attempt(job).error for job in waiting(plan(made, "few", folders))]
    assert errors == [""] * len(errors) and len(errors) == 12
