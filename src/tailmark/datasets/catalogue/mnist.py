"""MNIST: 70,000 handwritten digits (LeCun, Cortes, Burges 1998)."""

from __future__ import annotations

from tailmark.datasets.declaration import Dataset, File, Parsed, Paths, Url
from tailmark.datasets.idx import read_train_and_test

HOSTS = (
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
)
SHA256 = {
    "train-images-idx3-ubyte.gz": "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
    "train-labels-idx1-ubyte.gz": "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
    "t10k-images-idx3-ubyte.gz": "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
    "t10k-labels-idx1-ubyte.gz": "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
}

DATASET = Dataset(
    name="mnist",
    title="MNIST",
    licence="CC BY-SA 3.0",
    homepage="http://yann.lecun.com/exdb/mnist/",
    files=tuple(
        File(name=name, sha256=sha256, sources=tuple(Url(host + name) for host in HOSTS))
        for name, sha256 in SHA256.items()
    ),
    scaling={"image": "unit"},
    classes=tuple("0123456789"),
    class_counts=(6903, 7877, 6990, 7141, 6824, 6313, 6876, 7293, 6825, 6958),
    digest="f4eb6a50bb81100c220473f59f716297c4fb3f3fc652c1fd14099ab6ebeb87ac",
)


def read(paths: Paths) -> Parsed:
    return read_train_and_test(paths)
