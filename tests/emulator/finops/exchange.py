"""One request on its way through the twin, alone or as part of a batch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tests.emulator.finops import options
from tests.emulator.finops.environment import Actor
from tests.emulator.wire import Request


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request and what is known about it. `base` is the address of the service, such as http://host/data."""

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
    def crosses_companies(self) -> bool:
        return options.crosses(self.options)
