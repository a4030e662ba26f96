"""MNIST and Fashion-MNIST in pairs, class k with class k: a full-size stand-in for MNIST with SVHN."""

from __future__ import annotations

from dataclasses import replace

from tailmark.datasets.catalogue import fashion_mnist, mnist
from tailmark.datasets.declaration import Dataset, Parsed, Paths
from tailmark.datasets.pairs import files_of, paired

DATASET = Dataset(
    name="mnist+fashion_mnist",
    title="MNIST and Fashion-MNIST, paired by class: a stand-in for MNIST and SVHN",
    licence="CC BY-SA 3.0 (MNIST), MIT (Fashion-MNIST)",
    homepage="https://github.com/zalandoresearch/fashion-mnist",
    files=tuple(
        replace(file, folder=one.name) for one in (mnist.DATASET, fashion_mnist.DATASET) for file in one.files
    ),
    scaling={"mnist": "unit", "fashion_mnist": "unit"},
    classes=tuple("0123456789"),
    class_counts=(5421 + 892,) * 10,  # the smallest training and test class of either, digit 5 of MNIST
    digest="c8a13e727028292102c3301577d390e5355d12cad3fd48a35946f8c0210cf6f9",
)


def read(paths: Paths) -> Parsed:
    """A pair of class k is a digit k and an article of clothing of class k."""
    return paired(
        DATASET.name,
        {
            "mnist": mnist.read(files_of("mnist", paths)),
            "fashion_mnist": fashion_mnist.read(files_of("fashion_mnist", paths)),
        },
    )
