"""Column security as Dataverse tells it: which columns are secured, what the app may do with them, which are masked."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping
from typing import Any, Final

from shared.errors import Denied, Withheld
from shared.mapping import Access

Get = Callable[[str], Awaitable[Mapping[str, Any]]]
User = Callable[[], Awaitable[str]]

ALLOWED: Final = 4
_RULES: Final = "attributemaskingrule"
_PRIVILEGES: Final = "Microsoft.Dynamics.CRM.RetrievePrincipalAttributePrivileges()"
_COLUMNS: Final = "Attributes($select=LogicalName,MetadataId;$filter=IsSecured eq true)"


async def secured(get: Get, tables: Collection[str], user: User) -> dict[tuple[str, str], Access]:
    """Every secured column of these tables. Where nobody is told what the app may do with them, it may do nothing.

    A masking rule masks whatever the app may read: nobody reads the value itself without asking for it.
    """
    named = " or ".join(f"LogicalName eq '{table}'" for table in sorted(tables))
    found = await get(f"EntityDefinitions?$select=LogicalName&$expand={_COLUMNS}&$filter={named}")
    columns = {
        (str(table["LogicalName"]), str(column["LogicalName"])): str(column["MetadataId"]).lower()
        for table in found["value"]
        for column in table["Attributes"]
    }
    if not columns:
        return {}
    held, masked = await asyncio.gather(_held(get, user), _masked(get, {table for table, _ in columns}))
    return {name: _access(held.get(column, {}), masked=name in masked) for name, column in columns.items()}


def _access(held: Mapping[str, Any], *, masked: bool) -> Access:
    read, create, update = (held.get(right) == ALLOWED for right in ("CanRead", "CanCreate", "CanUpdate"))
    return Access(read, create, update, masked)


async def _held(get: Get, user: User) -> dict[str, Mapping[str, Any]]:
    """What the app's user may do, by the id of a column; nothing where it may not even ask."""
    try:
        found = await get(f"systemusers({await user()})/{_PRIVILEGES}")
    except (Denied, Withheld):
        return {}
    return {str(each["AttributeId"]).lower(): each for each in found["AttributePrivileges"]}


async def _masked(get: Get, tables: Collection[str]) -> set[tuple[str, str]]:
    """Columns with a masking rule. An environment that does not know such rules masks nothing."""
    known = await get(f"EntityDefinitions?$select=EntitySetName&$filter=LogicalName eq '{_RULES}'")
    rules: list[Mapping[str, Any]] = []
    for each in known["value"]:
        named = " or ".join(f"entityname eq '{table}'" for table in sorted(tables))
        found = await get(f"{each['EntitySetName']}?$select=entityname,attributelogicalname&$filter={named}")
        rules += found["value"]
    return {(str(rule["entityname"]), str(rule["attributelogicalname"])) for rule in rules}
