"""A training step as a CUDA graph: captured once, replayed without the cost of launching its kernels one by one."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence

import torch

log = logging.getLogger(__name__)

WARM_UP = (
    3  # steps before the capture, as torch asks: they allocate the gradients and the optimiser's moments
)


def captured(
    step: Callable[[], None], parameters: Sequence[torch.Tensor], optimiser: torch.optim.Optimizer
) -> Callable[[], None]:
    """The step as a graph; where it cannot be captured, the step itself, with the reason in the log.

    Warm-up takes real steps: the weights and the optimiser are put back afterwards, in place.
    """
    before = [value.detach().clone() for value in parameters]
    try:
        replay = _capture(step)
    except RuntimeError as error:
        log.warning(
            "The training step could not be captured as a CUDA graph and runs step by step: %s", error
        )
        replay = step
    with torch.no_grad():
        for value, old in zip(parameters, before, strict=True):
            value.copy_(old)
        for moments in optimiser.state.values():
            for moment in moments.values():
                moment.zero_()
    return replay


def _capture(step: Callable[[], None]) -> Callable[[], None]:
    side = torch.cuda.Stream()
    side.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(side):
        for _ in range(WARM_UP):
            step()
    torch.cuda.current_stream().wait_stream(side)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        step()
    replay: Callable[[], None] = graph.replay
    return replay
