"""Every dataset file keeps the rules; this is what a new one must pass."""

from __future__ import annotations

import re
import subprocess
import sys
from typing import get_args

import pytest

from tailmark.datasets import describe, names
from tailmark.datasets.catalogue import reader
from tailmark.datasets.declaration import Scaling, Url, Wheel
from tailmark.errors import TailmarkError


def test_the_folder_is_the_list() -> None:
    expected = {
        *("celeba", "celeba_subset", "cremad", "fashion_mnist", "isolet", "mfeat"),
        *("mnist", "mnist5k", "musk2", "water_quality"),
        *("ham10000", "ham10000_small", "mnist+fashion_mnist", "mnist+svhn", "siim_isic"),
    }
    assert expected <= set(names())
    assert names() == sorted(names())


def test_an_unknown_name_is_answered_with_the_nearest() -> None:
    with pytest.raises(TailmarkError, match=r"got 'fashoin_mnist'\. Did you mean 'fashion_mnist'\?"):
        describe("fashoin_mnist")


@pytest.mark.parametrize("name", names())
def test_a_declaration_is_complete(name: str) -> None:
    dataset = describe(name)
    assert dataset.name == name
    assert all([dataset.title, dataset.licence, dataset.homepage.startswith("http")])
    assert len(dataset.classes) == len(dataset.class_counts) == len(set(dataset.classes)) >= 2
    assert min(dataset.class_counts) > 0
    assert set(dataset.scaling.values()) <= set(get_args(Scaling))
    assert dataset.digest is None or is_sha256(dataset.digest)
    assert dataset.tables.keys() <= dataset.scaling.keys()
    assert callable(reader(name))


@pytest.mark.parametrize("name", names())
def test_source_files_can_be_checked(name: str) -> None:
    files = describe(name).files
    assert len({file.key for file in files}) == len(files)
    assert bool(files) != name.startswith("made_"), "only made data come from nowhere"
    for file in files:
        assert file.sources
        assert file.sha256 is None or is_sha256(file.sha256)
        assert file.md5 is None or re.fullmatch("[0-9a-f]{32}", file.md5)


@pytest.mark.parametrize(
    "source", [s for name in names() for file in describe(name).files for s in file.sources]
)
def test_sources_are_pinned(source: object) -> None:
    if isinstance(source, Wheel):
        package, version = source.requirement.split("==")
        assert source.filename.startswith(f"{package}-{version}-") and is_sha256(source.sha256)
    if isinstance(source, Url):
        no_https = ("http://fashion-mnist", "http://ufldl.stanford.edu")
        assert source.address.startswith(("https://", *no_https))


def test_reading_needs_numpy_alone() -> None:
    code = (
        "import sys, tailmark.datasets as d; [d.describe(name) for name in d.names()]; "
        "print(*{'pyarrow', 'pandas', 'PIL', 'rich', 'scipy', 'torch', 'av', 'soundfile', 'urllib.request'} "
        "& set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


def is_sha256(text: str) -> bool:
    return re.fullmatch("[0-9a-f]{64}", text) is not None
