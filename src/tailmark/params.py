"""The schema of params.yaml, and its only reader: unknown keys are refused, with the nearest name."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from tailmark import datasets, methods, published
from tailmark.errors import TailmarkError, nearest

Protocol = Literal["corrected", "paper", "released"]
Fraction = Annotated[float, Field(gt=0, lt=1)]  # of each class's samples
SPLIT_KINDS = ("groups", "natural", "tail", "counts", "holdout")


class Settings(BaseModel):
    """A block of params.yaml: read-only, and closed to unknown keys."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class GroupsSplit(Settings):
    """Some classes against the others, these cut down (paper 003: digits 0-4 against 5-9)."""

    kind: Literal["groups"]
    ratio: float = Field(ge=1)  # each minority class keeps (mean class size) // ratio samples
    majority: tuple[int, ...] = (0, 1, 2, 3, 4)
    test_per_class: int | None = Field(default=None, ge=1)  # only where there is no official test set
    labelled: tuple[Fraction, ...] = ()
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
    labelled: tuple[Fraction, ...] = ()
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
    mixes: tuple[str, ...] = Field(default=("uniform",), min_length=1)
    labelled: tuple[Fraction, ...] = ()
    name: str | None = None

    @property
    def id(self) -> str:
        return self.name or f"tail-{self.ratio:g}"

    @field_validator("mixes")
    @classmethod
    def _mixes(cls, mixes: tuple[str, ...]) -> tuple[str, ...]:
        for mix in mixes:
            direction, _, ratio = mix.partition("-")
            is_number = ratio.replace(".", "", 1).isdigit() and float(ratio) >= 1
            if mix != "uniform" and not (direction in ("forward", "backward") and is_number):
                raise ValueError(f"expected 'uniform', 'forward-R' or 'backward-R' with R >= 1, got '{mix}'")
        return mixes


class CountsSplit(Settings):
    """So many training samples of each class, in label order, and a balanced test set (paper 003: CelebA)."""

    kind: Literal["counts"]
    train: tuple[Annotated[int, Field(ge=1)], ...] = Field(min_length=1)
    test_per_class: int = Field(ge=1)  # of an official test set: at most this many
    labelled: tuple[Fraction, ...] = ()
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
    labelled: tuple[Fraction, ...] = ()
    name: str | None = None

    @property
    def id(self) -> str:
        return self.name or "holdout"


SplitSpec = Annotated[
    GroupsSplit | NaturalSplit | TailSplit | CountsSplit | HoldoutSplit, Field(discriminator="kind")
]


class MethodSpec(Settings):
    """A method by its name, or with settings of its own: `focal`, or `{name: focal, gamma: 2}`."""

    name: str
    settings: dict[str, Any] = Field(default_factory=dict)

    @model_validator(mode="before")
    @classmethod
    def _short_form(cls, value: Any) -> Any:
        if isinstance(value, str):
            return {"name": value}
        if isinstance(value, dict) and "settings" not in value:
            return {
                "name": value.get("name"),
                "settings": {key: item for key, item in value.items() if key != "name"},
            }
        return value

    @property
    def label(self) -> str:
        """How tables name it."""
        given = ", ".join(f"{key}={value}" for key, value in sorted(self.settings.items()))
        return f"{self.name}({given})" if given else self.name


class Network(Settings):
    """The classifier of a suite."""

    name: Literal["mlp", "resnet20"] = "mlp"
    hidden: tuple[Annotated[int, Field(ge=1)], ...] = (256, 128)


class Schedule(Settings):
    """How long and how fast a classifier is trained; the defaults are those of paper 003."""

    epochs: int = Field(default=100, ge=1)
    batch: int = Field(default=100, ge=1)
    learning_rate: float = Field(default=1e-3, gt=0)
    decay: float = Field(default=0.95, gt=0, le=1)  # learning rate times this after every epoch
    steps: int | None = Field(default=None, ge=1)  # with views: instead of epochs, the same for every split
    weight_decay: float = Field(default=0.0, ge=0)  # L2, in Adam
    flip: bool = False  # images are mirrored at random, anew every epoch
    match_steps: bool = False  # every method takes as many steps as one on the balanced, enlarged set


class Generators(Settings):
    """How long every generator of a suite is trained; null leaves the published values of each method."""

    epochs: int | None = Field(default=None, ge=1)
    fine_tuning_epochs: int | None = Field(default=None, ge=1)  # of methods that are trained in two phases
    exemplars: int | None = Field(default=None, ge=1)  # of methods whose prior is the majority

    def given(self) -> dict[str, int]:
        """What differs from the published values."""
        return {name: value for name, value in self if value is not None}


class EncoderSizes(Settings):
    """The encoders of a suite with several views, the same for every method; the defaults are those of paper 004."""

    channels: tuple[Annotated[int, Field(ge=1)], ...] = Field(default=(32, 64), min_length=1)
    kernel: Literal[3, 5, 7] = 5
    shrink: int = Field(default=1, ge=1)  # squares of so many pixels are averaged first
    hidden: int = Field(default=128, ge=1)  # features of an image
    columns: int = Field(default=64, ge=1)  # features of a table
    embedding: int = Field(default=8, ge=1)  # of a category


class Suite(Settings):
    """One experiment: a dataset, its splits, the methods, the seeds, and the printed tables that it answers."""

    title: str
    dataset: str
    splits: tuple[SplitSpec, ...] = Field(min_length=1)
    protocols: tuple[Protocol, ...] = Field(min_length=1)
    methods: tuple[MethodSpec, ...] = Field(min_length=1)
    seeds: tuple[Annotated[int, Field(ge=0)], ...] = Field(min_length=1)
    network: Network = Network()
    schedule: Schedule = Schedule()
    generators: Generators = Generators()
    views: tuple[str, ...] = ()  # several: methods have an encoder for each; none: all features side by side
    encoders: EncoderSizes = EncoderSizes()
    augment: Literal["none", "flips", "crops"] = "none"  # of images, in training
    degraded: float = Field(
        default=0.0, ge=0, le=1
    )  # share of samples one view of which is replaced by noise
    tables: tuple[str, ...] = ()
    stand_in: str = ""  # what stands in for the tables' own data: then ours are shown and not judged
    note: str = ""  # what a reader must know of this suite, a stand-in above all

    @model_validator(mode="after")
    def _no_repeats(self) -> Suite:
        named: dict[str, list[str]] = {
            "splits": [split.id for split in self.splits],
            "protocols": list(self.protocols),
            "methods": [method.label for method in self.methods],
            "seeds": [str(seed) for seed in self.seeds],
        }
        for what, items in named.items():
            repeated = sorted({item for item in items if items.count(item) > 1})
            if repeated:
                raise ValueError(f"expected different {what}, got {', '.join(repeated)} more than once")
        return self

    @model_validator(mode="after")
    def _stands_in_for_something(self) -> Suite:
        if self.stand_in and not self.tables:
            raise ValueError("expected `tables` beside `stand_in`, whose data it stands in for; got none")
        return self

    @model_validator(mode="after")
    def _of_views(self) -> Suite:
        of_views = {
            "encoders": self.encoders != EncoderSizes(),
            "augment": self.augment != "none",
            "degraded": self.degraded > 0,
            "schedule.steps": self.schedule.steps is not None,
        }
        given = [name for name, is_given in of_views.items() if is_given]
        if given and not self.views:
            raise ValueError(f"expected `views` beside {', '.join(given)}; got none")
        if self.views and (self.network != Network() or self.generators != Generators()):
            raise ValueError("expected `encoders` in a suite with `views`, not `network` or `generators`")
        return self


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
        raise TailmarkError(_explain(error, source)) from None
    _check_names(params, source)
    return params


def suite(params: Params, name: str) -> Suite:
    """One suite by name."""
    if name not in params.suites:
        raise TailmarkError(
            f"There is no suite '{name}' in params.yaml; it has {', '.join(params.suites)}."
            f"{nearest(name, params.suites)}"
        )
    return params.suites[name]


def _check_names(params: Params, source: str) -> None:
    for dataset in params.data.datasets:
        datasets.describe(dataset)
    for name, item in params.suites.items():
        if item.dataset not in params.data.datasets:
            raise TailmarkError(
                f"{source}: suite '{name}' uses the dataset '{item.dataset}', which is not in `data.datasets` "
                f"({', '.join(params.data.datasets)}).{nearest(item.dataset, params.data.datasets)} Add it there."
            )
        for table in item.tables:
            if published.table(table).dataset == item.dataset and item.stand_in:
                raise TailmarkError(
                    f"{source}: suite '{name}' says what stands in for the data of {table}, but it uses these very "
                    f"data, '{item.dataset}'. Leave out `stand_in`."
                )
        _check_views(name, item, source)
        for method in item.methods:
            for protocol in item.protocols:
                made = methods.make(method.name, method.settings, protocol)
                if hasattr(made, "design"):
                    made.design(np.array([2.0, 1.0]), item.views)


def _check_views(name: str, suite: Suite, source: str) -> None:
    """Views that the dataset has, and methods for several views, or for none."""
    has = list(datasets.describe(suite.dataset).scaling)
    for view in suite.views:
        if view not in has:
            raise TailmarkError(
                f"{source}: suite '{name}' wants the view '{view}', but '{suite.dataset}' has {', '.join(has)}."
                f"{nearest(view, has)}"
            )
    for method in suite.methods:
        if suite.views and not methods.sees_views(method.name):
            raise TailmarkError(
                f"{source}: suite '{name}' has views, but the method '{method.name}' sees one row of features. Use "
                f"`{{name: concatenation, loss: {method.name}}}` for its loss on several views, `one-view` for one of "
                "them, or leave out `views`."
            )
        if not suite.views and not methods.sees_rows(method.name):
            raise TailmarkError(
                f"{source}: the method '{method.name}' joins several views, but suite '{name}' names none. Add "
                f"`views` to it: '{suite.dataset}' has {', '.join(has)}."
            )


def _explain(error: ValidationError, source: str) -> str:
    mistakes = [dict(item) for item in error.errors(include_url=False)]
    echoes = [
        item for item in mistakes if item["type"] == "too_short" and item["input"]
    ]  # its items were wrong
    lines = [_explain_one(item) for item in mistakes if item not in echoes]
    return f"{source} has {len(lines)} mistake{'s' * (len(lines) > 1)}:\n" + "\n".join(
        f"  {line}" for line in lines
    )


def _explain_one(item: dict[str, Any]) -> str:
    place = [str(part) for part in item["loc"] if part not in SPLIT_KINDS]
    where = ".".join(place)
    if item["type"] == "extra_forbidden":
        known = _known_keys(place[:-1])
        return f"{where}: unknown key.{nearest(place[-1], known)} Known here: {', '.join(known)}."
    got = "" if item["type"] == "missing" else f" (got {item['input']!r})"
    return f"{where}: {item['msg'].removeprefix('Value error, ')}{got}"


def _known_keys(place: Sequence[str]) -> list[str]:
    """The keys of the block at a place, to name the nearest."""
    match list(place):
        case []:
            block: list[type[Settings]] = [Params]
        case ["data"]:
            block = [Data]
        case ["training"]:
            block = [Training]
        case ["suites", _]:
            block = [Suite]
        case ["suites", _, "network"]:
            block = [Network]
        case ["suites", _, "schedule"]:
            block = [Schedule]
        case ["suites", _, "encoders"]:
            block = [EncoderSizes]
        case _:
            block = [GroupsSplit, NaturalSplit, TailSplit, CountsSplit, HoldoutSplit]
    return sorted({key for model in block for key in model.model_fields})
