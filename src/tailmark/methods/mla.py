"""MLA: views take turns with one classifier, whose steps spare what the view before taught it (Zhang et al. 2024).

    in turn for each view m:  L(p_m);  the classifier's gradient G becomes G P;  encoder m and classifier take a step
    then, with r the mean feature of the batch in view m:  P  <-  P - (P r)(P r)' / (a + r' P r)
    answer: sum_m w_m p_m,  w = softmax(-H),  H_m the entropy of view m's softmax for this sample

P begins as the identity. In the released code P is divided by its norm at every step, the division by a + r' P r is
elementwise by a matrix, and the projection is skipped unless the model is wrapped for several devices; none of it is
in the paper. The features of all views have one width.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from tailmark.balance import Facts, Step
from tailmark.balance.declared import several
from tailmark.errors import TailmarkError
from tailmark.fusion.design import Design, Expert, fitting_head
from tailmark.methods import loss_of
from tailmark.objective import Floats

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True)
class Mla:
    """Alternating unimodal learning."""

    ridge: float = 0.1  # a
    loss: str = "erm"  # any method that is a loss, of each view

    protocols: ClassVar[tuple[str, ...]] = ("corrected",)
    tuned: ClassVar[tuple[str, tuple[float, ...]]] = ("ridge", (0.1, 1.0))

    def design(self, counts: Floats, views: tuple[str, ...]) -> Design:
        objective, head = loss_of(self.loss, counts)
        expert = Expert(objective, several("mla", views))
        return fitting_head(Design((expert,), join="shared", head=head, balance=self), self.loss)

    def memory(self, facts: Facts) -> dict[str, list[list[float]]]:
        width = facts.widths[0]
        if set(facts.widths) != {width}:
            told = ", ".join(f"{n} of '{v}'" for v, n in zip(facts.views, facts.widths, strict=True))
            raise TailmarkError(
                f"Method 'mla' has one classifier for all views and expects features of one width; got {told}. Set "
                f"`hidden` and `columns` of the suite's `encoders` to the same number."
            )
        return {"projection": [[float(i == j) for j in range(width)] for i in range(width)]}

    def gradients(self, step: Step) -> Tensor:
        import torch  # noqa: PLC0415

        from tailmark.nets.joins import Shared  # noqa: PLC0415

        losses, classifier = [], step.network.classifier
        assert isinstance(classifier, Shared)
        for number, encoder in enumerate(step.network.encoders):
            if number:
                step.update()
            features = encoder(step.views[step.network.views[number]])
            loss = step.loss(classifier.head(features))
            loss.backward()
            projection, weight = step.memory["projection"], classifier.head.weight
            assert weight.grad is not None
            weight.grad.copy_(weight.grad @ projection)
            forget(projection, features.detach().mean(dim=0), self.ridge)
            losses.append(loss.detach())
        return torch.stack(losses).sum()

    def answer(self, fused: Tensor, alone: Sequence[Tensor]) -> Tensor:
        import torch  # noqa: PLC0415

        from tailmark.balance.shares import entropy  # noqa: PLC0415

        logits = torch.stack(list(alone))
        weights = (-entropy(logits)).softmax(dim=0).unsqueeze(-1)
        return (weights * logits).sum(dim=0)


def forget(projection: Tensor, direction: Tensor, ridge: float) -> None:
    """P without what lies along a direction, in place."""
    along = projection @ direction
    projection -= along.outer(along) / (ridge + direction @ along)


method = Mla
