"""Shared by all tests: one thread, small settings, a tiny real dataset, and the local mirror where there is one."""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from io import BytesIO
from pathlib import Path
from textwrap import dedent
from zipfile import ZipFile

import numpy as np
import pytest
import torch
from filelock import FileLock
from hypothesis import settings

from tailmark import datasets, params, splitfiles
from tailmark.datasets.catalogue import cremad
from tailmark.datasets.fetch import Depot
from tailmark.datasets.preparation import prepare_declared
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


@pytest.fixture(scope="session")
def wav() -> Callable[..., bytes]:
    """Writes numbers from -1 to 1, (samples,) or (samples, channels), as a sound."""
    soundfile = pytest.importorskip("soundfile")

    def write(samples: np.ndarray, rate: int = 16_000, format: str = "WAV") -> bytes:
        stream = BytesIO()
        soundfile.write(stream, samples, rate, format=format, subtype="PCM_16")
        return stream.getvalue()

    return write


@pytest.fixture(scope="session")
def tone() -> Callable[..., np.ndarray]:
    """Makes a sine."""

    def make(hertz: float, seconds: float, rate: int = 16_000, loud: float = 0.5) -> np.ndarray:
        return loud * np.sin(2 * np.pi * hertz * np.arange(round(seconds * rate)) / rate)

    return make


@pytest.fixture(scope="session")
def flv() -> Callable[..., bytes]:
    """Writes pictures (height, width, 3) as a film."""
    av = pytest.importorskip("av")

    def write(pictures: list[np.ndarray], rate: int = 30) -> bytes:
        stream = BytesIO()
        with av.open(stream, "w", format="flv") as container:
            video = container.add_stream("flv", rate=rate)
            video.height, video.width = pictures[0].shape[:2] if pictures else (36, 48)
            video.pix_fmt = "yuv420p"
            frames = (av.VideoFrame.from_ndarray(picture, format="rgb24") for picture in pictures)
            for packets in (*map(video.encode, frames), video.encode()):
                container.mux(packets)
        return stream.getvalue()

    return write


@pytest.fixture(scope="session")
def cremad_files(wav, flv, tone) -> Callable[..., Path]:
    """Writes some clips of every emotion, each with its own pitch and colour, as CREMA-D's four files into a folder."""

    def write(folder: Path, train: int, test: int) -> Path:
        folder.mkdir(parents=True)
        random = np.random.default_rng(0)
        with ZipFile(folder / cremad.AUDIO, "w") as audio, ZipFile(folder / cremad.VIDEO, "w") as video:
            for part, clips in ((cremad.TRAIN, train), (cremad.TEST, test)):
                lines = []
                for code, emotion in enumerate(cremad.EMOTIONS):
                    for actor in range(clips):
                        name = f"{1001 + actor}_{'IEO' if part == cremad.TRAIN else 'TIE'}_{emotion}_XX"
                        lines.append(f"{name},{emotion}\n")
                        sound = tone(500 * (1 + code), 1.5 + random.random())
                        audio.writestr(f"AudioWAV/{name}.wav", wav(sound))
                        colour = np.array([40 * code, 120, 240 - 40 * code])
                        frames = [colour + random.integers(0, 15, (36, 48, 1)) for _ in range(6)]
                        film = flv([frame.astype(np.uint8) for frame in frames])
                        video.writestr(f"VideoFlash/{name}.flv", film)
                (folder / part).write_text("".join(lines))
        return folder

    return write


@pytest.fixture(scope="session")
def small_cremad(cremad_files, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of prepared datasets that holds `cremad`: of each emotion six clips to train on and three to test."""
    root = tmp_path_factory.mktemp("small_cremad")
    train, test = 6, 3
    mirror = cremad_files(root / "mirror" / "cremad", train, test).parent
    emotions = len(cremad.EMOTIONS)
    declared = replace(cremad.DATASET, class_counts=(train + test,) * emotions)
    read = partial(cremad.clips, sizes=(emotions * train, emotions * test))
    prepare_declared(declared, read, root / "cremad", Depot("cremad", root / "cache", str(mirror)))
    return root
