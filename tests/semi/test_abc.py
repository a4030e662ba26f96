"""ABC by hand: the masks of its second head, what joins FixMatch's loss, and who answers."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch
from scipy.special import log_softmax, softmax

from tailmark import methods
from tailmark.semi.step import Batch, Draw, Facts, Step
from tailmark.streams import stream

LABELLED, LABELS = [[2.0, 0.0, -1.0], [0.5, 1.0, 0.0], [0.0, 0.0, 1.0]], [0, 1, 2]
WEAK = [[5.0, 0.0, 0.0], [4.0, 0.0, 0.0], [0.0, 0.0, 6.0], [1.0, 2.0, 1.0]]
STRONG = [[1.0, 2.0, 0.0], [3.0, 0.0, 0.0], [0.0, 0.0, 4.0], [0.0, 0.0, 0.0]]
NONE, ALL = {"labelled": [1.0] * 3, "pool": [1.0] * 4}, {"labelled": [0.0] * 3, "pool": [0.0] * 4}
FACTOR = 0.8  # of the second head: it is sure of the first and the third sample alone


@pytest.fixture
def learned(step: Callable[..., Step], spoken: type[torch.nn.Module]) -> Callable[..., tuple[float, Step]]:
    """The loss of a step with these random numbers, and the step."""

    def learn(noise: dict[str, list[float]], progress: float = 0.0) -> tuple[float, Step]:
        method = methods.make("abc", {}, "corrected")
        network = spoken(1.0, FACTOR)
        made = step(method, LABELLED, LABELS, WEAK, STRONG, progress=progress, noise=noise, network=network)
        value = method.learn(made)
        value.backward()
        return value.item(), made

    return learn


def labelled_terms(factor: float) -> np.ndarray:
    return -log_softmax(factor * np.array(LABELLED), axis=1)[range(3), LABELS]


def auxiliary_terms() -> np.ndarray:
    target = softmax(FACTOR * np.array(WEAK), axis=1)
    return -(target * log_softmax(FACTOR * np.array(STRONG), axis=1)).sum(1)


def fixmatch() -> float:
    """All but the last sample of the pool are sure enough for the first head."""
    logs = log_softmax(STRONG, axis=1)
    return labelled_terms(1.0).mean() - (logs[0, 0] + logs[1, 0] + logs[2, 2]) / 4


def test_with_nothing_kept_it_is_fixmatch(
    learned: Callable[..., tuple[float, Step]], step: Callable[..., Step]
) -> None:
    value, _ = learned(NONE, progress=1.0)
    plain = methods.make("fixmatch", {}, "corrected")
    assert value == pytest.approx(fixmatch(), rel=1e-6)
    assert value == pytest.approx(plain.learn(step(plain, LABELLED, LABELS, WEAK, STRONG)).item(), rel=1e-6)


def test_with_all_kept_the_second_head_adds_its_labels_and_soft_targets(
    learned: Callable[..., tuple[float, Step]],
) -> None:
    value, _ = learned(ALL, progress=1.0)
    terms = auxiliary_terms()
    added = labelled_terms(FACTOR).mean() + (terms[0] + terms[2]) / 4
    assert value == pytest.approx(fixmatch() + added, rel=1e-6)


def test_the_masks_by_hand(learned: Callable[..., tuple[float, Step]]) -> None:
    """Of 64, 27 and 8 labelled samples an eighth, 8 in 27 and all are kept; half-way the first is 9 in 16."""
    noise = {"labelled": [0.13, 0.29, 0.99], "pool": [0.55, 0.0, 0.99, 0.0]}
    terms = auxiliary_terms()
    of_labelled = labelled_terms(FACTOR)[1:].sum() / 3
    value, _ = learned(noise, progress=0.5)
    assert value == pytest.approx(fixmatch() + of_labelled + (terms[0] + terms[2]) / 4, rel=1e-6)
    value, _ = learned({**noise, "pool": [0.57, 0.0, 0.99, 0.0]}, progress=0.5)
    assert value == pytest.approx(fixmatch() + of_labelled + terms[2] / 4, rel=1e-6)


def test_on_average_every_class_weighs_the_same(
    step: Callable[..., Step], spoken: type[torch.nn.Module]
) -> None:
    method, n = methods.make("abc", {}, "corrected"), 99_000
    labels = np.repeat([0, 1, 2], [64_000, 27_000, 8_000])
    noise = {"labelled": stream(0, "masks").random(n).astype(np.float32).tolist(), "pool": [1.0]}
    made = step(method, np.zeros((n, 3)), labels, noise=noise, network=spoken(1.0, 1.0), progress=1.0)
    method.learn(made).backward()
    # A kept sample pulls its own class by 2/3 from the second head; the first pulls for every sample alike.
    own = made.labelled.inputs["t"].grad.numpy()[range(n), labels] * n
    kept = np.isclose(own, -4 / 3)
    assert np.isclose(own[~kept], -2 / 3).all()
    assert np.bincount(labels, kept) == pytest.approx([8000, 8000, 8000], rel=0.05)


def test_the_gradient_reaches_both_heads_and_no_pseudo_label(
    learned: Callable[..., tuple[float, Step]],
) -> None:
    _, made = learned(ALL)
    assert all(head.factor.grad.abs() > 0 for head in made.network.heads)
    assert made.weak.inputs["t"].grad is None
    assert (made.strong.inputs["t"].grad[3] == 0).all()  # no head is sure of the last one
    assert all(weight.grad is None for weight in made.average.parameters())


def test_what_it_asks_for_and_who_answers(
    facts: Facts, batch: Callable[..., Batch], spoken: type[torch.nn.Module]
) -> None:
    method = methods.make("abc", {}, "corrected")
    assert method.noise(facts) == {"labelled": Draw("uniform", (4,)), "pool": Draw("uniform", (6,))}
    assert method.memory(facts)["balanced"] == pytest.approx([1 / 8, 8 / 27, 1])
    samples = batch([[1.0, 2.0, 3.0]])
    said = method.answer(spoken(1.0, 2.0), samples, samples, {})
    assert said.tolist() == [[2.0, 4.0, 6.0]]
