"""Several places for one file: what is tried, what is accepted, what the user is told."""

from __future__ import annotations

import gzip
import hashlib
import logging
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from tailmark.datasets import File, Login, Url
from tailmark.datasets.fetch import Depot, fetch
from tailmark.datasets.fetch.checks import same_bytes
from tailmark.errors import TailmarkError


def fetch_pinned(file: File, depot: Depot) -> Path:
    assert file.sha256 is not None
    return fetch(file, depot, partial(same_bytes, expected=file.sha256))


def names_in(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_the_first_place_that_has_it(new_host, tiny, depot: Depot) -> None:
    empty, full, spare = new_host(), new_host(), new_host()
    full.files["/tiny.csv"] = spare.files["/tiny.csv"] = tiny.content
    path = fetch_pinned(tiny.url(empty.url, full.url, spare.url), depot)
    assert path == depot.cache / "tiny" / "tiny.csv"
    assert path.read_bytes() == tiny.content
    assert names_in(path.parent) == {"tiny.csv"}
    assert not spare.asked


def test_a_cached_file_needs_no_network(host, tiny, depot: Depot) -> None:
    host.files["/tiny.csv"] = tiny.content
    file = tiny.url(host.url)
    assert fetch_pinned(file, depot) == fetch_pinned(file, depot)
    assert len(host.asked) == 1


def test_wrong_bytes_are_set_aside_and_the_next_place_is_tried(
    new_host, tiny, depot: Depot, caplog: pytest.LogCaptureFixture
) -> None:
    wrong, right = new_host(), new_host()
    wrong.files["/tiny.csv"], right.files["/tiny.csv"] = b"not this", tiny.content
    with caplog.at_level(logging.WARNING):
        path = fetch_pinned(tiny.url(wrong.url, right.url), depot)
    assert path.read_bytes() == tiny.content
    assert path.with_name("tiny.csv.rejected").read_bytes() == b"not this"
    assert f"tiny.csv from {wrong.url}/tiny.csv was not used: expected sha256" in caplog.text


def test_wrong_bytes_everywhere(host, tiny, depot: Depot) -> None:
    host.files["/tiny.csv"] = b"not this"
    file = tiny.url(host.url)
    with pytest.raises(TailmarkError) as caught:
        fetch_pinned(file, depot)
    got = hashlib.sha256(b"not this").hexdigest()
    aside = depot.cache / "tiny" / "tiny.csv.rejected"
    assert f"expected sha256 {file.sha256}, got {got} (8 bytes); set aside as {aside}" in str(caught.value)
    assert names_in(aside.parent) == {"tiny.csv.rejected"}


def test_a_damaged_cache_is_set_aside_and_fetched_again(host, tiny, depot: Depot) -> None:
    host.files["/tiny.csv"] = tiny.content
    path = fetch_pinned(tiny.url(host.url), depot)
    path.write_bytes(tiny.content[:-1])
    assert fetch_pinned(tiny.url(host.url), depot).read_bytes() == tiny.content
    assert path.with_name("tiny.csv.rejected").read_bytes() == tiny.content[:-1]


def test_without_a_network_the_user_learns_what_was_tried_and_of_mirrors(
    unreachable: str, tiny, depot: Depot
) -> None:
    with pytest.raises(TailmarkError) as caught:
        fetch_pinned(tiny.url(f"{unreachable}/one", f"{unreachable}/two"), depot)
    message = str(caught.value)
    assert f"- {unreachable}/one/tiny.csv: no connection" in message
    assert f"- {unreachable}/two/tiny.csv: no connection" in message
    assert "put it into a folder as tiny/tiny.csv" in message
    assert "data.mirror" in message and "TAILMARK_MIRROR" in message
    assert names_in(depot.cache / "tiny") == set()


def test_a_login_says_what_to_fetch_from_where_and_where_to_put_it(tiny, depot: Depot) -> None:
    file = tiny.file(Login("https://example.org/page"))
    place = depot.cache / "tiny" / "tiny.csv"
    with pytest.raises(TailmarkError) as caught:
        fetch_pinned(file, depot)
    expected = f"https://example.org/page: needs an account; log in, download tiny.csv by hand, and put it at {place}"
    assert expected in str(caught.value)
    place.write_bytes(tiny.content)
    assert fetch_pinned(file, depot) == place


@pytest.mark.parametrize(
    ("content", "cause"),
    [
        (b"\n<!DOCTYPE html><title>Sign in</title>", "a web page, perhaps of a proxy or a login"),
        (gzip.compress(bytes(1000), mtime=0)[:-9], "an archive that is damaged or ends early"),
    ],
    ids=["page", "archive"],
)
def test_a_likely_cause_is_named(host, depot: Depot, content: bytes, cause: str) -> None:
    host.files["/file"] = content
    with pytest.raises(TailmarkError, match=cause):
        fetch_pinned(File("file", (Url(f"{host.url}/file"),), "0" * 64), depot)


def test_datasets_that_name_one_folder_share_their_files(host, tiny, depot: Depot) -> None:
    host.files["/tiny.csv"] = tiny.content
    file = replace(tiny.url(host.url), folder="common")
    assert (file.key, tiny.url(host.url).key) == ("common/tiny.csv", "tiny.csv")
    path = fetch_pinned(file, depot)
    assert path == depot.cache / "common" / "tiny.csv"
    assert fetch_pinned(file, replace(depot, dataset="another")) == path
    assert len(host.asked) == 1


def test_md5_where_it_is_all_there_is(host, depot: Depot) -> None:
    host.files["/file"] = b"something"
    check = partial(same_bytes, expected=hashlib.md5(b"something").hexdigest(), algorithm="md5")
    assert fetch(File("file", (Url(f"{host.url}/file"),)), depot, check).read_bytes() == b"something"
    with pytest.raises(TailmarkError, match=f"expected md5 {'0' * 32}, got [0-9a-f]{{32}} "):
        fetch(File("file", (Url(f"{host.url}/file"),)), depot, partial(check, expected="0" * 32))


def test_another_whole_archive_is_not_called_damaged(host, depot: Depot) -> None:
    host.files["/file"] = gzip.compress(bytes(1000))
    with pytest.raises(TailmarkError, match=r"got [0-9a-f]{64} \(\d+ bytes\); set aside"):
        fetch_pinned(File("file", (Url(f"{host.url}/file"),), "0" * 64), depot)
