"""Normal numbers for gradients: one table a run, read from another place at every step.

Fresh numbers for every weight of every step would cost more than the step, on a core and on the way to a GPU alike.
A table several times as long as what one step takes, entered at a place that is drawn anew, gives every step numbers
that no other step has in the same order.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch

SPARE, LITTLE = 8, 2  # times what a step takes: usually, and of a large network
LARGE = 1 << 22  # numbers from which on a network is large


class Noise:
    """The table, and numbers from it."""

    def __init__(self, wanted: int, draws: np.random.Generator, device: torch.device) -> None:
        length = min(SPARE * wanted, max(LITTLE * wanted, LARGE))
        self.table = torch.from_numpy(draws.standard_normal(length, np.float32)).to(device)
        self.within = torch.arange(wanted, device=device)
        self.length = length

    def like(self, gradients: Sequence[torch.Tensor], start: torch.Tensor) -> list[torch.Tensor]:
        """Standard normal numbers in these shapes; `start` is the present step's place."""
        sizes = [gradient.numel() for gradient in gradients]
        flat = self.table[(start + self.within[: sum(sizes)]) % self.length]
        return [part.view_as(gradient) for part, gradient in zip(flat.split(sizes), gradients, strict=True)]
