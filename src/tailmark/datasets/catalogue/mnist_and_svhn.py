"""MNIST and SVHN in pairs of one digit, as paper 004 has them (SVHN: Netzer et al. 2011)."""

from __future__ import annotations

from dataclasses import replace

from tailmark.datasets.catalogue import mnist
from tailmark.datasets.declaration import Dataset, File, Parsed, Paths, Url
from tailmark.datasets.mat import read_digits
from tailmark.datasets.pairs import files_of, paired
from tailmark.datasets.parts import one_after_another

HOST = "http://ufldl.stanford.edu/housenumbers/"
MD5 = {
    "train_32x32.mat": "e26dedcc434d2e4c54c9b2d4a06d8373",
    "test_32x32.mat": "eb5a983be6a315427106f1b164d9cef3",
}

DATASET = Dataset(
    name="mnist+svhn",
    title="MNIST and SVHN, paired by digit",
    licence="CC BY-SA 3.0 (MNIST), non-commercial (SVHN)",
    homepage=HOST,
    files=(
        *(replace(file, folder="mnist") for file in mnist.DATASET.files),
        *(File(name, (Url(HOST + name),), folder="svhn", md5=md5) for name, md5 in MD5.items()),
    ),
    scaling={"mnist": "unit", "svhn": "unit"},
    classes=tuple("0123456789"),
    class_counts=(4659 + 892,) * 10,  # the smallest training class (9 of SVHN) and test class (5 of MNIST)
    digest=None,  # SVHN was not at hand
)


def read(paths: Paths) -> Parsed:
    street = files_of("svhn", paths)
    return paired(
        DATASET.name,
        {
            "mnist": mnist.read(files_of("mnist", paths)),
            "svhn": one_after_another(*(read_digits(street[name]) for name in MD5)),
        },
    )
