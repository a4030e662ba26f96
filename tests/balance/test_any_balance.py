"""What holds for every balance: any loss, two views or three, views that say nothing, and a seed that decides."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from tailmark import methods
from tailmark.errors import TailmarkError
from tailmark.training.views.balancing import _has_encoders_that_learn
from tailmark.training.views.run import Training

Desk = Callable[..., Any]
Make = Callable[..., Any]
CPU = torch.device("cpu")
COUNTS = np.array([60.0, 30.0, 10.0])
BALANCES = (
    "agm", "arl", "arl-bias-only", "arl-released", "dgl", "g-blending", "mla", "mmpareto", "ogm", "ogm-ge", "pmr",
)  # fmt: skip
LINEAR_ALONE = ("g-blending", "mla", "mmpareto")


def test_these_are_all_that_there_are() -> None:
    balanced = [
        name
        for name in methods.names()
        if "view" not in methods.describe(name).settings
        and hasattr(methods.make(name, {}, "corrected"), "design")
        and methods.make(name, {}, "corrected").design(COUNTS, ("a", "b")).balance is not None
    ]
    assert balanced == list(BALANCES)


@pytest.mark.parametrize("name", BALANCES)
@pytest.mark.parametrize("loss", ["erm", "balanced-softmax", "logit-adjustment", "focal", "cbrw"])
@pytest.mark.parametrize("views", [2, 3])
def test_any_loss_goes_with_any_balance(name: str, loss: str, views: int, desk: Desk) -> None:
    """Every weight gets a gradient, and a step down it lowers what the classifier of all is taught."""
    made = desk(name, ("table", "image", "table")[:views], loss=loss)
    assert (made.terms == {}) == (loss == "erm")
    for name_of, gradient in made.gradients().items():
        assert gradient.isfinite().all() and gradient.abs().max() > 0, name_of

    def said() -> float:
        features = made.network.encoded(made.views)
        alone = made.network.alone(features)
        logits = [made.network.classifier(features)] if name != "mla" else alone
        return float(torch.stack([made.loss(each) for each in logits]).sum().detach())

    before = said()
    with torch.no_grad():
        for weight in made.network.parameters():
            weight.sub_(weight.grad, alpha=0.01)
    assert said() < before


@pytest.mark.parametrize("name", BALANCES)
def test_a_margin_loss_needs_a_classifier_of_all_that_is_not_linear(name: str) -> None:
    made = methods.make(name, {"loss": "ldam"}, "corrected")
    if name not in LINEAR_ALONE:
        assert made.design(COUNTS, ("a", "b")).head == "cosine"
        return
    message = r"Expected a loss of plain logits, .*'ldam' needs a cosine head. Choose another `loss`"
    with pytest.raises(TailmarkError, match=message):
        made.design(COUNTS, ("a", "b"))


@pytest.mark.parametrize(("name", "settings"), [("sum", {}), ("arl", {"join": "sum"})])
def test_so_do_logits_that_are_added(name: str, settings: dict[str, str]) -> None:
    made = methods.make(name, {"loss": "ldam", **settings}, "corrected")
    with pytest.raises(TailmarkError, match="each view has a linear layer of its own here; 'ldam' needs a"):
        made.design(COUNTS, ("a", "b"))


@pytest.mark.parametrize("name", BALANCES)
@pytest.mark.parametrize(("views", "got"), [(("a",), "got a"), ((), "got none")])
def test_one_view_is_nothing_to_balance(name: str, views: tuple[str, ...], got: str) -> None:
    told = {"arl-bias-only": "arl", "arl-released": "arl", "ogm": "ogm-ge"}.get(name, name)
    message = rf"'({told}|{name})' balances two views or more; {got}. Name more `views` in the suite, or use `one-view`"
    with pytest.raises(TailmarkError, match=message):
        methods.make(name, {}, "corrected").design(COUNTS, views)


@pytest.mark.parametrize("name", BALANCES)
def test_a_view_that_never_varies_is_refused(name: str, ready: Make) -> None:
    made = ready(name, ("table", "image"))
    for view in ("a", "b"):
        still = made.pools[view].copy()
        still[:100] = still[0]
        message = rf"Expected the view '{view}' to differ between training samples; .* all (100|90) of them"
        with pytest.raises(TailmarkError, match=message):
            Training(replace(made, pools={**made.pools, view: still}), CPU)


def test_a_number_that_is_always_missing_is_as_constant_as_any(ready: Make) -> None:
    made = ready("arl", ("table", "table"))
    still = made.pools["b"].copy()
    still[:100] = still[0]
    still[:100, 2] = np.nan
    with pytest.raises(TailmarkError, match="Expected the view 'b' to differ"):
        Training(replace(made, pools={**made.pools, "b": still}), CPU)


@pytest.mark.parametrize("name", BALANCES)
def test_a_view_may_be_constant_over_a_batch(name: str, ready: Make, trained: Any) -> None:
    """But for one sample the table says nothing; nearly every batch is constant in it."""
    made = ready(name, ("table", "table"), steps=14)
    still = made.pools["b"].copy()
    still[:100] = still[0]
    still[made.training.rows[7]] += 1
    training = trained(replace(made, pools={**made.pools, "b": still}))
    assert all(weight.isfinite().all() for weight in training.network.parameters())


@pytest.mark.parametrize("name", BALANCES)
def test_a_batch_may_be_one_sample_over_and_over(name: str, desk: Desk) -> None:
    made = desk(name)
    made.views = {view: values[:1].expand_as(values).contiguous() for view, values in made.views.items()}
    made.labels = torch.zeros_like(made.labels)
    for gradient in made.gradients().values():
        assert gradient.isfinite().all()


def test_an_encoder_without_weights_is_refused(desk: Desk) -> None:
    made = desk("arl", ("table", "image"))
    made.network.encoders[1] = nn.Flatten()
    with pytest.raises(TailmarkError, match="The encoder of the view 'b' has no weights that learn"):
        _has_encoders_that_learn(made.network)
    made = desk("arl", ("table", "image"))
    made.network.encoders[0].requires_grad_(False)
    with pytest.raises(TailmarkError, match="The encoder of the view 'a' has no weights that learn"):
        _has_encoders_that_learn(made.network)


@pytest.mark.parametrize("name", BALANCES)
def test_a_seed_decides_the_run(name: str, ready: Make, trained: Any) -> None:
    one, same, other = (trained(ready(name, seed=seed, steps=14)) for seed in (0, 0, 1))
    rows = one.ready.test
    torch.testing.assert_close(one.answered(rows), same.answered(rows), rtol=0, atol=0)
    assert one.curves == same.curves
    assert not torch.equal(one.answered(rows), other.answered(rows))


@pytest.mark.parametrize("name", BALANCES)
def test_a_run_learns_and_reads_no_test_label(name: str, ready: Make, trained: Any) -> None:
    made = ready(name, ("table", "table"), steps=70)
    one = trained(made)
    lied_to = trained(replace(made, test_labels=(made.test_labels + 1) % 3))
    torch.testing.assert_close(one.answered(made.test), lied_to.answered(made.test), rtol=0, atol=0)
    rows = torch.from_numpy(made.training.rows)
    right = one.answered(rows.numpy()).argmax(-1) == torch.from_numpy(made.training.labels)
    assert right.float().mean() > 0.62, "more than the largest class"


@pytest.mark.parametrize("loss", ["erm", "balanced-softmax", "focal", "cbrw"])
def test_losses_of_several_logits_are_those_of_each(loss: str, ready: Make) -> None:
    training = Training(ready("arl", ("table", "image", "table"), loss=loss), CPU)
    assert training.balancing is not None
    rows = torch.from_numpy(training.ready.training.rows[:16])
    labels = torch.from_numpy(training.ready.training.labels[:16]).flip(0)
    step = training.balancing.step(training.clean(rows), labels, training.at, lambda: None)
    said = step.alone(step.features())
    expected = torch.stack([step.loss(logits) for logits in said])
    torch.testing.assert_close(step.losses(said), expected)
    assert len(expected) == 3 and len(set(expected.tolist())) == 3


@pytest.mark.parametrize("name", BALANCES)
def test_the_first_weights_are_those_of_concatenation(name: str, desk: Desk) -> None:
    made, plain = desk(name, ("table", "image")).network, desk("concatenation", ("table", "image")).network
    for one, other in zip(made.encoders.parameters(), plain.encoders.parameters(), strict=True):
        torch.testing.assert_close(one, other, rtol=0, atol=0)
    if name != "mla":
        for one, other in zip(made.classifier.parameters(), plain.classifier.parameters(), strict=True):
            torch.testing.assert_close(one, other, rtol=0, atol=0)
    assert bool(len(made.heads)) == (name in ("g-blending", "mmpareto"))
