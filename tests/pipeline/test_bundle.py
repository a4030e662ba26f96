"""Training on another machine, by the commands that the README names."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import pytest


@pytest.mark.slow
def test_pack_train_unpack(project: Callable[..., Any]) -> None:
    made = project()
    made.run(sys.executable, "stages/split.py", "second")
    assert "6 jobs in away" in made.run("tailmark", "bundle", "pack", "second", "--to", "away")
    made.run(sys.executable, "-m", "tailmark.training", "away", "--device", "cpu")
    assert "6 new files" in made.run("tailmark", "bundle", "unpack", "away")
    assert "second: " not in made.run(sys.executable, "stages/train.py", "second")  # nothing left to train
    assert "0 jobs in" in made.run("tailmark", "bundle", "pack", "second", "--to", "again")
    assert "no suite 'third'" in made.run("tailmark", "bundle", "pack", "third", fails=True)
