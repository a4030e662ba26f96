"""A bundle is trained by a bare command elsewhere, and its run files are found done here."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tailmark import runs
from tailmark.errors import TailmarkError
from tailmark.folders import Folders
from tailmark.params import Params
from tailmark.training import __main__ as command
from tailmark.training import bundle
from tailmark.training.plan import plan, waiting
from tailmark.training.worker import attempt

Workspace = Callable[..., tuple[Params, Folders]]


def test_there_and_back(workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made, folders = workspace()
    here = waiting(plan(made, "tiny", folders))
    bundle.pack(here, tmp_path / "bundle")
    monkeypatch.setattr(
        sys, "argv", ["training", str(tmp_path / "bundle"), "--workers", "2", "--device", "cpu"]
    )
    assert command.main() == 0
    assert bundle.tasks_of(tmp_path / "bundle") == []
    assert bundle.unpack(tmp_path / "bundle", folders.runs) == len(here)
    assert bundle.unpack(tmp_path / "bundle", folders.runs) == 0
    assert waiting(plan(made, "tiny", folders)) == []
    there = runs.read(here[1].into)
    here[1].into.unlink()
    attempt(here[1])
    np.testing.assert_array_equal(runs.read(here[1].into).logits, there.logits)


def test_what_trains_a_bundle_needs_no_pipeline() -> None:
    code = (
        "import sys, tailmark.training.__main__;"
        "heavy = {'pandas', 'pyarrow', 'mlflow', 'dvc', 'pydantic', 'rich', 'yaml', 'sklearn'} & set(sys.modules);"
        "sys.exit(f'imports {heavy}' if heavy else 0)"
    )
    subprocess.run([sys.executable, "-W", "ignore", "-c", code], check=True)


def test_a_folder_that_is_no_bundle_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(TailmarkError, match=r"found no tasks.json"):
        bundle.tasks_of(tmp_path)
    monkeypatch.setattr(sys, "argv", ["training", str(tmp_path)])
    assert command.main() == 1
    assert "found no tasks.json" in capsys.readouterr().err
