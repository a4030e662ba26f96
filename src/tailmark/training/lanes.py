"""Several runs on one device, side by side: on a GPU each has a stream of its own.

One small network leaves the device idle between its kernels; the steps of others fill it. Nothing is shared between
runs, so each is the run alone, to rounding.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from typing import Protocol

import torch

from tailmark.training.outcome import Outcome

LANES = 16  # runs at a time on a GPU: more gain nothing, and each holds its data and its activations
AHEAD = 4  # runs whose data are read while others train

Hear = Callable[[int, Outcome | Exception], None]


class Course(Protocol):
    """A run under way."""

    def steps(self) -> Iterator[None]:
        """One step at a time, to the last."""

    def outcome(self, seconds: float) -> Outcome:
        """What is kept, once there are no more steps; training took so long."""


Begin = Callable[[torch.device], Course]  # a run whose data are read


def alone(begin: Begin, device: torch.device) -> Outcome:
    """One run, to its last step."""
    begun = time.perf_counter()
    course = begin(device)
    for _ in course.steps():
        pass
    return course.outcome(time.perf_counter() - begun)


def side_by_side(
    readers: Sequence[Callable[[], Begin]], device: torch.device, hear: Hear, lanes: int = LANES
) -> None:
    """Every run, some at a time, taking turns step by step; one that fails is reported, the others are unharmed."""
    with ThreadPoolExecutor(AHEAD) as pool:
        waiting = _read_ahead(pool, readers)
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
    pool: ThreadPoolExecutor, readers: Sequence[Callable[[], Begin]]
) -> Iterator[tuple[int, Future[Begin]]]:
    """The runs in order, a few of them being read already: a future is let go as soon as it is taken."""
    futures = {number: pool.submit(read) for number, read in enumerate(readers[:AHEAD])}
    for number in range(len(readers)):
        if number + AHEAD < len(readers):
            futures[number + AHEAD] = pool.submit(readers[number + AHEAD])
        yield number, futures.pop(number)


def _open(busy: list[Lane], number: int, reading: Future[Begin], device: torch.device, hear: Hear) -> None:
    try:
        busy.append(Lane(number, reading.result()(device), device))
    except Exception as error:
        hear(number, error)


class Lane:
    """A run, the stream it runs on, and where it stands."""

    def __init__(self, number: int, course: Course, device: torch.device) -> None:
        self.number, self.course, self.ended = number, course, False
        self.begun = time.perf_counter()
        self.stream = torch.cuda.Stream(device) if device.type == "cuda" else None
        if self.stream is not None:  # what was made so far was made on the stream that all share
            self.stream.wait_stream(torch.cuda.current_stream(device))
        self.left = course.steps()

    def advance(self, hear: Hear) -> None:
        """One step; after the last, the outcome is heard."""
        with self._on_stream():
            try:
                if next(self.left, self) is self:
                    self.ended = True
                    hear(self.number, self.course.outcome(time.perf_counter() - self.begun))
            except Exception as error:
                self.ended = True
                hear(self.number, error)

    def _on_stream(self) -> AbstractContextManager[object]:
        return nullcontext() if self.stream is None else torch.cuda.stream(self.stream)
