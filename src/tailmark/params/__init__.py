"""The schema of params.yaml, and its only reader: unknown keys are refused, with the nearest name."""

from __future__ import annotations

from pathlib import Path

import yaml
from pydantic import ValidationError

from tailmark.errors import TailmarkError, nearest
from tailmark.params.mistakes import explained
from tailmark.params.names import check_names
from tailmark.params.splits import (
    CountsSplit,
    GroupsSplit,
    HoldoutSplit,
    NaturalSplit,
    OfficialSplit,
    SemiSplit,
    SplitSpec,
    TailSplit,
)
from tailmark.params.suites import MethodSpec, Suite
from tailmark.params.tier import Params

__all__ = [
    "CountsSplit",
    "GroupsSplit",
    "HoldoutSplit",
    "MethodSpec",
    "NaturalSplit",
    "OfficialSplit",
    "Params",
    "SemiSplit",
    "SplitSpec",
    "Suite",
    "TailSplit",
    "load",
    "parse",
    "suite",
]


def load(path: Path = Path("params.yaml")) -> Params:
    """Read and check params.yaml; every mistake is told at once."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise TailmarkError(
            f"Expected {path} here, found none. Run in the folder of the project, or write it with "
            "`tailmark use quick`."
        ) from None
    return parse(text, str(path))


def parse(text: str, source: str = "params.yaml") -> Params:
    """Check the text of a params.yaml."""
    try:
        raw = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise TailmarkError(f"{source} is not valid YAML: {error}") from None
    if not isinstance(raw, dict):
        raise TailmarkError(f"Expected {source} to hold keys and values, got {type(raw).__name__}.")
    try:
        params = Params.model_validate(raw)
    except ValidationError as error:
        raise TailmarkError(explained(error, source)) from None
    check_names(params, source)
    return params


def suite(params: Params, name: str) -> Suite:
    """One suite by name."""
    if name not in params.suites:
        raise TailmarkError(
            f"There is no suite '{name}' in params.yaml; it has {', '.join(params.suites)}."
            f"{nearest(name, params.suites)}"
        )
    return params.suites[name]
