"""Where a long lesson stands, kept once a minute: one that is killed goes on from there, to the same bits."""

from __future__ import annotations

import time
import zipfile
from pathlib import Path

import numpy as np
import torch

from tailmark import files

EVERY = 60.0  # seconds


class Checkpoint:
    """Beside the place of the model to be; gone when that is there."""

    def __init__(self, model: Path) -> None:
        self.path = model.with_suffix(".partial")
        self.last = time.monotonic()

    def resume(self, network: torch.nn.Module, optimiser: torch.optim.Optimizer) -> list[float]:
        """Put weights and moments back where they were; returns the losses of the epochs that are done."""
        try:
            with self.path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
                kept = {name: torch.from_numpy(archive[name]) for name in archive.files}
            weights = {name: kept[f"weight/{name}"] for name, _ in network.named_parameters()}
            losses: list[float] = kept["losses"].tolist()
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
            return []  # none, or one that was damaged: begin anew
        with torch.no_grad():
            for name, value in network.named_parameters():
                value.copy_(weights[name])
        state = {
            i: {moment: kept[f"{moment}/{name}"] for moment in ("step", "exp_avg", "exp_avg_sq")}
            for i, name in enumerate(weights)
            if f"step/{name}" in kept  # a weight that the loss does not see has none
        }
        optimiser.load_state_dict({**optimiser.state_dict(), "state": state})
        return losses

    def keep(self, network: torch.nn.Module, optimiser: torch.optim.Optimizer, losses: list[float]) -> None:
        """After an epoch, if the last time is long ago."""
        if time.monotonic() - self.last < EVERY:
            return
        arrays = {"losses": np.array(losses)}
        for name, value in network.named_parameters():
            arrays[f"weight/{name}"] = value.detach().cpu().numpy()
            for moment, tensor in optimiser.state[value].items():
                arrays[f"{moment}/{name}"] = tensor.cpu().numpy()
        with files.whole(self.path) as file:
            np.savez(file, **arrays)  # type: ignore[arg-type]
        self.last = time.monotonic()

    def done(self) -> None:
        """The model is kept: nothing is left to resume."""
        self.path.unlink(missing_ok=True)
