"""Pictures in an archive become one array, whatever a thread does first; damage is told by name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import numpy as np
import pytest
from PIL import Image

from tailmark.datasets import Parsed, Pictures, pictures
from tailmark.datasets.pictures import decoded
from tailmark.errors import TailmarkError


def png(value: int, mode: str = "RGB") -> bytes:
    stream = BytesIO()
    Image.new(mode, (2, 3), value if mode == "L" else (value, 0, 255 - value)).save(stream, "PNG")
    return stream.getvalue()


@pytest.fixture
def zipped(tmp_path: Path) -> Callable[[dict[str, bytes]], Pictures]:
    def make(members: dict[str, bytes]) -> Pictures:
        with ZipFile(tmp_path / "some.zip", "w") as archive:
            for name, content in members.items():
                archive.writestr(name, content)
        return Pictures(tmp_path / "some.zip", tuple(members), (3, 2, 3), np.asarray)

    return make


def parsed(of: Pictures) -> Parsed:
    labels = np.zeros(len(of.members), np.int16)
    return Parsed({"row": np.ones((len(labels), 1), np.float32)}, labels, pictures={"image": of})


@pytest.mark.parametrize("at_a_time", [1, 3, 512])
def test_the_order_is_that_of_the_samples(zipped, monkeypatch: pytest.MonkeyPatch, at_a_time: int) -> None:
    monkeypatch.setattr(pictures, "AT_A_TIME", at_a_time)
    of = zipped({f"{value}.png": png(value) for value in range(10)})
    found = decoded(parsed(replace(of, members=of.members[::-1])), progress=False)
    image = found.views["image"]
    assert (image.dtype, image.shape) == (np.dtype(np.uint8), (10, 3, 2, 3))
    np.testing.assert_array_equal(image[:, 0, 0, 0], range(10)[::-1])
    np.testing.assert_array_equal(image[..., 2], 255 - image[..., 0])
    assert not found.pictures and found.views.keys() == {"row", "image"}


def test_a_gray_picture_becomes_rgb(zipped) -> None:
    image = decoded(parsed(zipped({"gray.png": png(7, "L")})), progress=False).views["image"]
    assert np.unique(image).tolist() == [7]


@pytest.mark.parametrize("progress", [True, False])
def test_progress_is_shown_when_it_is_wanted(
    zipped, capfd: pytest.CaptureFixture[str], progress: bool
) -> None:
    decoded(parsed(zipped({"a.png": png(1)})), progress)
    out, err = capfd.readouterr()
    assert not out
    assert ("decoding some.zip" in err) == progress


@pytest.mark.parametrize("content", [b"no picture", png(1)[:-30]], ids=["other", "cut"])
def test_what_is_no_picture_is_named(zipped, content: bytes) -> None:
    of = zipped({"a.png": png(1), "b.png": content})
    with pytest.raises(
        TailmarkError, match=r"Expected the picture b\.png in .*some\.zip, got: .*fetch it again"
    ):
        decoded(parsed(of), progress=False)


def test_a_missing_picture_is_named(zipped) -> None:
    of = replace(zipped({"a.png": png(1)}), members=("a.png", "c.png"))
    with pytest.raises(TailmarkError, match=r"the picture c\.png in .*some\.zip"):
        decoded(parsed(of), progress=False)
