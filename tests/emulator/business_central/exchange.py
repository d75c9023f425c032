"""One request on its way through the twin, alone or as part of a batch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tests.emulator.business_central.environment import Actor
from tests.emulator.wire import Request


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request and what is known about it. `base` is the address of the API, such as http://host/v2.0/x/api/v2.0."""

    request: Request
    base: str
    actor: Actor
    options: Mapping[str, str]

    @property
    def method(self) -> str:
        return self.request.method

    @property
    def headers(self) -> Mapping[str, str]:
        return self.request.headers

    @property
    def is_newer(self) -> bool:
        """True if the caller asks for the schema version that knows more of `$filter`."""
        return self.options.get("$schemaversion") == "2.1"
