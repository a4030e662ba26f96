"""Trains multi-modal runs: one after another on a core, side by side on a GPU.

On a GPU every run is a graph of its own on a stream of its own. One small network leaves the device idle between its
kernels; the steps of others fill it. Nothing is shared between runs, so each is the run alone, to rounding.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from functools import partial

import numpy as np
import torch

from tailmark.fusion.aggregation import combined
from tailmark.training.outcome import Outcome
from tailmark.training.views.answers import answers
from tailmark.training.views.ready import Ready
from tailmark.training.views.run import Training

LANES = 16  # runs at a time on a GPU: more gain nothing, and each holds its data and its activations
AHEAD = 4  # runs whose data are read while others train

Hear = Callable[[int, Outcome | Exception], None]


def fit(ready: Ready, device: torch.device) -> Outcome:
    """One run, to its last step."""
    begun = time.perf_counter()
    training = Training(ready, device)
    while not training.ended:
        for _ in training.chunk():
            pass
    return outcome_of(training, time.perf_counter() - begun)


def side_by_side(
    makers: Sequence[Callable[[], Ready]], device: torch.device, hear: Hear, lanes: int = LANES
) -> None:
    """Every run, some at a time, taking turns step by step; one that fails is reported, the others are unharmed."""
    with ThreadPoolExecutor(AHEAD) as pool:
        waiting = _read_ahead(pool, makers)
        busy: list[Lane] = []
        while True:
            while len(busy) < lanes and (next_run := next(waiting, None)) is not None:
                number, reading = next_run
                _open(busy, number, reading, device, hear)
            if not busy:
                return
            for lane in list(busy):
                lane.advance(hear)
            busy = [lane for lane in busy if not lane.ended]


def _read_ahead(
    pool: ThreadPoolExecutor, makers: Sequence[Callable[[], Ready]]
) -> Iterator[tuple[int, Future[Ready]]]:
    """The runs in order, a few of them being read already: a future is let go as soon as it is taken."""
    futures = {number: pool.submit(make) for number, make in enumerate(makers[:AHEAD])}
    for number in range(len(makers)):
        if number + AHEAD < len(makers):
            futures[number + AHEAD] = pool.submit(makers[number + AHEAD])
        yield number, futures.pop(number)


def _open(busy: list[Lane], number: int, reading: Future[Ready], device: torch.device, hear: Hear) -> None:
    try:
        busy.append(Lane(number, Training(reading.result(), device), device))
    except Exception as error:
        hear(number, error)


class Lane:
    """A run, the stream it runs on, and where it stands."""

    def __init__(self, number: int, training: Training, device: torch.device) -> None:
        self.number, self.training, self.ended = number, training, False
        self.begun = time.perf_counter()
        self.stream = torch.cuda.Stream(device) if device.type == "cuda" else None
        if self.stream is not None:  # what was made so far was made on the stream that all share
            self.stream.wait_stream(torch.cuda.current_stream(device))
        self.steps = self._steps()

    def advance(self, hear: Hear) -> None:
        """One step; after the last, the outcome is heard."""
        with self._on_stream():
            try:
                if next(self.steps, self) is self:
                    self._end(partial(outcome_of, self.training, time.perf_counter() - self.begun), hear)
            except Exception as error:
                self.ended = True
                hear(self.number, error)

    def _steps(self) -> Iterator[None]:
        while not self.training.ended:
            yield from self.training.chunk()

    def _end(self, outcome: Callable[[], Outcome], hear: Hear) -> None:
        self.ended = True
        hear(self.number, outcome())

    def _on_stream(self) -> AbstractContextManager[object]:
        return nullcontext() if self.stream is None else torch.cuda.stream(self.stream)


def outcome_of(training: Training, seconds: float) -> Outcome:
    """The run's word on the test set; its own logits weigh the experts equally, or as it was fitted for all mixes."""
    begun = time.perf_counter()
    parts = answers(training)
    experts = np.asarray(parts["experts"], np.float32)
    fitted = [parts[name] for name in parts if name.startswith("weights/")]
    same = fitted and not training.ready.fusion.adapts
    weights = fitted[0].astype(np.float64) if same else np.full(experts.shape[1], 1 / experts.shape[1])
    logits = combined(experts, weights).astype(np.float32)
    took = seconds + time.perf_counter() - begun
    return Outcome(logits, training.curves, training.ready.steps, took, parts)
