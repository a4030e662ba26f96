"""What a report adds for suites with few labels and a pool without: splits of the kind `semi`."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tailmark.params import Suite

MODELS = ("mdgm", "mdgm-gaussian")  # the reconstruction of paper 000, and its control

UNPRINTED = (
    "The full text of paper 000 is not public. What bears the name mdgm here is our reconstruction from the "
    "ingredients that it states, every open choice a setting; there is no published number to compare with."
)


def has_few_labels(suite: Suite) -> bool:
    """Whether only a part of the training samples has a label."""
    return any(split.kind == "semi" for split in suite.splits)


def unprinted(suite: Suite) -> str:
    """What must stand beside numbers of the reconstruction; empty where there are none."""
    return UNPRINTED if any(method.name in MODELS for method in suite.methods) else ""
