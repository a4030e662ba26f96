"""A mirror: a folder or URL prefix with `<dataset>/<file>`, or the same gzipped as `<dataset>/<file>.gz`."""

from __future__ import annotations

import gzip
import shutil
import zlib
from contextlib import suppress
from pathlib import Path

from tailmark.datasets.fetch import http
from tailmark.datasets.fetch.checks import Unavailable
from tailmark.datasets.fetch.incoming import incoming
from tailmark.errors import TailmarkError


def bring(mirror: str, folder: str, target: Path, progress: bool) -> Path:
    if mirror.startswith(("http://", "https://")):
        return _from_url(f"{mirror.rstrip('/')}/{folder}/{target.name}", target, progress)
    root = Path(mirror).expanduser()
    if not root.is_dir():
        raise TailmarkError(
            f"The mirror should be a folder, or begin with http:// or https://; got '{mirror}', and there is "
            "no such folder. Correct data.mirror in params.yaml or TAILMARK_MIRROR."
        )
    return _from_folder(root / folder, target)


def _from_url(address: str, target: Path, progress: bool) -> Path:
    with suppress(http.NotThere):
        return http.bring(address, target, progress)
    archive = http.bring(f"{address}.gz", target.with_name(f"{target.name}.gz"), progress)
    try:
        return _unzip(archive, target)
    finally:
        archive.unlink()


def _from_folder(folder: Path, target: Path) -> Path:
    plain, archive = folder / target.name, folder / f"{target.name}.gz"
    if plain.is_file():
        with incoming(target) as arrived:
            return Path(shutil.copyfile(plain, arrived))
    if archive.is_file():
        return _unzip(archive, target)
    raise Unavailable(f"it has neither {folder.name}/{plain.name} nor {folder.name}/{archive.name}")


def _unzip(archive: Path, target: Path) -> Path:
    try:
        with incoming(target) as arrived, gzip.open(archive) as source, arrived.open("wb") as out:
            shutil.copyfileobj(source, out)
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise Unavailable(f"the archive {target.name}.gz is damaged or ends early ({error})") from error
    return arrived
