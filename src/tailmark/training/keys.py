"""A run's key: a hash of everything that decides its result, and of nothing else.

The source code counts by its meaning: comments, docstrings, annotations and layout do not change a key.
"""

from __future__ import annotations

import ast
import json
from collections.abc import Iterable
from functools import cache
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path
from typing import Any

# What every run passes through. The plan, the executors and the store decide no result.
TRAINING_CODE = (
    "tailmark.objective",
    "tailmark.streams",
    "tailmark.trainingset",
    "tailmark.nets.mlp",
    "tailmark.nets.prior",
    "tailmark.training.features",
    "tailmark.training.order",
    "tailmark.training.ready",
    "tailmark.training.loop",
    "tailmark.training.stack",
)


def key_of(description: dict[str, Any]) -> str:
    """Short enough for a file name, long enough never to collide."""
    text = json.dumps(description, sort_keys=True, separators=(",", ":"))
    return sha256(text.encode()).hexdigest()[:24]


def code_digest(modules: Iterable[str]) -> str:
    """A digest of the meaning of some modules."""
    return sha256("".join(meaning(module) for module in sorted(set(modules))).encode()).hexdigest()[:16]


@cache
def meaning(module: str) -> str:
    """A module's source without comments, docstrings, annotations of functions, and layout."""
    spec = find_spec(module)
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError(module)
    tree = ast.parse(Path(spec.origin).read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and _has_docstring(node):
            node.body = node.body[1:] or [ast.Pass()]
        if isinstance(node, ast.FunctionDef):
            node.returns = None
        if isinstance(node, ast.arg):
            node.annotation = None
    return ast.unparse(tree)


def _has_docstring(node: ast.Module | ast.ClassDef | ast.FunctionDef) -> bool:
    first = node.body[0] if node.body else None
    return (
        isinstance(first, ast.Expr)
        and isinstance(first.value, ast.Constant)
        and isinstance(first.value.value, str)
    )
