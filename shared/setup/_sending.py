"""Writing to Dataverse what is no record: registrations, metadata, forms."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from shared.systems import Dataverse

_WRITING: Final = {
    "Accept": "application/json",
    "Content-Type": "application/json; charset=utf-8",
    "OData-MaxVersion": "4.0",
    "OData-Version": "4.0",
}


async def send(
    dataverse: Dataverse, method: str, url: str, body: Mapping[str, Any], headers: Mapping[str, str] | None = None
) -> None:
    """One request. Raises what the refusal means."""
    content = json.dumps(body, ensure_ascii=False).encode()
    answer = await dataverse.connection.send(method, url, {**_WRITING, **(headers or {})}, content, kind="setup")
    if answer.status_code >= 300:
        raise dataverse.error(answer.status_code, answer.content)
