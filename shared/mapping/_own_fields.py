"""Fields of a customer's own: files beside the app that add to the shipped schemas."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from shared.mapping._problems import Fault

FOLDERS: Final[list[Path]] = []
"""Where such files stand: `<system>/<Entity>.json`, as the shipped ones."""


def with_more(system: str, name: str, shipped: Mapping[str, Any]) -> Mapping[str, Any]:
    """The file of an entity, or of the enumerations, with what a customer's own files add to it: fields and keys."""
    found = dict(shipped)
    for path in (folder / system / f"{name}.json" for folder in FOLDERS):
        if not path.is_file():
            continue
        try:
            more = json.loads(path.read_text("utf-8"))
            if name == "enums":
                found |= more
            else:
                found["fields"] = {**found["fields"], **more.get("fields", {})}
                found["keys"] = [*found.get("keys", ()), *more.get("keys", ())]
        except (KeyError, TypeError, ValueError, AttributeError) as mistake:
            raise Fault(f"{path} cannot be used: {type(mistake).__name__}: {mistake}", "correct that file") from mistake
    return found
