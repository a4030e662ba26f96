"""A benchmark of learning from long-tailed data, and two of its over-samplers for your own: MGVAE and OCVAE."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tailmark.samplers import MGVAE, OCVAE

__version__ = "0.1.0"
__all__ = ["MGVAE", "OCVAE", "__version__"]


def __getattr__(name: str) -> Any:
    """The samplers, when they are asked for: they need torch, which the command line should not wait for."""
    if name in ("MGVAE", "OCVAE"):
        from tailmark import samplers  # noqa: PLC0415

        return getattr(samplers, name)
    raise AttributeError(f"module 'tailmark' has no attribute '{name}'")
