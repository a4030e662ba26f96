"""What a report adds for suites whose methods balance their views: ARL (paper 002) and its rivals."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tailmark.params import Suite

ARL = ("arl", "arl-released", "arl-bias-only")
BALANCING = (*ARL, "ogm", "ogm-ge", "mmpareto", "pmr", "agm", "g-blending", "mla", "dgl")


SCALING = ("arl", "arl-released", "ogm", "ogm-ge", "agm")
"""Those that multiply gradients by a factor, constant or not."""


def of_gradients(suite: Suite) -> list[str]:
    """The names of a suite's methods that do."""
    return list(dict.fromkeys(method.name for method in suite.methods if method.name in SCALING))


def has_balance(suite: Suite) -> bool:
    """Whether some method changes what the encoders learn from."""
    return any(method.name in BALANCING for method in suite.methods)
