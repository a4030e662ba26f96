"""What a trained run says of its test set: each expert, how they are weighed, what the module thinks of the views."""

from __future__ import annotations

from functools import partial

import numpy as np
import torch
from numpy.typing import NDArray

from tailmark.fusion import augment
from tailmark.fusion.aggregation import by_labels, by_stability, cyclic
from tailmark.fusion.degrade import noise
from tailmark.streams import stream
from tailmark.training.views.run import Training, channels

VIEWS = 5  # augmented copies of the test set

Parts = dict[str, NDArray[np.generic]]


def answers(training: Training) -> Parts:
    """`experts` (n, E, K), `weights/MIX` (E,), and for a module `confidence` (n, M), its truth and its noise."""
    ready = training.ready
    said = training.said(ready.test, training.clean)
    parts: Parts = {"experts": said.logits.cpu().numpy()}
    if training.watch:
        parts |= training.watch.parts() | by_view(training)
    if ready.design.weights != "equal":
        parts |= adapted(training) if ready.fusion.adapts else fitted(training)
    if said.confidence is not None and said.assessed is not None:
        parts["confidence"] = said.confidence.cpu().numpy()
        truth = torch.from_numpy(ready.test_labels).to(said.assessed.device)
        probability = said.assessed.softmax(dim=-1)
        right = truth.view(-1, 1, 1).expand(-1, probability.shape[1], 1)
        parts["true_class"] = probability.gather(2, right).squeeze(2).cpu().numpy()
        parts |= under_noise(training)
    return parts


def by_view(training: Training) -> Parts:
    """What each view of the test set says by itself, as readings of the run."""
    assert training.watch is not None
    said = training.watch.said(training.ready.test, training.clean)
    views = training.watch.expert.views
    return {f"reading/{view}": logits.cpu().numpy() for view, logits in zip(views, said, strict=True)}


def adapted(training: Training) -> Parts:
    """Weights for each test mix from its images alone: two views of a sample should be told the same."""
    ready = training.ready
    views = [augmented_logits(training, number) for number in range(VIEWS)]
    found: Parts = {}
    for mix, positions in ready.mixes.items():
        pairs = [(views[one][positions], views[other][positions]) for one, other in cyclic(VIEWS)]
        found[f"weights/{mix}"] = np.array(by_stability(pairs, ready.seed).weights, np.float64)
    return found


def fitted(training: Training) -> Parts:
    """One set of weights for every mix, from the labels of the training set or of what was held out of it."""
    ready = training.ready
    logits = training.said(ready.held, training.clean).logits.cpu().numpy()
    weights = np.array(by_labels(logits, ready.held_labels).weights, np.float64)
    return {f"weights/{mix}": weights for mix in ready.mixes}


def augmented_logits(training: Training, number: int) -> NDArray[np.float32]:
    """The experts' logits on one augmented copy of the test set, (n, E, K)."""
    ready = training.ready
    made = {}
    for shape in training.images:
        draws = stream(ready.seed, f"adapt/{number}/{shape.name}")
        drawn = augment.draws(draws, len(ready.test), "crops", channels(shape), blur=True)
        made[shape.name] = torch.from_numpy(drawn).to(training.device)
    first = int(ready.test[0])  # test rows are one run of rows

    def views(rows: torch.Tensor) -> dict[str, torch.Tensor]:
        found = {}
        for shape in ready.shapes:
            values = augment.augmented(
                training.batches.raw(shape.name, rows), made[shape.name][rows - first], "crops", blur=True
            )
            found[shape.name] = training.batches.standardised(shape.name, values)
        return found

    logits: NDArray[np.float32] = training.said(ready.test, views).logits.cpu().numpy()
    return logits


def under_noise(training: Training) -> Parts:
    """The confidences when one view, and then another, is noise for every test sample."""
    ready = training.ready
    found: Parts = {}
    for shape in ready.shapes:
        pool, draws = ready.pools[shape.name][ready.test], stream(ready.seed, f"noise/{shape.name}")
        values = torch.from_numpy(noise(pool, len(pool), draws)).to(training.device)
        if shape.kind == "image":
            values = (values.unsqueeze(-1) if values.ndim == 3 else values).float() / 255
        said = training.said(ready.test, partial(_replaced, training, shape.name, values))
        assert said.confidence is not None
        found[f"confidence_without/{shape.name}"] = said.confidence.cpu().numpy()
    return found


def _replaced(
    training: Training, name: str, values: torch.Tensor, rows: torch.Tensor
) -> dict[str, torch.Tensor]:
    first = int(training.ready.test[0])
    return {
        **training.clean(rows),
        name: training.batches.standardised(name, values[rows - first]),
    }
