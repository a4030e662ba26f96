"""Views that learn at different speeds: who changes what the encoders learn from, between the losses and the step.

A *balance* is what a method adds to a design of one expert. It is a frozen dataclass with

    gradients(step) -> Tensor       leaves the gradients of one step in the parameters, and says the loss of the curve

and perhaps

    heads = True                    a head a view, beside the classifier of all
    noisy = True                    it wants normal numbers as large as gradients (`step.noise`)
    memory(facts)                   running tensors, changed in place from step to step
    between(recess)                 what it does before each epoch, with the network at rest
    holds = True                    a part of the training set is held out of the steps, for `recess`
    answer(fused, alone)            its logits, where they are not those of the classifier

Losses, encoders, first weights, batches, optimiser and tuning are the training room's, the same for every method; so
any loss of the single-modal methods goes with any balance.
"""

from typing import TYPE_CHECKING

from tailmark.balance.step import Facts, Step
from tailmark.fusion.balanced import Balance

if TYPE_CHECKING:
    from tailmark.balance.recess import Recess
else:
    Recess = "Recess"  # a name for annotations: a method file must be readable without paying for torch

__all__ = ["Balance", "Facts", "Recess", "Step"]
