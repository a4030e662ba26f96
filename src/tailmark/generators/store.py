"""The model store: one file a lesson, named by its key, whole or absent. NumPy arrays without pickles."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

from tailmark import files
from tailmark.errors import TailmarkError
from tailmark.generators.lesson import Model


def path_of(root: Path, key: str) -> Path:
    """Where a model is kept."""
    return root / f"{key}.npz"


def write(path: Path, model: Model, record: dict[str, Any]) -> None:
    """Keep a model, and how it was made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps({**record, "seconds": model.seconds}, sort_keys=True)
    arrays: dict[str, Any] = {
        "record": np.frombuffer(text.encode(), dtype=np.uint8),
        "losses": model.losses,
        **{f"weight/{name}": value for name, value in model.weights.items()},
        **{f"fisher/{name}": value for name, value in model.fisher.items()},
    }
    with files.whole(path) as file:
        np.savez(file, **arrays)


def read(path: Path) -> Model:
    """A model that was kept."""
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
            parts = {name: archive[name] for name in archive.files}
    except FileNotFoundError:
        raise TailmarkError(f"Expected the model {path}, found none. `dvc repro` trains it.") from None
    except (ValueError, EOFError, zipfile.BadZipFile) as error:
        raise TailmarkError(
            f"The model {path} is damaged ({error}). Delete it; `dvc repro` redoes it."
        ) from error
    return Model(_under("weight/", parts), _under("fisher/", parts), parts["losses"])


def _under(prefix: str, parts: dict[str, Any]) -> dict[str, Any]:
    return {name.removeprefix(prefix): value for name, value in parts.items() if name.startswith(prefix)}
