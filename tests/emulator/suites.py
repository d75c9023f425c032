"""The suites that the local house runs."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

from functions.runtime import catalogue
from functions.suites import shipped
from shared.engine import clash
from shared.mapping import FlowMap
from shared.settings import Settings
from tests.emulator.azurite import SetUpError
from tests.emulator.local import Ports


def maps_of(suites: Sequence[str]) -> Sequence[FlowMap]:
    """Their maps, in the order of their flows."""
    ports = Ports()
    settings = Settings(dataverse_url=ports.dataverse_url, finops_url=ports.finops_url, suites=tuple(suites))
    return catalogue(settings).sound()


def chosen_suites(text: str) -> list[str]:
    """The suites that are named, separated by commas.

    Raises SetUpError for one that there is not, and for two that keep one table: their demo data would differ.
    """
    named = list(dict.fromkeys(word.strip() for word in text.split(",") if word.strip()))
    if not named or not set(named) <= set(shipped()):
        raise SetUpError(f"--suites {text}: name any of {', '.join(shipped())}")
    for one, other in combinations(maps_of(named) if len(named) > 1 else (), 2):
        if one.suite != other.suite and one.dataverse.entity.name == other.dataverse.entity.name:
            raise SetUpError(f"--suites {text}: {clash(one, other)}; name one of these suites")
    return named
