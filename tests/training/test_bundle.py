"""A bundle is done by a bare command elsewhere, and what it made is found done here."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tailmark import appraisals, runs
from tailmark.errors import TailmarkError
from tailmark.folders import Folders
from tailmark.generators import store
from tailmark.params import Params
from tailmark.training import __main__ as command
from tailmark.training import bundle
from tailmark.training.plan import plan, waiting
from tailmark.training.task import Appraisal, Job, LessonTask, Task
from tailmark.training.worker import attempt

Workspace = Callable[..., tuple[Params, Folders]]


def of_kind(jobs: list[Job], kind: type) -> list[Job]:
    return [job for job in jobs if isinstance(job, kind)]


def alone(*arguments: str) -> subprocess.CompletedProcess[str]:
    """`python -m tailmark.training`, in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "tailmark.training", *arguments, "--workers", "2", "--device", "cpu"],
        check=False,
        capture_output=True,
        text=True,
    )


def test_there_and_back(workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made, folders = workspace()
    here = waiting(plan(made, "tiny", folders))
    bundle.pack(here, tmp_path / "bundle")
    monkeypatch.setattr(
        sys, "argv", ["training", str(tmp_path / "bundle"), "--workers", "2", "--device", "cpu"]
    )
    assert command.main() == 0
    assert bundle.jobs_of(tmp_path / "bundle") == []
    assert bundle.unpack(tmp_path / "bundle", folders.runs, folders.models) == len(here)
    assert bundle.unpack(tmp_path / "bundle", folders.runs, folders.models) == 0
    assert waiting(plan(made, "tiny", folders)) == []
    run = next(job for job in here if isinstance(job, Task) and job.method == "erm")
    there = runs.read(run.into)
    run.into.unlink()
    attempt(run)
    np.testing.assert_array_equal(runs.read(run.into).logits, there.logits)


def test_lessons_and_appraisals_go_the_same_way(
    workspace: Workspace, generating: str, tmp_path: Path
) -> None:
    """One pre-training is done here and travels as a model; what it is needed for is done there."""
    made, folders = workspace(generating)
    first = next(
        job
        for job in waiting(plan(made, "tiny", folders))
        if isinstance(job, LessonTask) and job.lesson.name == "pretraining"
    )
    assert not attempt(first).error
    here = waiting(plan(made, "tiny", folders))
    assert first.key not in {job.key for job in here}
    bundle.pack(here, tmp_path / "bundle")
    listed = bundle.jobs_of(tmp_path / "bundle")
    assert [bundle.id_of(job) for job in listed] == [bundle.id_of(job) for job in here]
    assert [job.label for job in listed] == [job.label for job in here]
    carried = store.path_of(tmp_path / "bundle" / "models", first.key)
    assert carried.read_bytes() == first.into.read_bytes()

    ended = alone(str(tmp_path / "bundle"))
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert f"{len(here)} jobs done, 0 failed" in ended.stdout
    assert bundle.unpack(tmp_path / "bundle", folders.runs, folders.models) == len(here)
    assert waiting(plan(made, "tiny", folders)) == []
    for job in here:
        there = job.into.read_bytes()
        job.into.unlink()
        assert not attempt(job).error
        assert_same_result(job, there, tmp_path / "there.npz")


def assert_same_result(job: Job, there: bytes, at: Path) -> None:
    """A job that was done here left what it left there: the same numbers, to the bit."""
    at.write_bytes(there)
    if isinstance(job, LessonTask):
        one, other = store.read(job.into), store.read(at)
        for name, value in one.weights.items():
            np.testing.assert_array_equal(value, other.weights[name])
        assert one.fisher.keys() == other.fisher.keys()
    elif isinstance(job, Appraisal):
        np.testing.assert_equal(appraisals.read(job.into).quality, appraisals.read(at).quality)
    else:
        np.testing.assert_array_equal(runs.read(job.into).logits, runs.read(at).logits)


def test_a_job_is_the_same_after_the_journey(workspace: Workspace, generating: str, tmp_path: Path) -> None:
    made, folders = workspace(generating.replace("- smote\n", "- smote\n      - ocgan\n"))
    here = waiting(plan(made, "tiny", folders))
    bundle.pack(here, tmp_path / "bundle")
    there = {bundle.id_of(job): job for job in bundle.jobs_of(tmp_path / "bundle")}
    for kind in (LessonTask, Task, Appraisal):
        assert of_kind(here, kind)
    for job in here:
        other = there[bundle.id_of(job)]
        assert [need.key for need in other.needs] == [need.key for need in job.needs]
        assert other.into.name == job.into.name and tmp_path / "bundle" in other.into.parents
        if isinstance(job, LessonTask):
            assert isinstance(other, LessonTask) and other.lesson == job.lesson
            np.testing.assert_array_equal(other.rows, job.rows)
            np.testing.assert_array_equal(other.fit_on, job.fit_on)
        elif isinstance(job, Task):
            assert isinstance(other, Task) and other.recipe == job.recipe
            assert set(other.lessons) == set(job.lessons)
            np.testing.assert_array_equal(other.targets, job.targets)
        else:
            assert isinstance(other, Appraisal) and other.task.key == job.task.key
            np.testing.assert_array_equal(other.spare, job.spare)


@pytest.mark.parametrize("kind", [LessonTask, Task, Appraisal])
def test_a_file_that_was_cut_off_on_its_way_is_refused(
    workspace: Workspace, generating: str, tmp_path: Path, kind: type
) -> None:
    made, folders = workspace(generating)
    jobs = waiting(plan(made, "tiny", folders))
    bundle.pack(jobs, tmp_path / "bundle")
    job = next(job for job in bundle.jobs_of(tmp_path / "bundle") if isinstance(job, kind))
    job.into.parent.mkdir(parents=True, exist_ok=True)
    job.into.write_bytes(b"PK\x03\x04 half a file")
    with pytest.raises(TailmarkError, match="is damaged"):
        bundle.unpack(tmp_path / "bundle", folders.runs, folders.models)
    assert len(waiting(plan(made, "tiny", folders))) == len(jobs)


def test_what_trains_a_bundle_needs_no_pipeline() -> None:
    code = (
        "import sys, tailmark.training.__main__;"
        "heavy = {'pandas', 'pyarrow', 'mlflow', 'dvc', 'pydantic', 'rich', 'yaml', 'sklearn'} & set(sys.modules);"
        "sys.exit(f'imports {heavy}' if heavy else 0)"
    )
    subprocess.run([sys.executable, "-W", "ignore", "-c", code], check=True)


def test_making_and_measuring_samples_needs_no_pipeline_either(
    workspace: Workspace, generating: str, tmp_path: Path
) -> None:
    """Lessons, a run with a generator, and its appraisal, without what a GPU machine may lack."""
    made, folders = workspace(generating.replace("      - smote\n", ""))
    bundle.pack(waiting(plan(made, "tiny", folders)), tmp_path / "bundle")
    code = (
        "import sys\n"
        "for name in ('pandas', 'pyarrow', 'mlflow', 'dvc', 'pydantic', 'rich', 'yaml', 'sklearn', 'imblearn'):\n"
        "    sys.modules[name] = None\n"
        "from pathlib import Path\n"
        "from tailmark.training.bundle import jobs_of\n"
        "from tailmark.training.worker import attempt\n"
        "for job in jobs_of(Path(sys.argv[1])):\n"
        "    report = attempt(job)\n"
        "    assert not report.error, report.traceback\n"
    )
    ended = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code, str(tmp_path / "bundle")],
        check=False,
        capture_output=True,
        text=True,
    )
    assert ended.returncode == 0, ended.stderr


def test_a_folder_that_is_no_bundle_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(TailmarkError, match=r"found no tasks.json"):
        bundle.jobs_of(tmp_path)
    monkeypatch.setattr(sys, "argv", ["training", str(tmp_path)])
    assert command.main() == 1
    assert "found no tasks.json" in capsys.readouterr().err
