"""CREMA-D from small files of the same format; the recordings are made here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from zipfile import ZipFile

import numpy as np
import pytest
from PIL import Image
from scipy.signal import stft

from tailmark.datasets import describe, load
from tailmark.datasets.catalogue import cremad
from tailmark.datasets.fetch import Depot
from tailmark.datasets.preparation import prepare_declared
from tailmark.datasets.spectrogram import (
    HIGHEST,
    HOP,
    LENGTH,
    LOWEST,
    RATE,
    SHAPE,
    WINDOW,
    log_spectrogram,
    spectrogram,
    three_seconds,
)
from tailmark.errors import TailmarkError

EMOTIONS = len(cremad.EMOTIONS)


@pytest.fixture
def mirror(cremad_files, tmp_path: Path) -> Path:
    return cremad_files(tmp_path / "mirror" / "cremad", train=1, test=1).parent


def prepared(mirror: Path, sizes: tuple[int, int] = (EMOTIONS, EMOTIONS)) -> Path:
    declared = replace(cremad.DATASET, class_counts=(sum(sizes) // EMOTIONS,) * EMOTIONS)
    depot = Depot("cremad", mirror.parent / "cache", str(mirror))
    return prepare_declared(
        declared, partial(cremad.clips, sizes=sizes), mirror.parent / "prepared" / "cremad", depot
    )


# From the four files to a prepared folder


def test_a_prepared_clip_is_a_spectrogram_and_a_frame(small_cremad: Path) -> None:
    found = load(small_cremad / "cremad")
    assert found.classes == ("neutral", "happy", "sad", "fear", "disgust", "anger")
    assert {name: (view.shape, view.dtype) for name, view in found.views.items()} == {
        "audio": ((54, 257, 188), np.uint8),
        "video": ((54, 224, 224, 3), np.uint8),
    }
    assert np.bincount(found.labels[found.columns["partition"] == 0]).tolist() == [6] * EMOTIONS
    assert np.bincount(found.labels[found.columns["partition"] == 1]).tolist() == [3] * EMOTIONS
    assert found.columns["partition"].tolist() == [0] * 36 + [1] * 18


def test_both_views_belong_to_the_label(small_cremad: Path) -> None:
    """Each emotion of the small clips has a pitch and a colour of its own."""
    found = load(small_cremad / "cremad")
    pitch = found.views["audio"].mean(axis=2).argmax(axis=1) * RATE / WINDOW
    np.testing.assert_allclose(pitch, 500 * (1 + found.labels), atol=RATE / WINDOW)
    red, _, blue = found.views["video"].astype(float).mean(axis=(1, 2)).T
    np.testing.assert_allclose(red, 40 * found.labels + 7, atol=8)
    np.testing.assert_allclose(blue, 240 - 40 * found.labels + 7, atol=12)


def test_it_is_not_prepared_twice(mirror: Path) -> None:
    before = (prepared(mirror) / "data.arrow").stat().st_mtime_ns
    assert (prepared(mirror) / "data.arrow").stat().st_mtime_ns == before


def test_lists_of_windows_and_with_a_mark_of_their_encoding_are_read(mirror: Path) -> None:
    path = mirror / "cremad" / cremad.TEST
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n") + b"\r\n")
    assert load(prepared(mirror)).labels.tolist() == [*range(EMOTIONS)] * 2


@pytest.mark.parametrize(
    ("name", "change", "message"),
    [
        (
            cremad.TRAIN,
            lambda text: text + "1090_IEO_ANG_XX,ANG\n",
            r"expected 6 clips in train\.csv and 6 in test\.csv, got \(7, 6\)",
        ),
        (
            cremad.TEST,
            lambda text: text.replace("TIE_NEU", "TIE_ANG"),
            r"expected every clip once in train\.csv and test\.csv, got 1 again",
        ),
        (
            cremad.TEST,
            lambda text: text.replace(",NEU", ",CALM"),
            r"expected a clip and one of NEU, .* a line in test\.csv, got \['1001_TIE_NEU_XX', 'CALM'\]",
        ),
        (cremad.TEST, lambda text: text.replace(",NEU", ",ANG"), r"expected 12 samples \(by class: 2, 2, 2,"),
    ],
    ids=["longer", "repeated", "unknown", "counts"],
)
def test_other_lists_are_told_before_anything_is_decoded(
    mirror: Path, name: str, change: Callable[[str], str], message: str
) -> None:
    path = mirror / "cremad" / name
    path.write_text(change(path.read_text()))
    with pytest.raises(TailmarkError, match=rf"(?s)are not the files that were expected: .*{message}"):
        prepared(mirror)
    assert not (mirror.parent / "prepared").exists()


def test_missing_and_damaged_recordings_of_both_views_are_told(mirror: Path, wav, flv) -> None:
    with ZipFile(mirror / "cremad" / cremad.AUDIO, "w") as audio:
        for emotion in ("NEU", "HAP", "SAD", "FEA", "DIS"):
            audio.writestr(f"AudioWAV/1001_IEO_{emotion}_XX.wav", wav(np.zeros(9000)))
            audio.writestr(f"AudioWAV/1001_TIE_{emotion}_XX.wav", wav(np.zeros(9000))[:-9])
    with pytest.raises(TailmarkError) as caught:
        prepared(mirror)
    first, anger, *others, more, last = str(caught.value).splitlines()
    assert first == "Expected 12 recordings in AudioWAV.zip, but 7 cannot be used:"
    assert anger == "  - AudioWAV/1001_IEO_ANG_XX.wav (missing)"
    assert (
        others[0] == "  - AudioWAV/1001_TIE_NEU_XX.wav (truncated: it ends before the length that it states)"
    )
    assert (len(others), more) == (4, "  - and 2 more")
    assert last == f"Delete what is damaged in {mirror.parent / 'cache' / 'cremad'} and fetch it again."


def test_what_is_to_be_made_by_hand_is_told(tmp_path: Path) -> None:
    files = tuple(file for file in describe("cremad").files if file.name == cremad.VIDEO)
    with pytest.raises(TailmarkError) as caught:
        prepare_declared(
            replace(cremad.DATASET, files=files),
            cremad.read,
            tmp_path / "x",
            Depot("cremad", tmp_path / "cache"),
        )
    message = str(caught.value)
    assert (
        f"VideoFlash.zip has to be made by hand, at {tmp_path / 'cache' / 'cremad' / cremad.VIDEO}."
        in message
    )
    assert (
        'git lfs pull --include "VideoFlash/*"' in message
        and "zip -r -0 VideoFlash.zip VideoFlash" in message
    )
    assert "into a folder as cremad/VideoFlash.zip" in message and "account" not in message


def test_the_declared_counts_are_those_of_the_lists() -> None:
    assert sum(cremad.CLIPS) == sum(cremad.DATASET.class_counts) == 7442


# The spectrogram


def test_it_is_that_of_scipy_without_its_scaling(tone) -> None:
    sound = three_seconds(tone(700, 3.1).astype(np.float32), 16_000)
    periodic = np.hanning(WINDOW + 1)[:-1]
    *_, expected = stft(
        sound.astype(float),
        window=periodic,
        nperseg=WINDOW,
        noverlap=WINDOW - HOP,
        padded=False,
        boundary="zeros",
    )
    found = log_spectrogram(sound)
    assert found.shape == SHAPE == expected.shape
    np.testing.assert_allclose(found, np.log(np.abs(expected) * periodic.sum() + 1e-7), rtol=1e-6)


def test_one_value_is_that_of_a_sum_by_hand() -> None:
    sound = np.random.default_rng(0).uniform(-1, 1, LENGTH).astype(np.float32)
    time, frequency = 100, 33
    at = np.arange(WINDOW)
    window = 0.5 - 0.5 * np.cos(2 * np.pi * at / WINDOW)
    piece = sound[time * HOP - WINDOW // 2 + at].astype(float)
    expected = np.abs(np.sum(piece * window * np.exp(-2j * np.pi * frequency * at / WINDOW)))
    assert log_spectrogram(sound)[frequency, time] == pytest.approx(np.log(expected + 1e-7))


@pytest.mark.parametrize("rate", [8_000, 16_000, 22_050, 44_100, 48_000])
@pytest.mark.parametrize("hertz", [440, 3000])
def test_a_tone_is_loud_at_its_frequency_alone(tone, rate: int, hertz: float) -> None:
    levels = spectrogram(tone(hertz, 3.1, rate).astype(np.float32), rate)
    place = hertz * WINDOW / RATE
    assert (levels.dtype, levels.shape) == (np.uint8, SHAPE)
    assert (np.abs(levels[:, 2:-2].argmax(axis=0) - place) <= 0.5).all()
    assert levels[round(place), 94] > 80 + levels[round(place) + 20, 94]


def test_a_louder_tone_is_brighter_by_its_decibels(tone) -> None:
    loud, soft = (spectrogram(tone(1000, 3.1, RATE, loud).astype(np.float32), RATE) for loud in (0.8, 0.08))
    place = round(1000 * WINDOW / RATE)
    step = 20 / np.log(10) * (HIGHEST - LOWEST) / 255  # in decibels
    assert step == pytest.approx(0.74, abs=0.005)
    assert (int(loud[place, 94]) - int(soft[place, 94])) * step == pytest.approx(20, abs=step)


def test_a_byte_is_within_half_a_step_of_the_value() -> None:
    sound = np.random.default_rng(0).normal(0, 0.2, 3 * RATE).clip(-1, 1).astype(np.float32)
    step = (HIGHEST - LOWEST) / 255
    found = LOWEST + step * spectrogram(sound, RATE).astype(float)
    assert np.abs(found - log_spectrogram(sound)).max() <= step / 2 + 1e-9


@pytest.mark.parametrize(("level", "byte"), [(0.0, 0), (1.0, 255)])
def test_the_scale_holds_silence_and_the_loudest_sound(level: float, byte: int) -> None:
    assert spectrogram(np.full(LENGTH, level, np.float32), RATE)[0, 94] == byte


def test_a_short_clip_is_repeated_and_a_long_one_is_cut() -> None:
    short = np.arange(RATE, dtype=np.float32) / RATE
    repeated = three_seconds(short, RATE)
    np.testing.assert_array_equal(repeated, np.tile(short, 3))
    np.testing.assert_array_equal(three_seconds(short[: RATE - 1], RATE)[RATE - 1 : RATE + 1], short[:2])
    long = np.linspace(-1, 1, 4 * RATE, dtype=np.float32)
    np.testing.assert_array_equal(three_seconds(long, RATE), long[:LENGTH])
    assert len(three_seconds(np.ones(1, np.float32), 16_000)) == LENGTH


def test_what_a_filter_lifts_beyond_one_is_cut_to_one() -> None:
    square_wave = np.sign(np.sin(np.arange(48_000) / 7)).astype(np.float32)
    assert np.abs(three_seconds(square_wave, 16_000)).max() == 1


def test_the_rest_of_a_long_clip_changes_nothing(tone) -> None:
    """As much of it is read as the three seconds need at any rate."""
    sound = np.random.default_rng(0).uniform(-1, 1, 5 * 16_000).astype(np.float32)
    read = sound[: round(16_000 * (cremad.SECONDS + 0.1))]
    np.testing.assert_array_equal(three_seconds(read, 16_000), three_seconds(sound, 16_000))


# The frame


@pytest.mark.parametrize("size", [(480, 360), (360, 480), (224, 224), (50, 40)])
def test_the_middle_of_a_frame_is_kept_at_224_pixels(size: tuple[int, int]) -> None:
    side, (left, top) = min(size), ((length - min(size)) // 2 for length in size)
    pixels = np.full((size[1], size[0], 3), 255, np.uint8)
    pixels[top : top + side, left : left + side] = (80, 60, 40)
    small = cremad.square(Image.fromarray(pixels))
    assert (small.shape, small.dtype) == ((224, 224, 3), np.uint8)
    assert np.unique(small[8:-8, 8:-8].reshape(-1, 3), axis=0).tolist() == [[80, 60, 40]]
