"""Resized crops: what they may do to a picture, and that their draws alone decide it."""

from __future__ import annotations

from typing import get_args

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor
from torch.nn.functional import interpolate

from tailmark.fusion import augment, policies, resized
from tailmark.fusion.recipe import Policy
from tailmark.streams import stream

SIZES = [(28, 28), (32, 32), (16, 15), (224, 224)]


def pictures(n: int, height: int, across: int, channels: int = 3) -> Tensor:
    return torch.rand(n, height, across, channels, generator=torch.Generator().manual_seed(0))


def drawn(seed: int, n: int) -> Tensor:
    return torch.from_numpy(resized.draws(stream(seed, "augment"), n, 3))


def box(top: float, left: float, height: float, across: float, mirrored: bool = False) -> Tensor:
    return torch.tensor([[top, left, height, across, float(mirrored)]])


@pytest.mark.parametrize("size", SIZES)
def test_all_of_an_image_is_the_image(size: tuple[int, int]) -> None:
    images = pictures(1, *size)
    torch.testing.assert_close(resized.augmented(images, box(0, 0, 1, 1)), images, atol=3e-5, rtol=0)
    mirrored = resized.augmented(images, box(0, 0, 1, 1, mirrored=True))
    torch.testing.assert_close(mirrored, images.flip(2), atol=3e-5, rtol=0)


@given(top=st.integers(0, 8), left=st.integers(0, 16), mirrored=st.booleans())
def test_a_crop_is_torchs_enlargement_of_its_part(top: int, left: int, mirrored: bool) -> None:
    """Half the height and a quarter of the width; its border may look half a pixel beyond."""
    images = pictures(1, 16, 32)
    part = images[:, top : top + 8, left : left + 8].permute(0, 3, 1, 2)
    expected = interpolate(part, size=(16, 32), mode="bilinear").permute(0, 2, 3, 1)
    expected = expected.flip(2) if mirrored else expected
    found = resized.augmented(images, box(min(top, 8) / 16, left / 32, 8 / 16, 8 / 32, mirrored))
    inside = (slice(None), slice(1, -1), slice(2, -2))
    torch.testing.assert_close(found[inside], expected[inside], atol=1e-5, rtol=0)


def test_each_image_has_its_own_crop() -> None:
    images, rows = pictures(6, 16, 15), drawn(1, 6)
    whole = resized.augmented(images, rows)
    pieces = [resized.augmented(images[a:b], rows[a:b]) for a, b in ((0, 1), (1, 4), (4, 6))]
    torch.testing.assert_close(torch.cat(pieces), whole, atol=1e-6, rtol=0)


def test_views_keep_shape_and_range_and_differ() -> None:
    images = pictures(32, 28, 28)
    before = images.clone()
    views = resized.augmented(images, drawn(0, 32))
    assert views.shape == images.shape and views.is_contiguous()
    assert 0 <= views.min() <= views.max() <= 1 + 1e-6
    torch.testing.assert_close(images, before, atol=0, rtol=0)  # never in place
    assert ((views - images).abs().amax((1, 2, 3)) > 1e-3).all()


def test_a_plain_image_stays_plain_to_its_border() -> None:
    plain = torch.full((20, 9, 7, 3), 0.7)
    torch.testing.assert_close(resized.augmented(plain, drawn(0, 20)), plain, atol=1e-6, rtol=0)


def test_crops_lie_within_the_image_and_keep_to_their_ranges() -> None:
    rows = resized.draws(stream(0, "augment"), 50_000, 3).astype(np.float64)
    top, left, height, across, mirrored = rows.T
    assert min(top.min(), left.min()) >= 0
    assert max((top + height).max(), (left + across).max()) <= 1 + 1e-6
    area, ratio = height * across, across / height
    assert 0.08 - 1e-6 <= area.min() < 0.09 and 0.98 < area.max() <= 1 + 1e-6
    assert 0.75 - 1e-6 <= ratio.min() < 0.76 and 1.32 < ratio.max() <= 4 / 3 + 1e-6
    assert set(mirrored) == {0.0, 1.0} and abs(mirrored.mean() - 0.5) < 0.01
    small = area < 0.7  # which always fit: even over their range
    assert abs(np.median(area[small]) - 0.39) < 0.01
    assert abs(np.log(ratio[small]).mean()) < 0.01
    place = (top / (1 - height))[small]
    assert abs(place.mean() - 0.5) < 0.01 and abs(place.std() - 1 / np.sqrt(12)) < 0.01


def test_a_crop_that_never_fits_is_the_whole_image(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resized, "_SCALE", (1.0, 1.0))
    rows = resized.draws(stream(0, "augment"), 100, 3)
    np.testing.assert_array_equal(rows[:, :4], np.tile([0, 0, 1, 1], (100, 1)))


def test_a_stream_gives_its_draws_again_and_two_calls_are_one() -> None:
    rows = drawn(3, 50)
    assert rows.shape == (50, resized.width(3)) and rows.dtype == torch.float32
    source = stream(3, "augment")
    pieces = np.concatenate([resized.draws(source, n, 3) for n in (13, 37)])
    np.testing.assert_array_equal(pieces, rows)
    assert not np.array_equal(drawn(4, 50), rows)


def test_a_spectrogram_is_left_as_it_is() -> None:
    images = pictures(3, 25, 18, channels=1)
    rows = torch.from_numpy(resized.draws(stream(0, "augment"), 3, 1))
    assert rows.shape == (3, resized.width(1)) == (3, 0)
    torch.testing.assert_close(resized.augmented(images, rows), images, atol=0, rtol=0)


def test_no_step_looks_at_a_value() -> None:
    """A CUDA graph needs it: tensors without values go all the way."""
    views = resized.augmented(pictures(4, 8, 8).to("meta"), drawn(0, 4).to("meta"))
    assert views.shape == (4, 8, 8, 3)


@pytest.mark.parametrize("policy", get_args(Policy))
@pytest.mark.parametrize("channels", [1, 3])
def test_every_policy_is_to_be_had_in_the_same_way(policy: Policy, channels: int) -> None:
    made = policies.draws(stream(0, "augment"), 4, policy, channels, blur=False)
    assert made.shape == (4, policies.width(policy, channels, blur=False))
    images, rows = pictures(4, 12, 12, channels), torch.from_numpy(made)
    views = policies.augmented(images, rows, policy, blur=False)
    assert views.shape == images.shape
    if policy == "resized":
        expected = resized.augmented(images, rows)
    else:
        np.testing.assert_array_equal(
            made, augment.draws(stream(0, "augment"), 4, policy, channels, blur=False)
        )
        expected = augment.augmented(images, rows, policy, blur=False)
    torch.testing.assert_close(views, expected, atol=0, rtol=0)
