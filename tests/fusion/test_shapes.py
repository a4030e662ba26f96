"""What a network is told of a dataset's views: images, tables of numbers, tables with categories."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tailmark import datasets
from tailmark.datasets import Category, Number, Prepared
from tailmark.errors import TailmarkError
from tailmark.fusion.shapes import view_shapes
from tailmark.nets.views import ViewShape


@pytest.fixture
def skin() -> Prepared:
    views = {"image": np.zeros((2, 64, 48, 3), np.uint8), "metadata": np.zeros((2, 3), np.float32)}
    columns = (Category("sex", ("female", "male")), Number("age"), Category("site", ("arm", "leg", "head")))
    scaling = {"image": "unit", "metadata": "none"}
    labels = np.zeros(2, np.int16)
    return Prepared("skin", views, labels, {}, ("no", "yes"), scaling, "", {"metadata": columns})


def test_categories_are_counted_without_the_missing_one(skin: Prepared) -> None:
    assert view_shapes(skin, ("metadata", "image")) == (
        ViewShape("metadata", "table", (3,), (2, 0, 3)),
        ViewShape("image", "image", (64, 48, 3)),
    )


def test_mfeat_has_an_image_and_tables_of_numbers(prepared_root: Path) -> None:
    mfeat = datasets.load(prepared_root / "mfeat")
    pix, fou, mor = view_shapes(mfeat, ("pix", "fou", "mor"))
    assert pix == ViewShape("pix", "image", (16, 15, 1))
    assert (fou, mor) == (ViewShape("fou", "table", (76,)), ViewShape("mor", "table", (6,)))


def test_an_unknown_view_is_answered_with_the_nearest(skin: Prepared) -> None:
    with pytest.raises(
        TailmarkError, match=r"'skin' has no view 'imgae'; it has image, metadata\. Did you mean 'image'\?"
    ):
        view_shapes(skin, ("imgae",))
