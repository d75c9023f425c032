"""One request in work, with everything about it that was read once."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from tests.emulator.dataverse import payload
from tests.emulator.dataverse.environment import Actor
from tests.emulator.dataverse.headers import Preferences
from tests.emulator.dataverse.refusal import bad_request
from tests.emulator.wire import Answer, Request


@dataclass(frozen=True)
class Exchange:
    """A request below a service root. `base` is the root without a slash at its end, `path` what follows it."""

    request: Request
    base: str
    path: str
    options: Mapping[str, str]
    preferences: Preferences
    actor: Actor
    references: payload.References = field(default_factory=dict)

    @property
    def method(self) -> str:
        return self.request.method

    @cached_property
    def body(self) -> dict[str, object]:
        """The body, which must be a JSON object."""
        if not self.request.body:
            raise bad_request("The request has no body.")
        return payload.parse_object(self.request.body)

    def context(self, rest: str) -> str:
        return f"{self.base}/$metadata#{rest}"

    def link(self, **tokens: str) -> str:
        """The address of this request with other tokens; the rest of the query stays as it was sent."""
        names = ("$skiptoken=", "$deltatoken=", "%24skiptoken=", "%24deltatoken=")
        kept = [pair for pair in self.request.query.split("&") if pair and not pair.startswith(names)]
        query = "&".join([*kept, *(f"${name}={value}" for name, value in tokens.items())])
        return f"{self.base}/{self.path}?{query}"


JSON = {"content-type": "application/json; odata.metadata=minimal"}


def text_answer(status: int, text: bytes, headers: Mapping[str, str] | None = None) -> Answer:
    """An answer whose body is JSON already."""
    return Answer(status, {**JSON, **(headers or {})}, text)


def members(found: Mapping[str, Any]) -> bytes:
    """Members of a JSON object, without braces."""
    return json.dumps(found, ensure_ascii=False, separators=(",", ":"))[1:-1].encode()


def empty_answer(headers: Mapping[str, str] | None = None) -> Answer:
    return Answer(204, headers or {})
