"""A suite, with the blocks that it is made of, and what in it must agree with what."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from tailmark.params.settings import Fraction, Settings
from tailmark.params.splits import SemiSplit, SplitSpec

Protocol = Literal["corrected", "paper", "released"]


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
    optimiser: Literal["adam", "sgd"] = "adam"  # with views: sgd has a momentum of 0.9
    drops: tuple[
        Fraction, ...
    ] = ()  # with views: after these shares of the training the rate falls to a tenth
    clip: float | None = Field(default=None, gt=0)  # with views: longest gradient of all weights together


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

    network: Literal["small", "resnet18"] = "small"  # of images; resnet18 has sizes of its own

    channels: tuple[Annotated[int, Field(ge=1)], ...] = Field(default=(32, 64), min_length=1)
    kernel: Literal[3, 5, 7] = 5
    shrink: int = Field(default=1, ge=1)  # squares of so many pixels are averaged first
    hidden: int = Field(default=128, ge=1)  # features of an image
    columns: int = Field(default=64, ge=1)  # features of a table
    embedding: int = Field(default=8, ge=1)  # of a category

    @model_validator(mode="after")
    def _sizes_of_the_small_network(self) -> EncoderSizes:
        defaults = {name: type(self).model_fields[name].default for name in ("channels", "kernel", "hidden")}
        given = [name for name, default in defaults.items() if getattr(self, name) != default]
        if self.network == "resnet18" and given:
            raise ValueError(
                f"expected no {', '.join(given)} beside network resnet18, which has its own; got some. Leave them out, "
                "or take the network small"
            )
        return self


class Semi(Settings):
    """Training with few labels and a pool without."""

    pool_batch: int = Field(default=64, ge=1)  # unlabelled samples of a step
    average: float = Field(default=0.99, ge=0, lt=1)  # of the weights that answer; 0: the weights as they are
    missing: float = Field(default=0.0, ge=0, lt=1)  # share of all samples that lack one view


class Tuning(Settings):
    """How each method's one tuned setting is chosen: on a part of the labelled samples, never on the test set.

    With all samples labelled the learning rate is chosen too, and every method has as many trials.
    """

    held: Fraction = 0.25  # of the labelled samples of each class
    steps: int | None = Field(default=None, ge=1)  # of each trial; null: as many as the training itself


PLAIN = Schedule()
ONLY_WITH_VIEWS = tuple((name, getattr(PLAIN, name)) for name in ("optimiser", "drops", "clip"))


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
    augment: Literal["none", "flips", "crops", "resized"] = "none"  # of images, in training
    degraded: float = Field(
        default=0.0, ge=0, le=1
    )  # share of samples one view of which is replaced by noise
    watch_views: bool = False  # keep what each view says by itself in a model of several
    semi: Semi = Semi()
    tuning: Tuning | None = None  # null: nothing is tuned, and methods have their default settings
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
            "watch_views": self.watch_views,
            "tuning": self.tuning is not None,
            **{f"schedule.{name}": getattr(self.schedule, name) != plain for name, plain in ONLY_WITH_VIEWS},
        }
        given = [name for name, is_given in of_views.items() if is_given]
        if given and not self.views:
            raise ValueError(f"expected `views` beside {', '.join(given)}; got none")
        if self.views and (self.network != Network() or self.generators != Generators()):
            raise ValueError("expected `encoders` in a suite with `views`, not `network` or `generators`")
        return self

    @model_validator(mode="after")
    def _of_few_labels(self) -> Suite:
        with_pool = [split.id for split in self.splits if isinstance(split, SemiSplit)]
        if not with_pool:
            if self.semi != Semi():
                raise ValueError("expected splits of kind semi beside semi; got none")
            return self
        of_all_labels = {
            "watch_views": self.watch_views,
            **{f"schedule.{name}": getattr(self.schedule, name) != plain for name, plain in ONLY_WITH_VIEWS},
        }
        if given := [name for name, is_given in of_all_labels.items() if is_given]:
            raise ValueError(
                f"expected no {', '.join(given)} beside splits of kind semi, whose training has none"
            )
        if others := [split.id for split in self.splits if not isinstance(split, SemiSplit)]:
            raise ValueError(
                f"expected splits of kind semi alone, as in {', '.join(with_pool)}, or none; got {', '.join(others)} "
                "beside them. Put these into a suite of their own"
            )
        if not self.views or self.schedule.steps is None:
            lacking = "schedule.steps" if self.views else "views"
            raise ValueError(f"expected `{lacking}` beside splits of kind semi; got none")
        if self.protocols != ("corrected",):
            raise ValueError(
                f"expected protocols [corrected] beside splits of kind semi, for there is no published protocol to "
                f"follow; got {', '.join(self.protocols)}"
            )
        if self.degraded:
            raise ValueError("expected `semi.missing`, not `degraded`, beside splits of kind semi")
        if self.encoders.network != "small":
            raise ValueError(
                f"expected encoders.network small beside splits of kind semi; got {self.encoders.network}"
            )
        if self.augment == "resized":
            raise ValueError("expected augment none, flips or crops beside splits of kind semi; got resized")
        if self.semi.missing and len(self.views) == 1:
            raise ValueError(
                "expected two views or more beside semi.missing, which takes one of them away; got one"
            )
        return self
