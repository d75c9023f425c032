"""What only a request tells of Business Central: whether a list may be read, and whether it enforces `If-Match`.

Versions are tried on one record, with nothing at stake: it is written over a version that it does not have, with a
value that it has already. A service that enforces versions refuses; one that does not writes what is there. Nothing is
created: Koppel gives new records no id, so nothing hangs on what becomes of one (reference: business-central-api 5).
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Collection
from typing import Final

from shared.errors import Gone, Rejected, Stale
from shared.mapping import FlowMap, entity
from shared.setup._versions import harmless
from shared.systems import BusinessCentral

_NEXT: Final = re.compile(r";(\d)")
_SHAPE: Final = "'19;10000000000000000001;00;'"
"""What an ETag says inside (reference: business-central-api 5)."""


async def may_read(central: BusinessCentral, flow: FlowMap, companies: Collection[str]) -> None:
    """Raises Denied if the app's user may not read records of a flow, or lists behind what these do not show."""
    for company in companies:
        for each in (flow.erp.entity, *flow.erp.lists):
            await central.any_of(each, company, ["id"])


async def experience(central: BusinessCentral, company: str) -> str:
    """What the users of a company see of the product: `Essential`, `Premium` and others; empty if nothing tells."""
    table = entity(BusinessCentral.name, "companyInformation")
    found = await central.any_of(table, company, ["experience"])
    return str(found.row.get("experience") or "") if found else ""


async def enforces_versions(central: BusinessCentral, flow: FlowMap, company: str) -> bool | None:
    """True, False, or None where it cannot be told: no record, or none that may be written.

    Raises Denied if the app's user may not update the list.
    """
    table, field = flow.erp.entity, harmless(flow)
    if field is None:
        return None
    found = await central.any_of(table, company, [field.name])
    if found is None:
        return None
    body = {field.name: json.dumps(found.row[field.name], ensure_ascii=False)}
    try:
        await central.update(table, (company, str(found.row["id"])), body, outdated(found.version), [field.name])
    except Stale:
        return True
    except (Gone, Rejected):
        return None
    return False


def outdated(etag: str) -> str:
    """An ETag of the same shape that the record does not have."""
    other = _NEXT.sub(lambda found: f";{int(found[1]) % 9 + 1}", _inside(etag), count=1)
    return f'W/"{base64.b64encode(other.encode()).decode()}"'


def _inside(etag: str) -> str:
    try:
        text = base64.b64decode(etag.removeprefix('W/"').removesuffix('"'), validate=True).decode("ascii")
    except ValueError:
        text = ""
    return text if _NEXT.search(text) else _SHAPE
