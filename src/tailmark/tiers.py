"""The tiers: complete params.yaml files, and the switch between them that loses no local edit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from tailmark import files
from tailmark.errors import TailmarkError, nearest

PRESETS = Path(__file__).parent / "presets"
MOST_SHOWN = 10


def names() -> list[str]:
    """Every tier, from the files of the presets' folder."""
    return sorted(path.stem for path in PRESETS.glob("*.yaml"))


def use(tier: str, path: Path, *, force: bool = False) -> bool:
    """Make `path` the params of a tier; False when it is already. Edits that no preset holds need `force`."""
    if tier not in names():
        raise TailmarkError(
            f"There is no tier '{tier}'; there are {', '.join(names())}.{nearest(tier, names())}"
        )
    wanted, there = _preset(tier), path.read_text(encoding="utf-8") if path.exists() else None
    if there == wanted:
        return False
    if there is not None and not force and there not in [_preset(name) for name in names()]:
        raise TailmarkError(_edited(path, there, tier))
    files.write_text(path, wanted)
    return True


def _preset(tier: str) -> str:
    return (PRESETS / f"{tier}.yaml").read_text(encoding="utf-8")


def _edited(path: Path, text: str, wanted: str) -> str:
    closest, edits = min(
        ((name, list(differences(_preset(name), text))) for name in names()), key=lambda pair: len(pair[1])
    )
    shown = edits[:MOST_SHOWN] + [f"and {len(edits) - MOST_SHOWN} more"] * (len(edits) > MOST_SHOWN)
    return (
        f"{path} has edits that are in no tier. Against '{closest}':\n"
        + "\n".join(f"  {edit}" for edit in shown)
        + f"\nCommit or copy them if you want them back, then `tailmark use {wanted} --force`."
    )


def differences(preset: str, text: str) -> Iterator[str]:
    """What an edited params.yaml says otherwise, key by key."""
    try:
        there = dict(_leaves(yaml.safe_load(text)))
    except yaml.YAMLError:
        yield "it is not valid YAML"
        return
    wanted = dict(_leaves(yaml.safe_load(preset)))
    changed = [key for key in {**wanted, **there} if wanted.get(key, "absent") != there.get(key, "absent")]
    for key in changed:
        yield f"{key}: {_short(there, key)}, in the tier {_short(wanted, key)}"
    if not changed:
        yield "comments or layout alone"


def _leaves(value: Any, key: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping):
        for name, item in value.items():
            yield from _leaves(item, f"{key}.{name}" if key else str(name))
    else:
        yield key or "the file", value


def _short(leaves: Mapping[str, Any], key: str) -> str:
    if key not in leaves:
        return "absent"
    text = yaml.safe_dump(leaves[key], default_flow_style=True, width=10**6).strip().removesuffix("\n...")
    return text if len(text) <= 60 else text[:57] + "..."
