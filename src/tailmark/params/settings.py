"""What every block of params.yaml is."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Fraction = Annotated[float, Field(gt=0, lt=1)]


class Settings(BaseModel):
    """A block of params.yaml: read-only, and closed to unknown keys."""

    model_config = ConfigDict(extra="forbid", frozen=True)
