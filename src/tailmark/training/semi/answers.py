"""What a run with few labels leaves behind: its other readings, the pool over training, what it makes, what it cost."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray

from tailmark.semi.numbers import numbers
from tailmark.streams import stream
from tailmark.training.semi.run import Training

EACH = 4  # samples of a class that a generative method makes for the report

Parts = dict[str, NDArray[np.generic]]


def answers(training: Training) -> Parts:
    """Everything but the logits themselves."""
    return {**readings(training), **pool(training), **made(training)}


def readings(training: Training) -> Parts:
    """Other ways of reading the same network on the test set."""
    method = training.method
    if not hasattr(method, "readings"):
        return {}
    said = training.over(
        training.ready.test,
        lambda batch: method.readings(training.average, batch, training.memory),
    )
    return {f"reading/{name}": logits.cpu().numpy() for name, logits in said.items()}


def pool(training: Training) -> Parts:
    """How the pool was classified while the network learned."""
    if not training.confusions:
        return {}
    return {
        "pool/steps": np.array(training.pool_steps, np.int32),
        "pool/confusion": np.stack(training.confusions),
    }


def made(training: Training) -> Parts:
    """Samples of each class, and each view of one test sample a class made from its other views."""
    method, facts = training.method, training.facts
    if not hasattr(method, "samples"):
        return {}
    draws = stream(training.ready.seed, "made")
    noise = {
        name: torch.from_numpy(numbers(wish, draws)).to(training.device)
        for name, wish in method.sampling(facts, EACH).items()
    }
    given = training.samples.clean(_one_a_class(training))
    with torch.inference_mode():
        new = method.samples(training.average, noise)
        crossed = method.crossed(training.average, given)
    return {
        **{f"made/{view}": _kept(values) for view, values in new.items()},
        **{f"made/from/{view}": _kept(values) for view, values in crossed.items()},
        **{f"made/given/{view}": _kept(given.values[view]) for view in crossed},
    }


def _one_a_class(training: Training) -> torch.Tensor:
    """The first test sample of each class."""
    ready = training.ready
    firsts = [
        ready.test[np.flatnonzero(ready.test_labels == label)[0]] for label in range(training.facts.classes)
    ]
    return torch.from_numpy(np.array(firsts)).to(training.device)


def _kept(values: torch.Tensor) -> NDArray[np.generic]:
    """Images as bytes, tables as numbers."""
    array = values.cpu().numpy()
    if array.ndim > 3:
        return (array * 255).round().clip(0, 255).astype(np.uint8)
    return array.astype(np.float32)
