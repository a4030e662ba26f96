"""Views of images: what each policy may do to a picture, and that its draws alone decide it."""

from __future__ import annotations

import colorsys
import subprocess
import sys

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import ndimage
from torch import Tensor

from tailmark.fusion import colour
from tailmark.fusion.augment import Policy, augmented, draws, width
from tailmark.streams import stream

CASES: list[tuple[Policy, int, bool]] = [
    ("none", 1, False),
    ("flips", 3, False),
    ("crops", 1, False),
    ("crops", 1, True),
    ("crops", 3, False),
    ("crops", 3, True),
]
SIZES = [(28, 28), (32, 32), (16, 15), (7, 12)]

policies = pytest.mark.parametrize(("policy", "channels", "blur"), CASES)


def pictures(n: int, height: int, across: int, channels: int, seed: int = 0) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.rand(n, height, across, channels, generator=generator)


def drawn(seed: int, n: int, policy: Policy, channels: int, blur: bool) -> Tensor:
    return torch.from_numpy(draws(stream(seed, "augment"), n, policy, channels, blur))


def still(n: int, policy: Policy, channels: int, blur: bool) -> Tensor:
    """Draws that change nothing."""
    rows = torch.zeros(n, width(policy, channels, blur))
    if policy == "crops" and channels == 3:
        rows[:, 2 : 2 + colour.COLUMNS] = colours(n)
    elif policy == "crops":
        rows[:, 2] = 1  # the cosine of no angle
    return rows


def colours(
    n: int, brightness: float = 1, contrast: float = 1, saturation: float = 1, hue: float = 0
) -> Tensor:
    factors = (np.full(n, factor, dtype=np.float64) for factor in (brightness, contrast, saturation, hue))
    return torch.from_numpy(colour.affine(*factors)).float()


def recoloured(images: Tensor, **change: float) -> Tensor:
    rows = still(len(images), "crops", 3, False)
    rows[:, 2:] = colours(len(images), **change)
    return augmented(images, rows, "crops", False)


def turned(images: Tensor, angle: float, down: int = 0, right: int = 0, blur: float | None = None) -> Tensor:
    row = torch.tensor([down, right, np.cos(angle), np.sin(angle)] + [blur] * (blur is not None))
    return augmented(images, row.to(torch.float32).expand(len(images), -1), "crops", blur is not None)


def moved(images: Tensor, down: int, right: int) -> Tensor:
    """The window of the frame at (down, right)."""
    framed = torch.nn.functional.pad(images, (0, 0, 2, 2, 2, 2))
    height, across = images.shape[1:3]
    return framed[:, 2 + down : 2 + down + height, 2 + right : 2 + right + across]


# What every policy owes


@policies
@pytest.mark.parametrize("size", SIZES)
def test_draws_that_change_nothing_give_back_the_images(
    policy: Policy, channels: int, blur: bool, size: tuple[int, int]
) -> None:
    images = pictures(4, *size, channels)
    same = augmented(images, still(4, policy, channels, blur), policy, blur)
    torch.testing.assert_close(same, images, atol=1e-6, rtol=0)


@policies
def test_width_is_the_number_of_draws_and_a_stream_gives_them_again(
    policy: Policy, channels: int, blur: bool
) -> None:
    rows = draws(stream(3, "augment"), 50, policy, channels, blur)
    assert rows.shape == (50, width(policy, channels, blur))
    assert rows.dtype == np.float32
    np.testing.assert_array_equal(rows, draws(stream(3, "augment"), 50, policy, channels, blur))
    if policy != "none":
        assert not np.array_equal(rows, draws(stream(4, "augment"), 50, policy, channels, blur))


@policies
def test_draws_in_two_calls_are_the_draws_of_one(policy: Policy, channels: int, blur: bool) -> None:
    source = stream(0, "augment")
    pieces = np.concatenate([draws(source, n, policy, channels, blur) for n in (3, 7)])
    np.testing.assert_array_equal(pieces, draws(stream(0, "augment"), 10, policy, channels, blur))


@policies
def test_views_in_pieces_are_the_views_of_the_whole(policy: Policy, channels: int, blur: bool) -> None:
    images, rows = pictures(12, 16, 15, channels), drawn(1, 12, policy, channels, blur)
    whole = augmented(images, rows, policy, blur)
    pieces = [augmented(images[a:b], rows[a:b], policy, blur) for a, b in ((0, 1), (1, 8), (8, 12))]
    torch.testing.assert_close(torch.cat(pieces), whole, atol=1e-6, rtol=0)


@policies
def test_views_keep_shape_and_range_and_differ(policy: Policy, channels: int, blur: bool) -> None:
    images = pictures(64, 28, 28, channels)
    before = images.clone()
    views = augmented(images, drawn(0, 64, policy, channels, blur), policy, blur)
    assert views.shape == images.shape and views.is_contiguous()
    assert 0 <= views.min() <= views.max() <= 1 + 1e-6
    torch.testing.assert_close(images, before, atol=0, rtol=0)  # never in place
    changed = (views - images).abs().amax((1, 2, 3)) > 1e-3
    assert changed.any() == (policy != "none")


@pytest.mark.parametrize("channels", [1, 3])
def test_a_blur_changes_no_other_draw(channels: int) -> None:
    plain, blurred = (draws(stream(0, "augment"), 100, "crops", channels, blur) for blur in (False, True))
    np.testing.assert_array_equal(blurred[:, :-1], plain)


@policies
def test_no_step_looks_at_a_value(policy: Policy, channels: int, blur: bool) -> None:
    """A CUDA graph needs it: tensors without values go all the way."""
    images, rows = pictures(4, 8, 8, channels), drawn(0, 4, policy, channels, blur)
    views = augmented(images.to("meta"), rows.to("meta"), policy, blur)
    assert views.shape == images.shape


def test_import_takes_torch_and_numpy_alone() -> None:
    code = (
        "import sys, tailmark.fusion.augment, tailmark.fusion.aggregation;"
        "print(*{'scipy', 'sklearn', 'PIL', 'pandas', 'torchvision'} & set(sys.modules))"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == ""


# Crops and rotations


@given(
    down=st.integers(-2, 2),
    right=st.integers(-2, 2),
    size=st.sampled_from(SIZES),
    channels=st.sampled_from([1, 3]),
)
def test_a_shift_by_whole_pixels_is_a_shift_of_the_array(
    down: int, right: int, size: tuple[int, int], channels: int
) -> None:
    images = pictures(2, *size, channels)
    rows = still(2, "crops", channels, False)
    rows[:, 0], rows[:, 1] = down, right
    views = augmented(images, rows, "crops", False)
    torch.testing.assert_close(views, moved(images, down, right), atol=1e-6, rtol=0)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("degrees", [-10, 3, 10])
def test_a_rotation_is_that_of_scipy(size: tuple[int, int], degrees: float) -> None:
    images, angle = pictures(1, *size, 1), np.deg2rad(degrees)
    matrix = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    centre = (np.array(size) - 1) / 2
    offset = centre + np.array([1, -2]) - matrix @ centre
    expected = ndimage.affine_transform(
        images[0, :, :, 0].double().numpy(), matrix, offset, order=1, mode="grid-constant"
    )
    found = turned(images, angle, 1, -2)[0, :, :, 0].numpy()
    np.testing.assert_allclose(found, expected, atol=2e-5)


def test_a_quarter_turn_moves_each_pixel_to_another() -> None:
    images = pictures(1, 16, 16, 1)
    torch.testing.assert_close(turned(images, np.pi / 2), images.rot90(1, (1, 2)), atol=1e-5, rtol=0)


def test_shifts_and_angles_are_even_over_their_ranges() -> None:
    rows = draws(stream(0, "augment"), 20_000, "crops", 1, True)
    for column in rows[:, :2].T:
        values, counts = np.unique(column, return_counts=True)
        assert values.tolist() == [-2, -1, 0, 1, 2]
        assert np.abs(counts / len(rows) - 0.2).max() < 0.02
    degrees = np.rad2deg(np.arctan2(rows[:, 3], rows[:, 2]))
    assert -10 <= degrees.min() < -9.9 and 9.9 < degrees.max() <= 10
    assert abs(degrees.mean()) < 0.2
    sigma = rows[:, 4]
    assert abs((sigma > 0).mean() - 0.2) < 0.02
    assert 0.1 <= sigma[sigma > 0].min() < sigma.max() <= 2


# Flips


@pytest.mark.parametrize("mirrored", [0, 1])
@pytest.mark.parametrize("upside_down", [0, 1])
def test_flips_are_exact(mirrored: int, upside_down: int) -> None:
    images = pictures(3, 6, 9, 3)
    rows = torch.zeros(3, 2)
    rows[1] = torch.tensor([mirrored, upside_down])
    views = augmented(images, rows, "flips", False)
    axes = [axis for axis, flag in ((1, mirrored), (0, upside_down)) if flag]
    torch.testing.assert_close(views[1], images[1].flip(axes), atol=0, rtol=0)
    torch.testing.assert_close(views[::2], images[::2], atol=0, rtol=0)


def test_half_of_the_images_are_flipped_each_way_apart() -> None:
    rows = draws(stream(0, "augment"), 20_000, "flips", 3, False)
    assert np.unique(rows).tolist() == [0, 1]
    assert np.abs(rows.mean(0) - 0.5).max() < 0.02
    assert abs((rows[:, 0] == rows[:, 1]).mean() - 0.5) < 0.02


# Colours


def step_by_step(
    images: NDArray[np.float64], brightness: float, contrast: float, saturation: float
) -> NDArray[np.float64]:
    """The jitter as it is told, one change after the other."""
    luma = np.array([0.299, 0.587, 0.114])
    bright = brightness * images
    grey = (bright @ luma).mean((1, 2))[:, None, None, None]
    strong = grey + contrast * (bright - grey)
    own = (strong @ luma)[..., None]
    return own + saturation * (strong - own)


@given(factors=st.tuples(*[st.floats(0.6, 1.4)] * 3))
def test_the_map_is_brightness_then_contrast_then_saturation(factors: tuple[float, float, float]) -> None:
    images = pictures(2, 6, 5, 3)
    expected = step_by_step(images.double().numpy(), *factors).clip(0, 1)
    found = recoloured(images, brightness=factors[0], contrast=factors[1], saturation=factors[2])
    np.testing.assert_allclose(found.numpy(), expected, atol=2e-6)


@pytest.mark.parametrize("turns", [-1, 1, 2])
def test_a_full_turn_of_the_hue_changes_nothing(turns: int) -> None:
    images = pictures(2, 6, 5, 3)
    torch.testing.assert_close(recoloured(images, hue=turns), images, atol=1e-6, rtol=0)


@given(hue=st.floats(-0.1, 0.1))
def test_a_hue_leaves_greys_and_brightness_as_they_were(hue: float) -> None:
    greys = pictures(2, 6, 5, 1).expand(-1, -1, -1, 3)
    torch.testing.assert_close(recoloured(greys, hue=hue), greys, atol=1e-6, rtol=0)
    soft = 0.4 + 0.2 * pictures(2, 6, 5, 3)  # no colour that the limits would cut
    luma = torch.tensor([0.299, 0.587, 0.114])
    torch.testing.assert_close(recoloured(soft, hue=hue) @ luma, soft @ luma, atol=1e-6, rtol=0)


@pytest.mark.parametrize("rgb", [(0.6, 0.4, 0.4), (0.4, 0.6, 0.4), (0.4, 0.4, 0.6), (0.6, 0.6, 0.4)])
def test_a_hue_turns_as_far_as_on_the_usual_wheel(rgb: tuple[float, float, float]) -> None:
    view = recoloured(torch.tensor(rgb).expand(1, 2, 2, 3), hue=0.1)[0, 0, 0]
    before, after = colorsys.rgb_to_hsv(*rgb)[0], colorsys.rgb_to_hsv(*view.tolist())[0]
    turn = abs((after - before + 0.5) % 1 - 0.5)
    assert 0.04 < turn < 0.16


def test_a_picture_without_saturation_has_equal_channels() -> None:
    view = recoloured(pictures(2, 6, 5, 3), saturation=0, brightness=1.3, hue=0.07)
    torch.testing.assert_close(view[..., :1].expand_as(view), view, atol=1e-6, rtol=0)


def test_a_fifth_is_grey_and_a_fifth_keeps_its_colours() -> None:
    images = 0.45 + 0.1 * pictures(4000, 3, 3, 3)
    rows = drawn(0, 4000, "crops", 3, False)
    rows[:, :2] = 0
    views = augmented(images, rows, "crops", False)
    grey = (views.amax(3) - views.amin(3)).amax((1, 2)) < 1e-6
    same = (views - images).abs().amax((1, 2, 3)) < 1e-6
    assert abs(grey.float().mean() - 0.2) < 0.03
    assert abs(same.float().mean() - 0.2 * 0.8) < 0.03  # neither jittered nor grey


@given(seed=st.integers(0, 1000))
def test_jitter_keeps_to_its_strengths(seed: int) -> None:
    maps = colour.jitter(stream(seed, "jitter").random((200, colour.CHANCES)))
    linear, mean = maps[:, :9].reshape(-1, 3, 3), maps[:, 9:]
    gain = linear.sum(2)  # what a grey pixel is multiplied by: brightness times contrast
    np.testing.assert_allclose(gain, np.repeat(gain[:, :1], 3, axis=1), atol=1e-12)
    brightness = gain[:, 0] + mean.sum(1)
    assert 0.6 <= brightness.min() <= brightness.max() <= 1.4
    contrast = gain[:, 0] / brightness
    assert 0.6 - 1e-9 <= contrast.min() <= contrast.max() <= 1.4 + 1e-9


# Blur


@pytest.mark.parametrize("sigma", [0.1, 1.0, 2.0])
@pytest.mark.parametrize("channels", [1, 3])
def test_a_blur_leaves_a_plain_picture_as_it_is(sigma: float, channels: int) -> None:
    rows = still(2, "crops", channels, True)
    rows[:, -1] = sigma
    plain = torch.full((2, 16, 15, channels), 0.7)
    torch.testing.assert_close(augmented(plain, rows, "crops", True), plain, atol=1e-6, rtol=0)


def test_a_blur_is_a_gaussian_inside_and_keeps_the_mean() -> None:
    images = torch.zeros(1, 33, 31, 1)
    images[0, 10:22, 9:20] = pictures(1, 12, 11, 1)[0]
    view = turned(images, 0, blur=1.5)[0, :, :, 0].numpy()
    expected = ndimage.gaussian_filter(images[0, :, :, 0].double().numpy(), 1.5, mode="constant", truncate=6)
    np.testing.assert_allclose(view, expected, atol=1e-5)
    assert view.mean() == pytest.approx(float(images.mean()), rel=1e-4)


def test_each_image_has_its_own_blur() -> None:
    images = pictures(3, 12, 12, 3)
    rows = still(3, "crops", 3, True)
    rows[1, -1] = 2.0
    views = augmented(images, rows, "crops", True)
    torch.testing.assert_close(views[::2], images[::2], atol=1e-6, rtol=0)
    assert views[1].std() < 0.5 * images[1].std()
