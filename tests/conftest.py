"""Shared by all tests: one thread, small settings, a tiny real dataset, and the local mirror where there is one."""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")

from collections.abc import Callable
from pathlib import Path
from textwrap import dedent

import pytest
import torch
from filelock import FileLock
from hypothesis import settings

from tailmark import datasets, params, splitfiles
from tailmark.folders import Folders
from tailmark.params import Params

torch.set_num_threads(1)
settings.register_profile("tailmark", deadline=None, max_examples=60, print_blob=True)
settings.load_profile("tailmark")

ROOT = Path(__file__).parent.parent
MIRROR = ROOT.parent / "shared" / "data"

TINY = """
tier: tiny
data: {datasets: [mfeat]}
training: {device: cpu, workers: 2}
suites:
  tiny:
    title: A tiny suite
    dataset: mfeat
    splits: [{kind: tail, ratio: 10, head: 40, test_per_class: 20, mixes: [uniform, backward-4]}]
    protocols: [corrected]
    methods: [majority, erm, ros, balanced-softmax, logit-adjustment]
    seeds: [0, 1]
    schedule: {epochs: 2, batch: 20}
"""


# Methods of every kind on an image and a table, small enough for a test.
VIEWS = """
tier: tiny
data: {datasets: [mfeat]}
training: {device: cpu, workers: 2}
suites:
  views:
    title: Two views of a digit
    dataset: mfeat
    views: [pix, mor]
    splits: [{kind: tail, ratio: 10, head: 40, test_per_class: 10, mixes: [uniform, backward-2]}]
    protocols: [corrected, paper]
    methods:
      - majority
      - {name: concatenation, loss: logit-adjustment}
      - {name: concatenation, loss: balanced-softmax}
      - {name: concatenation, loss: ldam}
      - {name: concatenation, resampler: ros}
      - {name: one-view, view: mor}
      - late-fusion
      - mmd
      - {name: sade, view: pix}
      - sade-lmf
      - mame
      - {name: mame, weights: holdout}
    seeds: [0]
    encoders: {channels: [4, 8], kernel: 3, hidden: 12, columns: 8}
    schedule: {epochs: 3, batch: 32, learning_rate: 0.003, decay: 1.0}
"""


@pytest.fixture
def views_suite() -> str:
    """A suite of several views."""
    return VIEWS


@pytest.fixture(scope="session")
def mirror() -> Path:
    """The local mirror of the datasets; tests that need it skip elsewhere."""
    if not MIRROR.is_dir():
        pytest.skip("needs the local mirror of the datasets")
    return MIRROR


@pytest.fixture(scope="session")
def prepared_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The quick tier's datasets, prepared once for all test processes from their packages."""
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base
    root = shared / "prepared"
    with FileLock(shared / "prepared.lock"):  # test processes share it
        for name in ("mfeat", "mnist5k"):
            datasets.prepare(name, root, mirror=None, cache=ROOT / "data" / "cache", progress=False)
    return root


@pytest.fixture
def workspace(tmp_path: Path, prepared_root: Path) -> Callable[[str], tuple[Params, Folders]]:
    """Makes a project folder for the text of a params.yaml, with data and splits in place."""

    def make(text: str = TINY) -> tuple[Params, Folders]:
        made = params.parse(dedent(text))
        folders = Folders(
            prepared=prepared_root,
            splits=tmp_path / "splits",
            runs=tmp_path / "runs",
            models=tmp_path / "models",
            evaluated=tmp_path / "metrics",
            reports=tmp_path / "reports",
        )
        for name, suite in made.suites.items():
            source = datasets.load(prepared_root / suite.dataset)
            splitfiles.write_all(suite, source, folders.splits / name)
        return made, folders

    return make
