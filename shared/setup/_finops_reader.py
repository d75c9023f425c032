"""Reads what finance and operations says of itself (reference: finops-odata 1). No judgement here.

The small metadata resources are read, not `$metadata`: that is one document of tens of megabytes, and tells less.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from shared.errors import Gone, Rejected
from shared.setup._live import LiveEntity, LiveField
from shared.setup._reading import rows
from shared.systems import ADDRESS, Finops


async def read_entities(finops: Finops, types: Collection[str]) -> dict[str, LiveEntity | None]:
    """Public entities by the name of their type; None for those that are not there."""
    found = await asyncio.gather(*(_metadata(finops, f"PublicEntities('{name}')") for name in types))
    return {name: _entity(document) if document else None for name, document in zip(types, found, strict=True)}


async def read_enums(finops: Finops, names: Collection[str]) -> dict[str, frozenset[str]]:
    """Enumerations by name, with their members."""
    found = await asyncio.gather(*(_metadata(finops, f"PublicEnumerations('{name}')") for name in names))
    members = (document["Members"] if document else () for document in found)
    return {
        name: frozenset(str(each["Name"]) for each in each_of) for name, each_of in zip(names, members, strict=True)
    }


async def erp_rows(finops: Finops, entity: str, names: Sequence[str], of: str) -> AsyncIterator[Mapping[str, Any]]:
    """Some fields of every record of an entity. of: a filter; empty for all."""
    chosen = ",".join(dict.fromkeys(names))
    url = f"{entity}?$select={chosen}&cross-company=true" + (f"&$filter={of}" if of else "")
    async for row in rows(finops, url):
        yield row


async def read_legal_entities(finops: Finops) -> list[str]:
    """Codes of the legal entities that the app's user sees, in lower case."""
    url = "LegalEntities?cross-company=true&$select=LegalEntityId"
    return [str(row["LegalEntityId"]).lower() async for row in rows(finops, url)]


async def _metadata(finops: Finops, resource: str) -> Mapping[str, Any] | None:
    root = urlsplit(finops.connection.base)
    try:
        found: Mapping[str, Any] = await finops.get(f"{root.scheme}://{root.netloc}/metadata/{resource}")
    except Gone:
        return None
    except Rejected as refusal:
        if refusal.code != ADDRESS:
            raise
        return None
    return found


def _entity(document: Mapping[str, Any]) -> LiveEntity:
    fields = {str(each["Name"]): _field(each) for each in document["Properties"]}
    return LiveEntity(str(document["EntitySetName"]), bool(document["IsReadOnly"]), fields)


def _field(each: Mapping[str, Any]) -> LiveField:
    return LiveField(
        type=str(each["TypeName"]),
        key=bool(each["IsKey"]),
        mandatory=bool(each["IsMandatory"]),
        editable=bool(each["AllowEdit"]),
        creatable=bool(each["AllowEditOnCreate"]),
    )
