"""The names in a params.yaml: each is that of something that there is, and stands where it can."""

from __future__ import annotations

import numpy as np

from tailmark import datasets, methods, published
from tailmark.errors import TailmarkError, nearest
from tailmark.fusion.design import one_view
from tailmark.params.splits import SemiSplit
from tailmark.params.suites import MethodSpec, Suite
from tailmark.params.tier import Params


def check_names(params: Params, source: str) -> None:
    """Every dataset, table, view, method and setting that the suites name."""
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
        _check_labels(name, item, source)
        _check_views(name, item, source)
        for method in item.methods:
            for protocol in item.protocols:
                _check_settings(method, protocol, item.views)


def _check_settings(method: MethodSpec, protocol: str, views: tuple[str, ...]) -> None:
    """A method finds its own mistakes when it is made, or when it designs its experts."""
    made = methods.make(method.name, method.settings, protocol)
    if hasattr(made, "design"):
        made.design(np.array([2.0, 1.0]), views)
    view = getattr(made, "view", "")
    if view and methods.learns_partly(method.name):
        one_view(method.name, view, views)


def _check_labels(name: str, suite: Suite, source: str) -> None:
    """Methods that learn from a pool without labels belong to splits that have one, and no others do."""
    has_pool = isinstance(suite.splits[0], SemiSplit)  # then all have one
    for method in suite.methods:
        learns_partly = methods.learns_partly(method.name)
        if has_pool and not learns_partly and method.name != "majority":
            raise TailmarkError(
                f"{source}: suite '{name}' has splits of kind semi, but the method '{method.name}' wants a label for "
                "every training sample. Use a semi-supervised method, `{name: supervised}` for one that learns from "
                "the labelled samples alone, or splits of another kind."
            )
        if learns_partly and not has_pool:
            raise TailmarkError(
                f"{source}: the method '{method.name}' learns from few labels and a pool without, but suite '{name}' "
                "has no split that gives it these. Use splits of kind semi."
            )


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
