"""Settings of one's own for the local house: `local.settings.json`, as Core Tools reads it, and the environment."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from functions.runtime import catalogue
from functions.suites import configured
from shared.errors import KoppelError, MapError
from shared.mapping import Catalogue
from tests.emulator.azurite import ROOT, SetUpError
from tests.emulator.local import Ports

FILE: Final = ROOT / "local.settings.json"


def settings_of(file: Path = FILE) -> dict[str, str]:
    """The values of the file that the environment does not have; none without a file. Raises SetUpError."""
    try:
        text = file.read_text("utf-8")
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as problem:
        raise SetUpError(f"{file.name} cannot be read: {problem}") from problem
    try:
        found = json.loads(text)
    except ValueError as problem:
        raise SetUpError(f"{file.name} is no JSON: {problem}") from problem
    values = found.get("Values", {}) if isinstance(found, dict) else None
    if not isinstance(values, dict) or not all(isinstance(each, str) for each in values.values()):
        raise SetUpError(f'{file.name} has no "Values" that are all texts: begin with local.settings.sample.json')
    return {name: value for name, value in values.items() if name not in os.environ}


def prepare(suites: Sequence[str], ports: Ports, file: Path = FILE) -> None:
    """Gives this process, and whatever it starts, its settings: one's own, and those of the local house above them.

    Raises SetUpError for settings, maps, overlays or schemas with which nothing would run.
    """
    os.environ.update(settings_of(file) | ports.app_settings(suites))
    try:
        maps = catalogue(configured().house, prefixes=configured().prefixes())
        wrong = [line for name in maps.names for line in _problems(maps, name)]
    except KoppelError as problem:
        raise SetUpError(str(problem)) from problem
    if wrong:
        raise SetUpError("\n".join(["these maps cannot be used:", *(f"  {line}" for line in dict.fromkeys(wrong))]))


def _problems(maps: Catalogue, name: str) -> list[str]:
    try:
        maps.map(name)
    except MapError as error:
        return [str(each) for each in error.problems]
    return []
