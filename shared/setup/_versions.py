"""Whether an F&O entity enforces `If-Match`: tried once, on one row, with nothing at stake.

The row is written over a version that it never had, with a value that it already has. A service that enforces versions
refuses with 412; one that does not writes what is there. Without a row there is nothing to try.
"""

from __future__ import annotations

import base64
import json
import re
from typing import Final

from shared.errors import Gone, Rejected, Stale
from shared.mapping import Field, FlowMap
from shared.setup._needs import written_fields
from shared.systems import Finops

_HARMLESS: Final = ("memo", "text", "enum", "int", "code", "datetime", "date")
_AHEAD: Final = 1_000_003
_SOURCE: Final = re.compile(r"(\d+),(\d+)")


async def enforces_if_match(finops: Finops, flow: FlowMap) -> bool | None:
    """True, False, or None where it cannot be told: no row, or none that may be written.

    Raises Denied if the app's user may not read or update the entity.
    """
    entity, field = flow.erp.entity, harmless(flow)
    names = [*entity.key, *([field.name] if field else [])]
    found = await finops.get(f"{entity.name}?cross-company=true&$top=1&$select={','.join(names)}", kind="preflight")
    if not found["value"] or field is None:
        return None
    row = found["value"][0]
    identity = [str(row[name]) for name in entity.key]
    body = {field.name: json.dumps(row[field.name], ensure_ascii=False)}
    try:
        await finops.update(entity, identity, body, never_current(str(row["@odata.etag"])), names)
    except Stale:
        return True
    except (Gone, Rejected):
        return None
    return False


def harmless(flow: FlowMap) -> Field | None:
    """A field that the flow writes anyway, rather a free text than what the product acts upon."""
    entity = flow.erp.entity
    written = [entity.fields[name] for name in sorted(written_fields(flow) - set(entity.key))]
    able = [field for field in written if field.type in _HARMLESS and not (field.create_only or field.read_only)]
    return min(able, key=lambda field: (_HARMLESS.index(field.type), bool(field.ref)), default=None)


def never_current(etag: str) -> str:
    """An ETag of the same shape whose versions lie far ahead (reference: finops-odata 5)."""
    ahead = _SOURCE.sub(lambda pair: f"{int(pair[1]) + _AHEAD},{pair[2]}", _decoded(etag))
    return f'W/"{base64.b64encode(ahead.encode()).decode()}"'


def _decoded(etag: str) -> str:
    """What an ETag says; that of some other record if it is of a form that we do not know."""
    try:
        text = base64.b64decode(etag.removeprefix('W/"').removesuffix('"'), validate=True).decode("ascii")
    except ValueError:
        text = ""
    return text if _SOURCE.search(text) else "'0,0'"
