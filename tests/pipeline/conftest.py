"""A whole project in a temporary folder: dvc.yaml, the stages, and a tiny tier over real data."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

TIER = """\
tier: tiny
data:
  datasets: [mfeat]
training: {device: cpu, workers: 2}
suites:
  first:
    title: A tiny long tail
    dataset: mfeat
    splits: [{kind: tail, ratio: 10, head: 40, test_per_class: 20}]
    protocols: [corrected]
    methods: [majority, erm, rw, balanced-softmax, logit-adjustment, smote]
    seeds: [0, 1, 2]
    schedule: {epochs: 3, batch: 20}
  second:
    title: Another
    dataset: mfeat
    splits: [{kind: tail, ratio: 5, head: 40, test_per_class: 20}]
    protocols: [corrected]
    methods: [erm, rw]
    seeds: [0, 1, 2]
    schedule: {epochs: 3, batch: 20}
"""


@dataclass(frozen=True)
class Project:
    """A project folder and how to run things in it."""

    folder: Path
    environment: Mapping[str, str]

    def start(self, *command: str) -> subprocess.Popen[str]:
        """A command in the project, with its output in one pipe."""
        return subprocess.Popen(
            command,
            cwd=self.folder,
            env=dict(self.environment),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def run(self, *command: str, fails: bool = False) -> str:
        """The output of a command, which must succeed (or fail)."""
        process = self.start(*command)
        output, _ = process.communicate(timeout=300)
        assert (process.returncode != 0) == fails, output
        return output

    def dvc(self, *arguments: str, fails: bool = False) -> str:
        return self.run(sys.executable, "-m", "dvc", *arguments, fails=fails)

    def edit(self, old: str, new: str) -> None:
        path = self.folder / "params.yaml"
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new))


@pytest.fixture
def project(tmp_path: Path, prepared_root: Path) -> Callable[[], Project]:
    """Makes a project; its data are prepared already, so that no test waits for an index."""

    def make(name: str = "project") -> Project:
        folder = tmp_path / name
        folder.mkdir()
        for item in ("dvc.yaml", ".dvcignore", ".gitignore"):
            shutil.copy(ROOT / item, folder / item)
        shutil.copytree(ROOT / "stages", folder / "stages")
        (folder / "src").symlink_to(ROOT / "src")
        (folder / "reports" / "reference").mkdir(parents=True)
        shutil.copytree(prepared_root, folder / "data" / "prepared")
        (folder / "data" / "cache").symlink_to(ROOT / "data" / "cache")
        (folder / "params.yaml").write_text(TIER)
        environment = {
            **os.environ,
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "DVC_NO_ANALYTICS": "1",
            "OMP_NUM_THREADS": "1",
        }
        environment.pop("MLFLOW_TRACKING_URI", None)
        made = Project(folder, environment)
        made.run("git", "init", "-q", ".")
        made.dvc("init", "-q")
        return made

    return make
