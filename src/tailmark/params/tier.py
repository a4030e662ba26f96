"""The whole of a params.yaml."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from tailmark.params.settings import Settings
from tailmark.params.suites import Suite


class Data(Settings):
    """Which datasets are prepared, and where files are looked for first."""

    datasets: tuple[str, ...] = Field(min_length=1)
    mirror: str | None = None  # a folder or URL prefix; the environment's TAILMARK_MIRROR goes first


class Training(Settings):
    """Where training runs; no result depends on it, beyond rounding."""

    device: Literal["auto", "cpu", "cuda"] = "auto"
    workers: Annotated[int, Field(ge=1)] | Literal["auto"] = "auto"


class Params(Settings):
    """The whole of params.yaml: one complete tier."""

    tier: str
    data: Data
    training: Training = Training()
    suites: dict[str, Suite] = Field(min_length=1)
