"""A lesson that was killed goes on where it stood, to the same bits."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from tailmark.generators import checkpoint
from tailmark.generators.checkpoint import Checkpoint
from tailmark.generators.fit import fit_vae
from tailmark.generators.lesson import Lesson, Material, Model, Vae

LESSON = Lesson(
    name="pretraining",
    network=Vae("mlp", 16, 3, "shared", "majority", "sse"),
    learns=(0,),
    guide=0,
    epochs=5,
    batch=20,
    learning_rate=5e-3,
    decay=0.9,
    exemplars=30,
    fisher_samples=3,
)


class KilledError(Exception):
    """Stands for the end of the process."""


def taught(kept: Checkpoint | None = None) -> Model:
    pool = np.random.default_rng(0).random((90, 8), dtype=np.float32)
    rows = np.arange(90)
    material = Material(pool, rows, np.zeros(90, np.int64), rows, 2, (0.0, 1.0))
    return fit_vae(LESSON, material, 0, None, torch.device("cpu"), kept)


def killed_after(epochs: int, kept: Checkpoint, monkeypatch: pytest.MonkeyPatch) -> None:
    keep = Checkpoint.keep

    def dying(self: Checkpoint, network: object, optimiser: object, losses: list[float]) -> None:
        keep(self, network, optimiser, losses)  # type: ignore[arg-type]
        if len(losses) == epochs:
            raise KilledError

    with monkeypatch.context() as patch:
        patch.setattr(Checkpoint, "keep", dying)
        with pytest.raises(KilledError):
            taught(kept)


def assert_same(one: Model, other: Model) -> None:
    np.testing.assert_array_equal(one.losses, other.losses)
    for part in ("weights", "fisher"):
        for name, value in getattr(one, part).items():
            np.testing.assert_array_equal(value, getattr(other, part)[name])


@pytest.fixture(autouse=True)
def every_epoch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkpoint, "EVERY", 0.0)


@pytest.mark.parametrize("epochs", [1, 3, 5])
def test_it_goes_on_to_the_same_bits(epochs: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model = tmp_path / "abc.npz"
    killed_after(epochs, Checkpoint(model), monkeypatch)
    again = Checkpoint(model)
    assert again.path.exists()
    assert_same(taught(), taught(again))
    again.done()
    assert not list(tmp_path.iterdir())


def test_a_damaged_checkpoint_means_a_new_beginning(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model = tmp_path / "abc.npz"
    killed_after(3, Checkpoint(model), monkeypatch)
    path = Checkpoint(model).path
    path.write_bytes(path.read_bytes()[:500])
    assert_same(taught(), taught(Checkpoint(model)))


def test_a_short_lesson_writes_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkpoint, "EVERY", 60.0)
    taught(Checkpoint(tmp_path / "abc.npz"))
    assert not list(tmp_path.iterdir())
