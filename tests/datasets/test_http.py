"""Downloading one URL from hosts that break off, ignore ranges, or are not there."""

from __future__ import annotations

from pathlib import Path

import pytest

from tailmark.datasets.fetch import http
from tailmark.datasets.fetch.checks import Unavailable

BODY = bytes(range(256)) * 4096  # several chunks


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "file"


def test_a_whole_file(host, target: Path) -> None:
    host.files["/file"] = BODY
    part = http.bring(f"{host.url}/file", target, progress=False)
    assert part.read_bytes() == BODY
    assert part.name.endswith(".part") and not target.exists()
    assert host.asked == [("/file", None)]


def test_it_asks_for_the_rest_when_the_host_breaks_off(host, target: Path) -> None:
    host.files["/file"] = BODY
    host.sends_only = [300_000, 500_000]
    assert http.bring(f"{host.url}/file", target, progress=False).read_bytes() == BODY
    assert [wanted for _, wanted in host.asked] == [None, "bytes=300000-", "bytes=800000-"]


def test_it_goes_on_where_a_killed_process_stopped(host, target: Path) -> None:
    host.files["/file"] = BODY
    host.sends_only = [400_000, 0]
    with pytest.raises(Unavailable, match="broke off after 400,000 of 1,048,576 bytes"):
        http.bring(f"{host.url}/file", target, progress=False)
    host.asked.clear()
    assert http.bring(f"{host.url}/file", target, progress=False).read_bytes() == BODY
    assert host.asked == [("/file", "bytes=400000-")]


def test_a_host_without_ranges_starts_again(host, target: Path) -> None:
    host.files["/file"] = BODY
    host.honours_range = False
    host.sends_only = [400_000]
    assert http.bring(f"{host.url}/file", target, progress=False).read_bytes() == BODY


def test_a_host_that_never_finishes_is_given_up(host, target: Path) -> None:
    host.files["/file"] = BODY
    host.honours_range = False
    host.sends_only = [1000] * 10
    with pytest.raises(Unavailable, match="broke off after 1,000 of"):
        http.bring(f"{host.url}/file", target, progress=False)
    assert len(host.asked) == 2


def test_a_part_that_is_too_long_is_begun_again(host, target: Path) -> None:
    host.files["/file"] = BODY
    part = http.bring(f"{host.url}/file", target, progress=False)
    part.write_bytes(BODY + b"more")
    assert http.bring(f"{host.url}/file", target, progress=False).read_bytes() == BODY


def test_another_range_than_asked_for_is_not_joined(host, target: Path) -> None:
    host.files["/file"] = BODY
    host.wrong_range = True
    host.sends_only = [1000]
    with pytest.raises(Unavailable, match="another range"):
        http.bring(f"{host.url}/file", target, progress=False)


def test_parts_of_two_hosts_are_never_joined(new_host, target: Path) -> None:
    first, second = new_host(), new_host()
    first.files["/file"], second.files["/file"] = BODY, BODY[::-1]
    first.sends_only = [1000, 0]
    with pytest.raises(Unavailable):
        http.bring(f"{first.url}/file", target, progress=False)
    assert http.bring(f"{second.url}/file", target, progress=False).read_bytes() == BODY[::-1]
    assert second.asked == [("/file", None)]


def test_a_connection_that_is_reset(host, target: Path) -> None:
    host.files["/file"] = BODY
    host.resets = True
    host.sends_only = [0]
    with pytest.raises(Unavailable, match="broke off"):
        http.bring(f"{host.url}/file", target, progress=False)


def test_a_length_need_not_be_stated(host, target: Path) -> None:
    host.files["/file"] = BODY
    host.states_length = False
    assert http.bring(f"{host.url}/file", target, progress=False).read_bytes() == BODY


def test_a_missing_file(host, target: Path) -> None:
    with pytest.raises(http.NotThere, match="the host answered 404 Not Found"):
        http.bring(f"{host.url}/file", target, progress=False)


def test_no_network(unreachable: str, target: Path) -> None:
    with pytest.raises(Unavailable, match=r"no connection \(.*refused"):
        http.bring(f"{unreachable}/file", target, progress=False)


def test_progress_off_a_terminal_is_one_line(host, target: Path, capsys: pytest.CaptureFixture[str]) -> None:
    host.files["/file"] = BODY
    http.bring(f"{host.url}/file", target, progress=True)
    assert capsys.readouterr().err == f"fetching file from {host.url.removeprefix('http://')}\n"


def test_progress_on_a_terminal_is_a_bar(
    host, target: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "120")
    host.files["/file"] = BODY
    http.bring(f"{host.url}/file", target, progress=True)
    assert "1.0/1.0 MB" in capsys.readouterr().err
