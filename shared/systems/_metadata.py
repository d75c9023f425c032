"""Words in which Dataverse is told of its own metadata: labels, what is to be published, and where that belongs."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any, Final

SOLUTION: Final = "Koppel"
"""The solution of set-up: what is made or added goes into it."""


async def base_language(get: Callable[[str], Awaitable[Mapping[str, Any]]]) -> int:
    """The base language of the organisation: what is made has its label in it."""
    found = await get("organizations?$select=languagecode")
    return int(found["value"][0]["languagecode"])


def published_body(tables: Iterable[str]) -> Mapping[str, Any]:
    """Names the tables whose changes are to take effect."""
    entities = "".join(f"<entity>{logical}</entity>" for logical in tables)
    return {"ParameterXml": f"<importexportxml><entities>{entities}</entities></importexportxml>"}


def label(text: str, language: int) -> Mapping[str, Any]:
    """A label in one language."""
    return {"LocalizedLabels": [{"Label": text, "LanguageCode": language}]}
