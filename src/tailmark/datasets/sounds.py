"""The beginning of a sound, as numbers from -1 to 1."""

from __future__ import annotations

from io import BytesIO
from math import ceil

import numpy as np

from tailmark.datasets.declaration import Array, Sounds

RATES = (4_000, 192_000)  # samples a second; a rate beyond them is a damaged header, and dear to resample
CHANNELS = 8
UNKNOWN = 0xFFFFFFFF  # a WAV's length where its writer could not go back to note it


def heard(sounds: Sounds, raw: bytes) -> Array | str:
    """What the dataset makes of it, or why nothing can be made. Several channels become their mean."""
    import soundfile  # noqa: PLC0415 - only datasets with recordings need it

    try:
        with soundfile.SoundFile(BytesIO(raw)) as file:
            rate = file.samplerate
            if not RATES[0] <= rate <= RATES[1] or file.channels > CHANNELS:
                return f"unreadable: {file.channels} channels of {rate:,} samples a second"
            wanted = min(file.frames, ceil(sounds.seconds * rate))
            samples = file.read(wanted, dtype="float32", always_2d=True)
    except soundfile.LibsndfileError as error:
        return f"unreadable: {error.error_string}"
    if _ends_early(raw) or len(samples) < wanted:
        return "truncated: it ends before the length that it states"
    if len(samples) == 0:
        return "it has no samples"
    if not np.isfinite(samples).all():
        return "unreadable: some samples are not finite"
    return sounds.reduce(samples.mean(axis=1), rate)


def _ends_early(raw: bytes) -> bool:
    """Whether a WAV states more bytes than there are, which libsndfile passes over."""
    stated = int.from_bytes(raw[4:8], "little")
    return raw[:4] == b"RIFF" and stated != UNKNOWN and 8 + stated > len(raw)
