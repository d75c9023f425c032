"""The web server before the service: it decodes an address once more than the service's router does.

A key with a slash has to be encoded twice to arrive (reference: public reports on F&O's OData keys). What the front
lets through is the path that the router then reads.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final
from urllib.parse import unquote

from tests.emulator.finops.refusal import Dangerous, no_resource
from tests.emulator.wire import Request

_DANGEROUS: Final = re.compile(r"[<>*&:?]|%(?![0-9A-Fa-f]{2})")
_LOST: Final = re.compile(r"[+\\]")


def through_the_front(request: Request) -> Request:
    """The request as the router sees it. Refuses what the web server takes for an attack or for another path."""
    path = unquote(request.path)
    if _DANGEROUS.search(path):
        raise Dangerous
    if _LOST.search(path):
        raise no_resource(path)
    return replace(request, path=path)
