"""`from tailmark import MGVAE` works, and `import tailmark` waits for none of it."""

from __future__ import annotations

import subprocess
import sys

import pytest

import tailmark
from tailmark import samplers


def test_the_samplers_are_imported_when_they_are_asked_for() -> None:
    assert tailmark.MGVAE is samplers.MGVAE and tailmark.OCVAE is samplers.OCVAE
    assert {"MGVAE", "OCVAE"} <= set(tailmark.__all__)


def test_importing_the_package_imports_nothing_heavy() -> None:
    code = "import sys, tailmark, tailmark.errors; print({'numpy', 'torch', 'sklearn', 'imblearn'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_another_name_is_an_ordinary_error() -> None:
    with pytest.raises(AttributeError, match="module 'tailmark' has no attribute 'SMOTE'"):
        tailmark.SMOTE  # noqa: B018
