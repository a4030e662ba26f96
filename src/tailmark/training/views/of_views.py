"""What the plan must know of a run over several views: its recipe, what decides its result, and the code that does."""

from __future__ import annotations

from typing import Any

from tailmark.datasets import Prepared
from tailmark.fusion.design import Design
from tailmark.fusion.recipe import FusionRecipe, Search
from tailmark.fusion.shapes import view_shapes
from tailmark.nets.views import Encoders
from tailmark.params import MethodSpec, Suite
from tailmark.training.task import Recipe

# What every such run passes through.
CODE = (
    "tailmark.fusion.aggregation",
    "tailmark.fusion.augment",
    "tailmark.fusion.colour",
    "tailmark.fusion.degrade",
    "tailmark.fusion.loss",
    "tailmark.fusion.policies",
    "tailmark.fusion.pools",
    "tailmark.fusion.shapes",
    "tailmark.nets.chosen",
    "tailmark.nets.encoders",
    "tailmark.fusion.experts",
    "tailmark.nets.joins",
    "tailmark.objective",
    "tailmark.streams",
    "tailmark.training.order",
    "tailmark.training.views.answers",
    "tailmark.training.views.optimiser",
    "tailmark.training.views.ready",
    "tailmark.training.views.run",
)
BALANCING = ("tailmark.training.views.balancing",)
SEARCHING = ("tailmark.training.semi.search", "tailmark.training.views.search")
WATCHING = ("tailmark.balance.shares", "tailmark.training.views.watch")

# Every method has eight trials: four learning rates with two values of its own setting, or eight learning rates. They
# go down from the suite's, for a method with losses for single views as well has several times the gradient.
RATES = (1.0, 0.3, 0.1, 0.03)
MORE_RATES = (1.0, 0.3, 0.1, 0.03, 3.0, 0.6, 0.2, 0.06)
NO_SETTING = 0.0


def fusion(suite: Suite, spec: MethodSpec, prepared: Prepared, method: Any, protocol: str) -> FusionRecipe:
    """What the suite says of its views; the paper's initial weights belong to the paper's protocol."""
    sizes = {**suite.encoders.model_dump(), "init": "paper" if protocol == "paper" else "default"}
    return FusionRecipe(
        views=suite.views,
        encoders=Encoders(**sizes),
        steps=suite.schedule.steps,
        augment=suite.augment,
        degraded=suite.degraded,
        resampler=getattr(method, "resampler", "none"),
        adapts=all(shape.kind == "image" for shape in view_shapes(prepared, suite.views)),
        watch_views=suite.watch_views,
        search=_search(suite, spec, method),
    )


def _search(suite: Suite, spec: MethodSpec, method: Any) -> Search | None:
    """None where the suite asks for none; a setting that the user gives is not chosen."""
    if suite.tuning is None:
        return None
    setting, values = getattr(method, "tuned", ("", ()))
    if not setting or setting in spec.settings:
        trials = tuple((rate, NO_SETTING) for rate in MORE_RATES)
        return Search("", trials, suite.tuning.held, suite.tuning.steps)
    trials = tuple((rate, value) for value in values for rate in RATES)
    return Search(setting, trials, suite.tuning.held, suite.tuning.steps)


def settings(fusion: FusionRecipe, recipe: Recipe, design: Design) -> dict[str, Any]:
    """Beside the design, the loss that says how its logits are meant, and a resampler where there is one."""
    return {
        "recipe": recipe.numbers(),
        "fusion": fusion.numbers(),
        "design": design.numbers(),
        "objective": design.experts[0].objective.numbers(),
        "resampler": None if fusion.resampler == "none" else {"name": fusion.resampler},
        **({} if fusion.search is None else {"tuned": fusion.search.setting}),
    }


def code(fusion: FusionRecipe, design: Design) -> list[str]:
    """The package's own, what the suite chose, that of a resampler, and that of a join which a method brings."""
    chosen = ["tailmark.nets.resnet18"] if fusion.encoders.network == "resnet18" else []
    chosen += ["tailmark.fusion.resized"] if fusion.augment == "resized" else []
    resampler = fusion.resampler
    resampling = ["tailmark.training.views.resample", f"tailmark.methods.{resampler}", "tailmark.trainingset"]
    return [
        *CODE,
        *chosen,
        *(resampling if resampler != "none" else []),
        *(BALANCING if design.balance is not None else ()),
        *(SEARCHING if fusion.search else ()),
        *(WATCHING if fusion.watch_views else ()),
        *design.code,
    ]
