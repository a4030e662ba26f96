"""Recordings in an archive become one array; only their beginning is read, and all that cannot be used is told."""

from __future__ import annotations

import builtins
import sys
from collections.abc import Callable
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

import numpy as np
import pytest
from PIL import Image

from tailmark.datasets import Films, Parsed, Sounds, recordings
from tailmark.datasets.archives import AT_A_TIME
from tailmark.datasets.decoding import decoded
from tailmark.errors import TailmarkError

POINTER = b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 9\n"


def loudest(samples: np.ndarray, rate: int) -> np.ndarray:
    """How many samples, thousands of them a second, and the largest in hundredths."""
    return np.array([min(len(samples) // 1000, 255), rate // 1000, round(100 * samples.max())], np.uint8)


def colour(picture: Image.Image) -> np.ndarray:
    return np.asarray(picture).mean(axis=(0, 1)).round().astype(np.uint8)[None, None]


@pytest.fixture
def sounds(tmp_path: Path) -> Callable[[dict[str, bytes]], Sounds]:
    def make(members: dict[str, bytes]) -> Sounds:
        return Sounds((zipped(tmp_path / "a.zip", members),), tuple(members), (3,), loudest, seconds=2)

    return make


@pytest.fixture
def films(tmp_path: Path) -> Callable[[dict[str, bytes]], Films]:
    def make(members: dict[str, bytes]) -> Films:
        path = zipped(tmp_path / "v.zip", members)
        return Films((path,), tuple(members), (1, 1, 3), colour, seconds=2, container="flv")

    return make


def zipped(path: Path, members: dict[str, bytes]) -> Path:
    with ZipFile(path, "w", ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def view(of: Sounds | Films) -> np.ndarray:
    labels = np.zeros(len(of.members), np.int16)
    return decoded(Parsed({}, labels, recordings={"x": of}), progress=False).views["x"]


def refusal(**of: Sounds | Films) -> str:
    labels = np.zeros(len(next(iter(of.values())).members), np.int16)
    with pytest.raises(TailmarkError) as caught:
        decoded(Parsed({}, labels, recordings=of), progress=False)
    return str(caught.value)


def grey(shade: int) -> np.ndarray:
    return np.full((36, 48, 3), shade, np.uint8)


# Sounds


def test_sounds_of_any_rate_and_number_of_channels(sounds, wav, tone) -> None:
    stereo = np.column_stack([tone(440, 1), np.zeros(16_000)])
    found = view(
        sounds(
            {"a.wav": wav(tone(440, 1)), "b.wav": wav(stereo), "c.wav": wav(tone(440, 1.5, 44_100), 44_100)}
        )
    )
    assert found.tolist() == [[16, 16, 50], [16, 16, 25], [66, 44, 50]]


@pytest.mark.parametrize("format", ["WAV", "FLAC"])
def test_no_more_than_the_beginning_of_a_sound_is_read(sounds, wav, format: str) -> None:
    minutes = np.zeros(100_000)
    minutes[40_000:] = 0.9
    assert view(sounds({"a": wav(minutes, format=format)})).tolist() == [[32, 16, 0]]


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (lambda sound: b"no sound at all", "unreadable: Format not recognised."),
        (lambda sound: b"", "unreadable: Format not recognised."),
        (lambda sound: sound[:40], "unreadable: Error in WAV file. No 'data' chunk marker."),
        (lambda sound: sound[:-2], "truncated: it ends before the length that it states"),
        (lambda sound: sound[:44], "truncated: it ends before the length that it states"),
        (
            lambda sound: POINTER,
            "only git-lfs's pointer to it: run `git lfs pull` where it was cloned, and zip it again",
        ),
        (
            lambda sound: sound[:24] + (1_000_000).to_bytes(4, "little") + sound[28:],
            "unreadable: 1 channels of 1,000,000 samples a second",
        ),
    ],
    ids=["other", "nothing", "header", "cut", "empty", "pointer", "rate"],
)
def test_what_is_no_sound_is_named(sounds, wav, tone, spoil: Callable[[bytes], bytes], why: str) -> None:
    good = wav(tone(440, 1))
    message = refusal(x=sounds({"a.wav": good, "b.wav": spoil(good)}))
    assert message.startswith(
        f"Expected 2 recordings in a.zip, but 1 cannot be used:\n  - b.wav ({why})\nDelete what is damaged in "
    )


def test_a_sound_without_samples_is_named(sounds, wav) -> None:
    assert "a.wav (it has no samples)" in refusal(x=sounds({"a.wav": wav(np.zeros(0))}))


def test_silence_is_a_sound(sounds, wav) -> None:
    assert view(sounds({"a.wav": wav(np.zeros(16_000))})).tolist() == [[16, 16, 0]]


def test_a_wav_whose_writer_could_not_note_its_length_is_read(sounds, wav, tone) -> None:
    sound = wav(tone(440, 1))
    streamed = sound[:4] + b"\xff" * 4 + sound[8:40] + b"\xff" * 4 + sound[44:]
    assert view(sounds({"a.wav": streamed})).tolist() == [[16, 16, 50]]


def test_samples_must_be_finite(sounds) -> None:
    soundfile, stream = pytest.importorskip("soundfile"), BytesIO()
    soundfile.write(stream, np.array([0.0, np.nan] * 500), 16_000, format="WAV", subtype="FLOAT")
    assert "a.wav (unreadable: some samples are not finite)" in refusal(
        x=sounds({"a.wav": stream.getvalue()})
    )


# Films


@pytest.mark.parametrize("frames", [1, 2, 3, 30])
def test_the_middle_frame_of_a_short_film(films, flv, frames: int) -> None:
    found = view(films({"a.flv": flv([grey(20 + 5 * number) for number in range(frames)])}))
    np.testing.assert_allclose(found[0, 0, 0], 20 + 5 * (frames // 2), atol=2)


def test_the_middle_frame_of_the_beginning_of_a_long_film(films, flv) -> None:
    """Two seconds of ten frames each: the eleventh."""
    shades = [*range(50, 150, 5), *[255] * 60]
    found = view(films({"a.flv": flv([grey(shade) for shade in shades], rate=10)}))
    np.testing.assert_allclose(found[0, 0, 0], shades[10], atol=2)


def test_notes_in_no_encoding_are_no_hindrance(films, flv) -> None:
    film = flv([grey(90)])
    assert b"Lavf" in film
    found = view(films({"a.flv": film.replace(b"Lavf", b"\xf6\xff\xfe\xfd")}))
    np.testing.assert_allclose(found[0, 0, 0], 90, atol=2)


def test_colours_and_the_order_of_many_films(films, flv) -> None:
    colours = np.random.default_rng(0).integers(30, 220, (AT_A_TIME + 5, 3))
    members = {
        f"{number}.flv": flv([np.broadcast_to(c, (36, 48, 3)).astype(np.uint8)])
        for number, c in enumerate(colours)
    }
    np.testing.assert_allclose(view(films(members))[:, 0, 0], colours, atol=5)


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (lambda film: b"no film at all", "unreadable: "),
        (lambda film: b"", "unreadable: "),
        (lambda film: film[:50], "unreadable: "),
        (lambda film: film[:-10], "truncated: it ends within a packet"),
        (lambda film: film[: len(film) // 2], "truncated: it ends within a packet"),
        (lambda film: POINTER, "only git-lfs's pointer to it: "),
        (lambda film: b"#EXTM3U\n#EXTINF:1,\nfile:///etc/hostname\n", "unreadable: "),
    ],
    ids=["other", "nothing", "header", "cut", "half", "pointer", "playlist"],
)
def test_what_is_no_film_is_named(films, flv, spoil: Callable[[bytes], bytes], why: str) -> None:
    good = flv([grey(shade) for shade in range(0, 240, 8)])
    message = refusal(x=films({"a.flv": good, "b.flv": spoil(good)}))
    assert message.startswith(f"Expected 2 recordings in v.zip, but 1 cannot be used:\n  - b.flv ({why}"), (
        message
    )


def test_a_film_without_a_frame_is_named(films, flv) -> None:
    av, stream = pytest.importorskip("av"), BytesIO()
    with av.open(stream, "w", format="flv") as container:
        sound = container.add_stream("pcm_s16le", rate=44_100, layout="mono")
        samples = av.AudioFrame.from_ndarray(np.zeros((1, 44_100), np.int16), format="s16", layout="mono")
        samples.sample_rate = 44_100
        for packets in (sound.encode(samples), sound.encode()):
            container.mux(packets)
    message = refusal(x=films({"a.flv": stream.getvalue(), "b.flv": flv([])}))
    assert "a.flv (it has no frame)" in message
    assert "b.flv (" in message


def test_a_frame_that_would_fill_the_memory_is_refused(films, flv, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tailmark.datasets.films.PIXELS", 100)
    assert "a.flv (" in refusal(x=films({"a.flv": flv([grey(1)])}))


# Both


def test_what_is_wrong_with_sounds_and_films_is_told_together(sounds, films, wav, flv) -> None:
    heard = sounds({f"{number}.wav": b"" for number in range(7)})
    seen = films({"0.flv": flv([grey(1)])})
    message = refusal(audio=heard, video=replace(seen, members=("0.flv", "1.flv")))
    first, *named, more, second, missing, last = message.splitlines()
    assert first == "Expected 7 recordings in a.zip, but 7 cannot be used:"
    assert [line.split()[1] for line in named] == [f"{number}.wav" for number in range(5)]
    assert more == "  - and 2 more"
    assert second == "Expected 2 recordings in v.zip, but 1 cannot be used:"
    assert missing == "  - 1.flv (missing)"
    assert last.startswith("Delete what is damaged in ") and last.endswith(" and fetch it again.")


def test_a_recording_that_would_fill_the_memory_is_not_read(
    sounds, wav, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tailmark.datasets.decoding.LARGEST", 1_000_000)
    hours = wav(np.zeros(1_000_000))  # two megabytes, of which the archive needs a few kilobytes
    assert "a.wav (too large: 2 MB, where 1 MB are the limit)" in refusal(x=sounds({"a.wav": hours}))


def test_a_recording_that_python_cannot_unpack_is_named(sounds, wav, tone) -> None:
    of = sounds({"a.wav": wav(tone(440, 1))})
    content = bytearray(of.archives[0].read_bytes())
    for start in (content.index(b"PK\x03\x04") + 6, content.index(b"PK\x01\x02") + 8):
        content[start] |= 1  # encrypted
    of.archives[0].write_bytes(content)
    assert "a.wav (cannot be taken out of its archive: " in refusal(x=of)


@pytest.mark.parametrize(("package", "kind"), [("soundfile", "sounds"), ("av", "films")])
def test_a_missing_package_is_told_before_anything_is_decoded(
    package: str, kind: str, sounds, films, monkeypatch: pytest.MonkeyPatch
) -> None:
    of = {"sounds": sounds, "films": films}[kind]({"a": b""})
    monkeypatch.setitem(sys.modules, package, None)  # as if it were not installed
    assert f"'{package}', which decodes recordings" in (message := refusal(x=of))
    assert message.endswith("Run: pip install 'tailmark[media]'.")


def test_pictures_need_neither_package(monkeypatch: pytest.MonkeyPatch) -> None:
    imported, asked = [], builtins.__import__
    monkeypatch.setattr(
        builtins, "__import__", lambda name, *rest: (imported.append(name), asked(name, *rest))[1]
    )
    recordings.check_packages([])
    decoded(Parsed({}, np.zeros(0, np.int16)), progress=False)
    assert not {"av", "soundfile"} & set(imported)
