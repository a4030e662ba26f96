"""Appraisals: the run's very samples, measured and shown; a file that is whole or told to be damaged."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tailmark import appraisals
from tailmark.appraisals import AppraisalFile, Shown
from tailmark.errors import TailmarkError
from tailmark.folders import Folders
from tailmark.params import Params
from tailmark.training.plan import plan, waiting
from tailmark.training.ready import ready
from tailmark.training.task import Appraisal
from tailmark.training.worker import attempt

Workspace = Callable[..., tuple[Params, Folders]]


def pictures(n: int, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(256, size=(n, 12)).astype(np.uint8)


def test_a_file_says_what_was_kept(tmp_path: Path) -> None:
    kept = AppraisalFile(
        {"suite": "s", "key": "k", "shape": [3, 4]},
        {1: {"spread": 0.5, "recall_real": float("nan")}, 10: {"spread": 2.0}},
        {1: Shown(pictures(3, 0), pictures(3, 1), pictures(3, 2)), 10: Shown(*[pictures(2, 3)] * 3)},
    )
    path = appraisals.path_of(tmp_path, "s", "k")
    path.parent.mkdir()
    appraisals.write(path, kept)
    again = appraisals.read(path)
    assert again.record == kept.record and path.name == "k.samples.npz"
    np.testing.assert_equal(again.quality, kept.quality)
    assert again.shown.keys() == kept.shown.keys()
    for label, shown in kept.shown.items():
        for name, rows in vars(shown).items():
            np.testing.assert_array_equal(getattr(again.shown[label], name), rows)
    assert list(path.parent.iterdir()) == [path]


def test_numbers_without_pictures(tmp_path: Path) -> None:
    path = appraisals.path_of(tmp_path, "s", "k")
    appraisals.write(path, AppraisalFile({"shape": []}, {0: {"spread": 1.0}}))
    assert appraisals.read(path) == AppraisalFile({"shape": []}, {0: {"spread": 1.0}}, {})


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 half a file", b"{}"])
def test_a_damaged_file_is_told(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "k.samples.npz"
    path.write_bytes(content)
    with pytest.raises(TailmarkError, match=r"k.samples.npz is damaged .*Delete it; `dvc repro` redoes it"):
        appraisals.read(path)


def test_a_file_that_is_cut_short_or_of_another_kind_is_told(tmp_path: Path) -> None:
    path = tmp_path / "k.samples.npz"
    appraisals.write(path, AppraisalFile({}, {1: {"spread": 0.5}}))
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(TailmarkError, match="is damaged"):
        appraisals.read(path)
    np.savez(path, logits=np.zeros(3))
    with pytest.raises(TailmarkError, match="is damaged"):
        appraisals.read(path)


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(TailmarkError, match=r"Expected the appraisal .*found none. `dvc repro` makes it"):
        appraisals.read(tmp_path / "k.samples.npz")


@pytest.fixture
def done(workspace: Workspace, generating: str) -> dict[str, Appraisal]:
    """The appraisals of a suite whose jobs are all done, by the name of the method."""
    made, folders = workspace(generating)
    items = plan(made, "tiny", folders)
    for job in waiting(items):
        assert not attempt(job).error
    return {item.task.method: item.appraisal for item in items if item.appraisal is not None}


def test_what_is_measured_is_what_the_run_was_trained_on(done: dict[str, Appraisal]) -> None:
    assert set(done) == {"smote", "ocvae", "mgvae"}  # ERM makes nothing
    for name, appraisal in done.items():
        found, run = appraisals.read(appraisal.into), ready(appraisal.task)
        assert found.record["key"] == appraisal.task.key and found.record["shape"] == [28, 28]
        assert set(found.quality) == set(found.shown) == {1}
        assert all(isinstance(value, float) for value in found.quality[1].values())
        real = appraisal.task.record["train_counts"]
        new = run.training.pool[sum(real) :]
        assert len(new) == real[0] - real[1]
        minority, majority = (run.training.pool[: sum(real)][appraisal.task.targets == c] for c in (1, 0))
        shown = found.shown[1]
        assert shown.samples.shape == shown.nearest.shape == (10, 784)
        np.testing.assert_array_equal(shown.samples, np.rint(new[:10] * 255).astype(np.uint8))
        assert rows_of(shown.nearest) <= rows_of(np.rint(minority * 255).astype(np.uint8))
        assert len(shown.exemplars) == (10 if name == "mgvae" else 0)
        assert rows_of(shown.exemplars) <= rows_of(np.rint(majority * 255).astype(np.uint8))


def rows_of(images: np.ndarray) -> set[bytes]:
    return {image.tobytes() for image in images}


def test_spare_samples_are_real_and_seen_by_no_generator(done: dict[str, Appraisal]) -> None:
    for appraisal in done.values():
        task = appraisal.task
        assert len(appraisal.spare)
        assert not set(appraisal.spare.tolist()) & {*task.rows.tolist(), *task.test_rows.tolist()}
        assert not set(appraisal.judge.rows.tolist()) & set(task.test_rows.tolist())


def test_numbers_alone_where_the_data_are_no_images(workspace: Workspace) -> None:
    made, folders = workspace(
        """
        tier: tiny
        data: {datasets: [mfeat]}
        suites:
          tiny:
            title: Features
            dataset: mfeat
            splits: [{kind: tail, ratio: 4, head: 20, test_per_class: 10}]
            protocols: [corrected]
            methods:
              - {name: mgvae, epochs: 1, fine_tuning_epochs: 1, exemplars: 5, hidden: 8, latent: 2, fisher_samples: 2}
            seeds: [0]
            network: {hidden: [8]}
            schedule: {epochs: 1}
        """
    )
    (item,) = plan(made, "tiny", folders)
    assert len({task.key for task in item.task.lessons.values()}) == 9
    assert len({task.start.key for task in item.task.lessons.values() if task.start}) == 1
    for job in waiting([item]):
        assert not attempt(job).error
    assert item.appraisal is not None
    found = appraisals.read(item.appraisal.into)
    assert sorted(found.quality) == list(range(1, 10)) and not found.shown and found.record["shape"] == []
