"""A picture's bytes become the array that its dataset makes of it."""

from __future__ import annotations

from io import BytesIO

from PIL import Image, UnidentifiedImageError

from tailmark.datasets.declaration import Array, Pictures


def pixels(pictures: Pictures, raw: bytes) -> Array | str:
    """The array, or why there is none."""
    try:
        with Image.open(BytesIO(raw)) as picture:
            if pictures.side is not None:
                picture.draft("RGB", (pictures.side, pictures.side))
            return pictures.reduce(picture.convert("RGB"))
    except (OSError, Image.DecompressionBombError) as error:  # Pillow's words for what it cannot read
        return f"unreadable: {_reason(error)}"


def _reason(error: Exception) -> str:
    return "it is no picture" if isinstance(error, UnidentifiedImageError) else str(error)
