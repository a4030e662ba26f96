"""Samples by number in, batches out: as they are, a little perturbed, or strongly."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch
from numpy.typing import NDArray

from tailmark.fusion import augment
from tailmark.fusion.augment import Policy
from tailmark.fusion.pools import Array, Batches, Scale
from tailmark.nets.views import ViewShape
from tailmark.semi import strong
from tailmark.semi.step import Batch
from tailmark.streams import stream

Draws = Mapping[str, torch.Tensor]


class Samples:
    """The task's samples on a device."""

    def __init__(
        self,
        values: Mapping[str, Array],
        scales: Mapping[str, Scale],
        tops: Mapping[str, float],
        present: NDArray[np.float32],
        shapes: tuple[ViewShape, ...],
        device: torch.device,
    ) -> None:
        self.shapes, self.device = shapes, device
        self.batches, self.tops = Batches(values, scales, device), tops
        self.present = torch.from_numpy(present).to(device)

    def clean(self, rows: torch.Tensor) -> Batch:
        """As they are."""
        return self._batch(rows, {shape.name: self._raw(shape, rows) for shape in self.shapes})

    def weak(self, rows: torch.Tensor, draws: Draws, policy: Policy) -> Batch:
        """Images a little perturbed, as the suite says."""
        raw = {shape.name: self._raw(shape, rows) for shape in self.shapes}
        for name, drawn in draws.items():
            raw[name] = augment.augmented(raw[name], drawn, policy, blur=False)
        return self._batch(rows, raw)

    def strong(self, rows: torch.Tensor, draws: Draws) -> Batch:
        """Images and tables strongly perturbed."""
        raw = {
            shape.name: strong.perturbed(self._raw(shape, rows), draws[shape.name], shape)
            for shape in self.shapes
        }
        return self._batch(rows, raw)

    def blank(self) -> Batch:
        """One sample without a pattern: images of ones, tables of means."""
        made = {}
        for shape in self.shapes:
            size = (1, *shape.shape)
            made[shape.name] = (
                torch.ones(size, device=self.device)
                if shape.kind == "image"
                else torch.zeros(size, device=self.device)
            )
        present = torch.ones(1, len(self.shapes), device=self.device)
        return self._with_inputs(made, present)

    def _raw(self, shape: ViewShape, rows: torch.Tensor) -> torch.Tensor:
        """Images from 0 to 1, the brightest; tables standardised."""
        raw = self.batches.raw(shape.name, rows)
        if shape.kind == "image":
            return raw / self.tops[shape.name]
        return self.batches.standardised(shape.name, raw)

    def _batch(self, rows: torch.Tensor, raw: Mapping[str, torch.Tensor]) -> Batch:
        return self._with_inputs(raw, self.present.index_select(0, rows))

    def _with_inputs(self, raw: Mapping[str, torch.Tensor], present: torch.Tensor) -> Batch:
        values, inputs = {}, {}
        for number, shape in enumerate(self.shapes):
            known = present[:, number].view(-1, *(1,) * len(shape.shape))
            value = raw[shape.name]
            scaled = value
            if shape.kind == "image":
                scaled = self.batches.standardised(shape.name, value * self.tops[shape.name])
            values[shape.name], inputs[shape.name] = value * known, scaled * known
        return Batch(inputs, values, present)


class Perturbations:
    """What happens to the samples of a run, drawn on the host from streams of their own."""

    def __init__(self, seed: int, shapes: tuple[ViewShape, ...], policy: Policy, role: str) -> None:
        self.policy = policy
        self.images = [shape for shape in shapes if shape.kind == "image"]
        self.shapes = shapes
        self.weak_streams = {
            shape.name: stream(seed, f"augment/{role}/{shape.name}") for shape in self.images
        }
        self.strong_streams = {shape.name: stream(seed, f"strong/{role}/{shape.name}") for shape in shapes}

    def weak(self, n: int) -> dict[str, NDArray[np.float32]]:
        """Of n samples, an image view each."""
        return {
            shape.name: augment.draws(
                self.weak_streams[shape.name], n, self.policy, shape.shape[2], blur=False
            )
            for shape in self.images
        }

    def strong(self, n: int) -> dict[str, NDArray[np.float32]]:
        """Of n samples, in every view."""
        return {shape.name: strong.draws(self.strong_streams[shape.name], n, shape) for shape in self.shapes}
