"""Users, business units and teams: what the system requires of them is there, and stays."""

from __future__ import annotations

from typing import Any, Final

from tests.emulator.dataverse.products import required
from tests.emulator.dataverse.store import Row
from tests.emulator.dataverse.writer import Writer

_OF_USERS: Final = ("domainname", "internalemailaddress", "islicensed", "isintegrationuser")


class Directory:
    """Checks rows of people and of what they belong to (reference: dataverse-tables, req)."""

    def __init__(self, writer: Writer) -> None:
        writer.checks |= {
            "businessunits": lambda _before, values: required("businessunit", values, "name"),
            "teams": lambda _before, values: required("team", values, "name"),
            "systemusers": self._user,
        }

    def _user(self, before: Row | None, values: dict[str, Any]) -> None:
        """People come from the directory of the tenant, here by their names alone; what one has is not emptied."""
        if before is not None:
            required("systemuser", values, *(name for name in _OF_USERS if before.values[name] is not None))
