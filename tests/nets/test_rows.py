"""A flat row is an image in the order height, width, channel."""

from __future__ import annotations

import numpy as np
import torch

from tailmark.nets.rows import Images, Rows


def test_rows_and_images_are_the_same_numbers() -> None:
    stored = np.arange(2 * 4 * 5 * 3, dtype=np.float32).reshape(2, 4, 5, 3)
    rows = torch.from_numpy(stored.reshape(2, -1))
    images = Images((4, 5, 3))(rows)
    assert images.shape == (2, 3, 4, 5)
    assert images[1, 2, 3, 4] == stored[1, 3, 4, 2]
    assert torch.equal(Rows()(images), rows)


def test_an_image_costs_no_copy_and_lies_as_convolutions_like_it() -> None:
    rows = torch.rand(2, 4 * 5 * 3)
    images = Images((4, 5, 3))(rows)
    assert images.data_ptr() == rows.data_ptr()
    assert images.is_contiguous(memory_format=torch.channels_last)
