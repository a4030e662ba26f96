"""The methods: one file each, found by being in this folder.

A method is a frozen dataclass of hyper-parameters with one of

    objective(counts) -> Objective          its loss; counts are the training samples of each class
    design(counts, views) -> Design         its experts over several views, where the suite has `views`
    learn(step) -> Tensor                   its loss of one step, where few samples have a label (`semi/step.py`)

and, if it has an objective, perhaps

    resample(training, random_state) -> TrainingSet   if it changes the training set
    lessons(counts) -> {class: Lesson}          if a trained generator makes the new samples of these classes

A method that designs may also balance its views: `gradients(step)` and what else `tailmark.balance` lists. Its `tuned`
is the name of one setting and two values for it, the published one first.

A method that learns has also `tuned`, the name of its one tuned setting and four values, the default first; and `sees`,
the perturbed copies of the unlabelled samples that it wants ("weak", "strong", or none). It may have

    build(facts), noise(facts), memory(facts)   a network of its own; random numbers and running tensors of a step
    answer(network, batch, blank, memory)       its logits, where they are not those of its network
    readings(network, batch, memory)            other answers of the same network, by name
    adopt(probability, counts)                  which unlabelled samples get a label, between its `generations`
    labels, resampler                           settings: "all" labels, the upper bound; "smote" of the labelled part

Settings that contradict each other are refused in `__post_init__`, so that they are found before anything is trained.
Any method may have, where they differ from the usual, the class attributes

    head = "cosine"              the last layer of the classifier (otherwise "linear")
    network = "prior"            another network than the suite's
    train_on = "full"            another role of the split than "train"
    protocols = (...)            the protocols in which it exists (otherwise all three)
    paper = {...}, released = {...}   hyper-parameters that those protocols change
    tabular = {...}, photos = {...}   and that other kinds of data than images of one channel change

The file ends with `method = TheClass`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cache
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any, Literal, get_args, get_type_hints

from tailmark.errors import TailmarkError, nearest
from tailmark.objective import Floats, Objective

Head = Literal["linear", "cosine"]

PROTOCOLS = ("corrected", "paper", "released")


@dataclass(frozen=True)
class Description:
    """What a listing shows of a method."""

    name: str
    summary: str  # the first line of the file
    settings: dict[str, object]  # hyper-parameters and their published values
    protocols: tuple[str, ...]


@cache
def names() -> list[str]:
    """Every method's name, from the files of this folder."""
    files = Path(__file__).parent.glob("[a-z]*.py")
    return sorted(file.stem.replace("_", "-") for file in files)


def describe(name: str) -> Description:
    """A method's first line, hyper-parameters and protocols."""
    module, cls = _module(name), _class(name)
    settings = {field.name: field.default for field in fields(cls)}
    summary = (module.__doc__ or "").strip().splitlines()[0]
    return Description(name, summary, settings, getattr(cls, "protocols", PROTOCOLS))


def make(name: str, settings: Mapping[str, object], protocol: str, kind: str = "images") -> Any:
    """The method with its published values, those for the kind of data and the protocol, then the suite's own."""
    cls = _class(name)
    known = [field.name for field in fields(cls)]
    for setting in settings:
        if setting not in known:
            has = f"its settings are {', '.join(known)}" if known else "it has no settings"
            raise TailmarkError(
                f"Method '{name}' has no setting '{setting}'; {has}.{nearest(setting, known)} "
                "Correct the suite's `methods` in params.yaml."
            )
    published = {**getattr(cls, kind, {}), **getattr(cls, protocol, {})}
    return cls(**{**published, **_checked(name, cls, settings)})


def _checked(name: str, cls: Any, settings: Mapping[str, object]) -> dict[str, object]:
    """Settings of the types that the method declares: 500 for a number is 500.0, a misspelt choice is refused."""
    hints, found = get_type_hints(cls), {}
    for setting, value in settings.items():
        hint = hints[setting]
        choices = get_args(hint)
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if choices and value not in choices:
            raise TailmarkError(
                f"Method '{name}' expects {setting} to be one of {', '.join(map(str, choices))}; got '{value}'."
                f"{nearest(str(value), map(str, choices))} Correct the suite's `methods` in params.yaml."
            )
        if hint in (int, float, bool) and not _fits(value, hint):
            what = {
                int: "a whole number, not negative",
                float: "a number, not negative",
                bool: "true or false",
            }
            raise TailmarkError(
                f"Method '{name}' expects {setting} to be {what[hint]}; got {value!r}. Correct the suite's "
                "`methods` in params.yaml."
            )
        found[setting] = float(str(value)) if hint is float and number else value
    return found


def _fits(value: object, hint: type) -> bool:
    if hint is bool:
        return isinstance(value, bool)
    allowed = int if hint is int else int | float
    return isinstance(value, allowed) and not isinstance(value, bool) and value >= 0


def loss_of(name: str, counts: Floats) -> tuple[Objective, Head]:
    """Another method's loss and head with their published values, for a network that is not its own."""
    cls = _class(name)
    fits = [other for other in names() if _is_loss(_class(other))]
    if not _is_loss(cls):
        raise TailmarkError(
            f"Expected a loss, one of {', '.join(fits)}; got '{name}', which is more than a loss. Correct the suite's "
            "`methods` in params.yaml."
        )
    return cls().objective(counts), getattr(cls, "head", "linear")


def _is_loss(cls: Any) -> bool:
    """Neither a resampler, nor a network, nor a training set of its own."""
    more = ("resample", "lessons", "network", "train_on")
    return hasattr(cls, "objective") and not any(hasattr(cls, name) for name in more)


def sees_views(name: str) -> bool:
    """Whether it can be trained where a suite has `views`."""
    cls = _class(name)
    return hasattr(cls, "design") or learns_partly(name) or getattr(cls, "network", "") == "prior"


def sees_rows(name: str) -> bool:
    """Whether it can be trained where a suite has none."""
    return not hasattr(_class(name), "design") and not learns_partly(name)


def learns_partly(name: str) -> bool:
    """Whether it is made for few labels and a pool without: then it wants a split that has both."""
    return hasattr(_class(name), "learn")


def exists_in(name: str, protocol: str) -> bool:
    """Whether the method is part of a protocol: `released` holds only what the authors' code holds."""
    return protocol in getattr(_class(name), "protocols", PROTOCOLS)


def _class(name: str) -> Any:
    return _module(name).method


def _module(name: str) -> ModuleType:
    if name not in names():
        raise TailmarkError(
            f"There is no method '{name}'.{nearest(name, names())} `tailmark list methods` shows them all."
        )
    return import_module(f"tailmark.methods.{re.sub('-', '_', name)}")
