"""Which datasets' pictures a report may carry."""

from __future__ import annotations

PRIVATE = ("celeba", "ham10000", "siim_isic")
"""People and patients. Terms (research use, or no commercial use) also bind what is derived, generated faces too."""

WITHHELD = (
    "Pictures of these samples are not in this report: the terms of the dataset do not allow to pass them on. "
    "They were drawn into figures/local/, which stays on the machine that ran this."
)


def may_be_shown(dataset: str) -> bool:
    """Whether pictures of its samples may be committed and passed on."""
    return not dataset.startswith(PRIVATE)
