"""One frame of a film: the middle one of its beginning."""

from __future__ import annotations

from io import BytesIO
from itertools import islice
from typing import TYPE_CHECKING

from PIL.Image import Image, fromarray

from tailmark.datasets.declaration import Array, Films

if TYPE_CHECKING:
    from av.container import InputContainer

PACKETS = 4096  # of the beginning that are looked at, of sound and pictures
PIXELS = 1 << 24  # of a frame; a larger one is a damaged header


def seen(films: Films, raw: bytes) -> Array | str:
    """What the dataset makes of the frame, or why there is none.

    The middle one is counted, not sought: a container's duration and its index may be wrong, its frames are not.
    """
    import av  # noqa: PLC0415 - only datasets with recordings need it

    try:
        with _opened(films, raw) as container:
            count = _frames(container, films.seconds)
        if isinstance(count, str):
            return count
        with _opened(films, raw) as container:
            picture = _frame(container, count // 2)
    except av.FFmpegError as error:
        return f"unreadable: {error.strerror}"
    return "it has no frame" if picture is None else films.reduce(picture)


def _opened(films: Films, raw: bytes) -> InputContainer:
    """In the container that is declared: one that is guessed could be a playlist, which names other files."""
    import av  # noqa: PLC0415

    return av.open(BytesIO(raw), "r", format=films.container, metadata_errors="replace")


def _frames(container: InputContainer, seconds: float) -> int | str:
    """How many there are in the first so many seconds; nothing is decoded."""
    if not container.streams.video:
        return "it has no frame"
    count, first = 0, None
    for packet in islice(container.demux(), PACKETS):
        if packet.is_corrupt:
            return "truncated: it ends within a packet"
        if packet.stream.type != "video" or not packet.size:
            continue
        time = 0.0 if packet.pts is None else float(packet.pts * packet.time_base)
        first = time if first is None else first
        if time - first >= seconds:
            break
        count += 1
    return count


def _frame(container: InputContainer, place: int) -> Image | None:
    """That frame, or the last one if a decoder gives fewer than there are packets."""
    stream = container.streams.video[0]
    stream.codec_context.thread_count = 1  # films are decoded side by side
    stream.codec_context.options = {"max_pixels": str(PIXELS)}
    frame = None
    for frame in islice(container.decode(stream), place + 1):  # noqa: B007 - the last one is wanted
        pass
    return None if frame is None else fromarray(frame.to_ndarray(format="rgb24"))
