"""The log spectrogram of a sound, as the code of OGM-GE (Peng et al. 2022) makes it, kept in bytes.

22.05 kHz, repeated to exactly three seconds, windows of 512 samples that begin every 353: 257 frequencies from 0 to
11 kHz, a row each, at 188 times. Values are log(|X| + 1e-7), X without any scaling of the transform.
"""

from __future__ import annotations

from math import gcd, log

import numpy as np
from numpy.typing import NDArray

from tailmark.datasets.declaration import Array

Floats = NDArray[np.float32]

RATE = 22_050
LENGTH = 3 * RATE
WINDOW, HOP = 512, 353
SHAPE = (WINDOW // 2 + 1, 1 + LENGTH // HOP)

# A byte is a step of 21.66 / 255 = 0.085 of the natural logarithm, 0.74 dB, and rounding errs by half of that. Nothing
# is cut off: silence is the lowest value, and a window of Hann that is all ones sums to 256, the highest |X| there is.
SILENCE = 1e-7
LOWEST, HIGHEST = log(SILENCE), log(WINDOW / 2)
MARGIN = 0.1  # seconds beyond the three that the resampling filter looks at


def spectrogram(samples: Floats, rate: int) -> Array:
    """From one channel of a sound, its first three seconds and a margin at least, to (257, 188) bytes."""
    levels = (log_spectrogram(three_seconds(samples, rate)) - LOWEST) / (HIGHEST - LOWEST)
    return np.rint(255 * levels.clip(0, 1)).astype(np.uint8)


def three_seconds(samples: Floats, rate: int) -> Floats:
    """At 22.05 kHz, a shorter sound repeated, with values from -1 to 1."""
    from scipy.signal import resample_poly  # noqa: PLC0415 - describing a dataset needs no scipy

    common = gcd(RATE, rate)
    if rate != RATE:
        samples = resample_poly(samples, RATE // common, rate // common)
    return np.resize(samples, LENGTH).astype(np.float32).clip(-1, 1)


def log_spectrogram(samples: Floats) -> NDArray[np.float64]:
    """Windows are centred on the times; beyond both ends there is silence."""
    framed = np.pad(samples.astype(np.float64), WINDOW // 2)
    windows = np.lib.stride_tricks.sliding_window_view(framed, WINDOW)[::HOP]
    periodic = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(WINDOW) / WINDOW)
    return np.log(np.abs(np.fft.rfft(windows * periodic)).T + SILENCE)
