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

from tailmark.datasets import Parsed, Pictures, archives
from tailmark.datasets.decoding import decoded
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
        return Pictures((tmp_path / "some.zip",), tuple(members), (3, 2, 3), np.asarray)

    return make


def parsed(of: Pictures) -> Parsed:
    labels = np.zeros(len(of.members), np.int16)
    return Parsed({"row": np.ones((len(labels), 1), np.float32)}, labels, pictures={"image": of})


@pytest.mark.parametrize("at_a_time", [1, 3, 512])
def test_the_order_is_that_of_the_samples(zipped, monkeypatch: pytest.MonkeyPatch, at_a_time: int) -> None:
    monkeypatch.setattr(archives, "AT_A_TIME", at_a_time)
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


def test_several_archives_whatever_their_folders(zipped, tmp_path: Path) -> None:
    of = zipped({"train/a.png": png(1), "b.png": png(2)})
    with ZipFile(tmp_path / "other.zip", "w") as archive:
        archive.writestr("part_2/c.png", png(3))
    of = replace(of, archives=(*of.archives, tmp_path / "other.zip"), members=("c.png", "a.png", "b.png"))
    image = decoded(parsed(of), progress=False).views["image"]
    assert image[:, 0, 0, 0].tolist() == [3, 1, 2]


@pytest.mark.parametrize(("side", "seen"), [(None, (640, 480)), (100, (160, 120)), (60, (80, 60))])
def test_a_large_jpeg_may_be_decoded_smaller(zipped, side: int | None, seen: tuple[int, int]) -> None:
    stream, sizes = BytesIO(), []
    Image.new("RGB", (640, 480), (200, 100, 50)).save(stream, "JPEG", quality=95)

    def reduce(picture: Image.Image) -> np.ndarray:
        sizes.append(picture.size)
        return np.asarray(picture.resize((2, 3)))

    of = replace(zipped({"a.jpg": stream.getvalue()}), reduce=reduce, side=side)
    image = decoded(parsed(of), progress=False).views["image"]
    assert sizes == [seen]
    np.testing.assert_allclose(image[0, 0, 0], (200, 100, 50), atol=2)


@pytest.mark.parametrize(
    ("content", "why"),
    [(b"no picture", "it is no picture"), (png(1)[:-30], "truncated|Truncated")],
    ids=["other", "cut"],
)
def test_what_is_no_picture_is_named(zipped, content: bytes, why: str) -> None:
    of = zipped({"a.png": png(1), "b.png": content})
    expected = rf"Expected 2 pictures in some\.zip, but 1 cannot be used:\n  - b\.png \(unreadable: .*({why})"
    with pytest.raises(TailmarkError, match=expected):
        decoded(parsed(of), progress=False)


def test_all_that_are_bad_are_counted_and_the_first_are_named(zipped) -> None:
    of = zipped({f"{i}.png": b"" if i % 2 else png(i) for i in range(20)})
    of = replace(of, members=("none.png", *of.members))
    with pytest.raises(TailmarkError) as caught:
        decoded(parsed(of), progress=False)
    first, *named, more, _ = str(caught.value).splitlines()
    assert first == "Expected 21 pictures in some.zip, but 11 cannot be used:"
    unreadable = [f"  - {i}.png (unreadable: it is no picture)" for i in (1, 3, 5, 7)]
    assert named == ["  - none.png (missing)", *unreadable]
    assert more == "  - and 6 more"


def test_a_damaged_member_is_named(zipped) -> None:
    of = zipped({"a.png": png(1), "b.png": png(2)})
    content = of.archives[0].read_bytes()
    of.archives[0].write_bytes(content.replace(png(2), png(2)[::-1]))
    with pytest.raises(TailmarkError, match=r"b\.png \(damaged in its archive: Bad CRC-32"):
        decoded(parsed(of), progress=False)


def test_an_archive_that_ends_early_is_named(zipped) -> None:
    of = zipped({"a.png": png(1)})
    of.archives[0].write_bytes(of.archives[0].read_bytes()[:-10])
    with pytest.raises(TailmarkError, match=r"some\.zip should be a zip archive.*fetch it again"):
        decoded(parsed(of), progress=False)
