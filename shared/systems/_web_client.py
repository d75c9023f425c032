"""The web client of Business Central: the address at which people open a record (learn.microsoft.com, Web Client URL).

A card is asked for by its page, the name of the company, and a filter over the number or the code. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final
from urllib.parse import quote, urlsplit

from shared.mapping import Entity

ONLINE: Final = "api.businesscentral.dynamics.com"
CLIENT: Final = "https://businesscentral.dynamics.com"
_FIELDS: Final[Mapping[str, str]] = {"number": "No.", "code": "Code"}
"""What a table calls the field that people know its records by, by the property that shows it."""
_BASE = re.compile(r"/v2\.0/(.+)/api")
_PLAIN = re.compile(r"(?!.*\.\.)[\w /.#+-]+")
"""Texts that a filter takes as they are (fact sheet, 6): no operator, no wildcard, no range."""


def client_of(base: str) -> str:
    """The web client of the environment with that API: its path has tenant and name, as that of the API has. Empty on
    premises, where it has a server and a port of its own.
    """
    parts = urlsplit(base)
    found = _BASE.fullmatch(parts.path) if parts.netloc.lower() == ONLINE else None
    return f"{CLIENT}/{found[1]}" if found else ""


def known_by(entity: Entity) -> str:
    """The property that people know a record by."""
    return next(name for name in _FIELDS if name in entity.fields)


def link_to(client: str, company: str, entity: Entity, number: str) -> str:
    """The address of a record's card. company: its name. Empty where a filter would read the number otherwise."""
    if not _PLAIN.fullmatch(number):
        return ""
    found = quote(f"'{_FIELDS[known_by(entity)]}' IS '{number}'", safe="")
    return f"{client}/?company={quote(company, safe='')}&page={entity.card}&filter={found}"
