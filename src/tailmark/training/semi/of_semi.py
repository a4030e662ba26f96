"""What the plan must know of a run with few labels: its recipe, what decides its result, and the code that does."""

from __future__ import annotations

import inspect
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, cast

from tailmark.errors import TailmarkError
from tailmark.nets.views import Encoders
from tailmark.params import MethodSpec, Suite
from tailmark.semi.recipe import Search, SemiRecipe
from tailmark.training.task import Recipe

if TYPE_CHECKING:  # which imports torch
    from tailmark.fusion.augment import Policy

# What every such run passes through.
CODE = (
    "tailmark.fusion.augment",
    "tailmark.fusion.colour",
    "tailmark.fusion.degrade",
    "tailmark.fusion.pools",
    "tailmark.fusion.shapes",
    "tailmark.nets.encoders",
    "tailmark.nets.seeded",
    "tailmark.objective",
    "tailmark.semi.batches",
    "tailmark.semi.network",
    "tailmark.semi.numbers",
    "tailmark.semi.step",
    "tailmark.semi.strong",
    "tailmark.streams",
    "tailmark.training.order",
    "tailmark.training.semi.answers",
    "tailmark.training.semi.ready",
    "tailmark.training.semi.run",
    "tailmark.training.semi.search",
)
GENERATIVE = tuple(
    f"tailmark.mdgm.{name}"
    for name in (
        *("conditional", "constants", "decoders", "divergence", "evidence", "gaussian", "network", "noise"),
        *("objective", "posterior", "power", "products", "samples"),
    )
)
RESAMPLING = ("tailmark.training.views.resample", "tailmark.trainingset", "tailmark.methods.smote")


def semi(suite: Suite, spec: MethodSpec, method: Any) -> SemiRecipe:
    """What the suite says of its labels, its pool, and how a setting is chosen."""
    steps = suite.schedule.steps
    if steps is None:
        raise TailmarkError(
            "A suite with few labels expects `schedule.steps`, the same number for every method; got none. Add it, "
            "for example `schedule: {steps: 1000}`."
        )
    return SemiRecipe(
        views=suite.views,
        encoders=Encoders(**suite.encoders.model_dump()),
        steps=steps,
        pool_batch=suite.semi.pool_batch,
        average=suite.semi.average,
        augment=cast("Policy", suite.augment),  # a suite refuses other policies beside few labels
        missing=suite.semi.missing,
        search=_search(suite, spec, method, steps),
    )


def settings(recipe: Recipe, semi: SemiRecipe, method: Any) -> dict[str, Any]:
    """A loss that is named is known by its numbers, which the counts decide; the split's digest holds those."""
    return {
        "recipe": recipe.numbers(),
        "semi": semi.numbers(),
        "method": {"name": type(method).__name__, **asdict(method)},
        "objective": {},
        "resampler": None,
        "tuned": semi.search.setting if semi.search else None,
    }


def code(method: Any) -> list[str]:
    """The package's own, the method's, and what it builds on."""
    own = inspect.getmodule(method).__name__  # type: ignore[union-attr]
    generative = GENERATIVE if hasattr(method, "samples") else ()
    loss = getattr(method, "loss", None)
    borrowed = [f"tailmark.methods.{loss.replace('-', '_')}"] if isinstance(loss, str) else []
    resampling = RESAMPLING if getattr(method, "resampler", "none") != "none" else ()
    return [*CODE, own, *generative, *borrowed, *resampling]


def _search(suite: Suite, spec: MethodSpec, method: Any, steps: int) -> Search | None:
    """None where the suite asks for none, or where the user gives the setting himself."""
    if suite.tuning is None or not hasattr(method, "tuned"):
        return None
    setting, candidates = method.tuned
    if setting in spec.settings:
        return None
    return Search(setting, tuple(candidates), suite.tuning.held, suite.tuning.steps or steps)
