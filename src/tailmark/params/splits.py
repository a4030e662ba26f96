"""The kinds of split that a suite can ask for, each with its settings and the name that its results bear."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from tailmark.params.settings import Fraction, Settings


def _known_mixes(mixes: tuple[str, ...]) -> tuple[str, ...]:
    for mix in mixes:
        direction, _, ratio = mix.partition("-")
        is_number = ratio.replace(".", "", 1).isdigit() and float(ratio) >= 1
        if mix != "uniform" and not (direction in ("forward", "backward") and is_number):
            raise ValueError(f"expected 'uniform', 'forward-R' or 'backward-R' with R >= 1, got '{mix}'")
    return mixes


Mixes = Annotated[tuple[str, ...], Field(min_length=1), AfterValidator(_known_mixes)]


class GroupsSplit(Settings):
    """Some classes against the others, these cut down (paper 003: digits 0-4 against 5-9)."""

    kind: Literal["groups"]
    ratio: float = Field(ge=1)  # each minority class keeps (mean class size) // ratio samples
    majority: tuple[int, ...] = (0, 1, 2, 3, 4)
    test_per_class: int | None = Field(default=None, ge=1)  # only where there is no official test set
    name: str | None = None

    @property
    def id(self) -> str:
        return self.name or f"groups-{self.ratio:g}"


class NaturalSplit(Settings):
    """The imbalance that the data have, with a balanced test set (paper 003, Table 1)."""

    kind: Literal["natural"]
    test_per_class: int = Field(ge=1)
    positive: tuple[str, ...] = ()  # classes that form the minority; empty: the labels as they are
    grouped: bool = False  # `corrected`: no group (molecule, patient) on both sides
    name: str | None = None

    @property
    def id(self) -> str:
        return self.name or "natural"


class TailSplit(Settings):
    """The exponential long tail (Cao et al.; paper 004), with uniform, forward and backward test mixes."""

    kind: Literal["tail"]
    ratio: float = Field(ge=1)
    head: int | None = Field(default=None, ge=1)  # training samples of the largest class; else all there are
    test_per_class: int | None = Field(default=None, ge=1)
    mixes: Mixes = ("uniform",)
    name: str | None = None

    @property
    def id(self) -> str:
        return self.name or f"tail-{self.ratio:g}"


class CountsSplit(Settings):
    """So many training samples of each class, in label order, and a balanced test set (paper 003: CelebA)."""

    kind: Literal["counts"]
    train: tuple[Annotated[int, Field(ge=1)], ...] = Field(min_length=1)
    test_per_class: int = Field(ge=1)  # of an official test set: at most this many
    name: str | None = None

    @property
    def id(self) -> str:
        return self.name or f"counts-{self.train[0]}"


class HoldoutSplit(Settings):
    """A share of all the data is held out for the test, which keeps the imbalance that they have (paper 004)."""

    kind: Literal["holdout"]
    test: Fraction = 0.2  # of each class
    positive: tuple[str, ...] = ()  # classes that form the minority; empty: the labels as they are
    grouped: bool = False  # `corrected`: no group (patient, lesion) on both sides
    name: str | None = None

    @property
    def id(self) -> str:
        return self.name or "holdout"


class OfficialSplit(Settings):
    """The training and test parts that the data come in, with the imbalance that they have."""

    kind: Literal["official"]
    name: str | None = None

    @property
    def id(self) -> str:
        return self.name or "official"


class SemiSplit(Settings):
    """The long tail of which only a part is labelled, and a pool whose labels no method sees (paper 000)."""

    kind: Literal["semi"]
    ratio: float = Field(ge=1)
    head: int | None = Field(default=None, ge=1)  # training samples of the largest class; else all there are
    labelled: Fraction = 0.1  # of each class, rounded up
    pool: Literal["same", "uniform", "reversed"] = "same"  # its imbalance, beside the tail
    test_per_class: int | None = Field(default=None, ge=1)
    mixes: Mixes = ("uniform",)
    name: str | None = None

    @property
    def id(self) -> str:
        pool = "" if self.pool == "same" else f"-{self.pool}"
        return self.name or f"tail-{self.ratio:g}-labels-{100 * self.labelled:g}{pool}"


SplitSpec = Annotated[
    GroupsSplit | NaturalSplit | TailSplit | CountsSplit | HoldoutSplit | OfficialSplit | SemiSplit,
    Field(discriminator="kind"),
]
