"""Fashion-MNIST: 70,000 articles of clothing in MNIST's format (Xiao, Rasul, Vollgraf 2017)."""

from __future__ import annotations

from tailmark.datasets.declaration import Dataset, File, Parsed, Paths, Url
from tailmark.datasets.idx import read_train_and_test

HOSTS = (
    "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
    "https://github.com/zalandoresearch/fashion-mnist/raw/master/data/fashion/",
)
CLASSES = (
    *("T-shirt", "trouser", "pullover", "dress", "coat"),
    *("sandal", "shirt", "sneaker", "bag", "ankle boot"),
)
SHA256 = {
    "train-images-idx3-ubyte.gz": "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
    "train-labels-idx1-ubyte.gz": "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
    "t10k-images-idx3-ubyte.gz": "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
    "t10k-labels-idx1-ubyte.gz": "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5",
}

DATASET = Dataset(
    name="fashion_mnist",
    title="Fashion-MNIST",
    licence="MIT",
    homepage="https://github.com/zalandoresearch/fashion-mnist",
    files=tuple(
        File(name=name, sha256=sha256, sources=tuple(Url(host + name) for host in HOSTS))
        for name, sha256 in SHA256.items()
    ),
    scaling={"image": "unit"},
    classes=CLASSES,
    class_counts=(7000,) * 10,
    digest="822ff75bdf3680c774004e93628f8f2e651a2de8f55df77f7e461a162baca359",
)


def read(paths: Paths) -> Parsed:
    return read_train_and_test(paths)
