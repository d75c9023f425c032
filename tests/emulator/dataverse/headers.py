"""Request headers: preferences, preconditions and the rules every request has to keep."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase

from tests.emulator.dataverse.refusal import Refusal, bad_request
from tests.emulator.dataverse.store import Row, Table
from tests.emulator.wire import Request

_PREFERENCE = re.compile(r'\s*([^\s=,;]+)\s*(?:=\s*("[^"]*"|[^,;]*))?\s*(?:,|;|$)')
_BODIES = ("POST", "PATCH", "PUT")


@dataclass(frozen=True, slots=True)
class Preferences:
    """What the `Prefer` header asks for. veiled: the caller is an application, for whom column security holds."""

    representation: bool = False
    annotations: str | None = None
    page_size: int | None = None
    track_changes: bool = False
    continue_on_error: bool = False
    veiled: bool = False

    def wants(self, annotation: str) -> bool:
        """True if the annotation is asked for, by name, by a prefix with a star, or by a star."""
        return self.annotations is not None and any(
            fnmatchcase(annotation, pattern.strip()) for pattern in self.annotations.split(",")
        )

    def applied(self, *, writing: bool = False) -> dict[str, str]:
        """The header that says which preferences were followed."""
        found = []
        if self.representation and writing:
            found.append("return=representation")
        if self.track_changes and not writing:
            found.append("odata.track-changes")
        if self.page_size is not None and not writing:
            found.append(f"odata.maxpagesize={self.page_size}")
        if self.annotations is not None:
            found.append(f'odata.include-annotations="{self.annotations}"')
        return {"preference-applied": ",".join(found)} if found else {}


def preferences(headers: Mapping[str, str]) -> Preferences:
    """Reads the `Prefer` header; what is not known is ignored."""
    found: dict[str, str] = {}
    for match in _PREFERENCE.finditer(headers.get("prefer", "")):
        found.setdefault(match[1], (match[2] or "").strip().strip('"'))
    size = found.get("odata.maxpagesize")
    if size is not None and (not size.isdecimal() or int(size) < 1):
        raise bad_request(f"The preference odata.maxpagesize={size} is not valid.")
    return Preferences(
        representation=found.get("return") == "representation",
        annotations=found.get("odata.include-annotations"),
        page_size=int(size) if size is not None else None,
        track_changes="odata.track-changes" in found,
        continue_on_error="odata.continue-on-error" in found,
    )


def wants_details(headers: Mapping[str, str]) -> bool:
    """True if errors are to carry their annotations."""
    return 'odata.include-annotations="*"' in headers.get("prefer", "")


def check(request: Request) -> None:
    """Refuses a protocol version that is not spoken and a body that does not say it is JSON."""
    headers = request.headers
    if headers.get("odata-version", "4.0") != "4.0" or headers.get("odata-maxversion", "4.0") not in ("4.0", "4.01"):
        raise bad_request("The OData-Version or OData-MaxVersion header has a value that is not supported.")
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    if request.method in _BODIES and request.body and kind != "application/json":
        raise bad_request(
            f"A missing, empty or unsupported content type header was found when trying to read a message: '{kind}'. "
            "The content type header is required and must be application/json."
        )


def none_match(request: Request) -> str | None:
    """The `If-None-Match` header; the word null stands for nothing, so that caches let the request pass."""
    value = request.headers.get("if-none-match", "").strip()
    return value if value not in ("", "null") else None


def fits_version(request: Request, table: Table, row: Row) -> bool:
    """Whether the `If-Match` of a write fits the row as it is now. Refuses one that means nothing."""
    value = request.headers.get("if-match")
    if value is None or value.strip() == "*":
        return True
    definition = table.definition
    if not value.strip():
        raise Refusal(400, "0x80060883", "The RowVersion property must be provided when If-Match is used.")
    if not definition.optimistic:
        text = f"Optimistic concurrency isn't enabled for entity type {definition.logical}."
        raise Refusal(400, "0x8006088d", text)
    return value == row.etag
