"""Addresses: the root of an API, the company, the set, the row, and what is asked of it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final
from urllib.parse import unquote

from tests.emulator.business_central.environment import Environment
from tests.emulator.business_central.refusal import Refusal, bad_request, no_resource
from tests.emulator.business_central.schema import OF_CONNECTOR, OF_PRODUCT, Page, served
from tests.emulator.business_central.values import GUID

API: Final = f"api/{OF_PRODUCT}"
CONNECTOR: Final = f"api/{OF_CONNECTOR}"
RUNTIME: Final = "api/microsoft/runtime/beta"
_SEGMENT: Final = re.compile(r"([A-Za-z_$][\w$]*)(?:\((.*)\))?", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Place:
    """An address below an API: the company it names, a set or one of the API's own resources, a key, and what follows.

    part: a navigation property of the row. counts: `/$count`. route: that of the API; sets: those that it serves.
    """

    resource: str
    key: str | None = None
    company: str = ""
    part: str = ""
    counts: bool = False
    sets: Mapping[str, Page] = field(default_factory=lambda: served(OF_PRODUCT))
    route: str = API


def root_of(environment: Environment, path: str) -> tuple[str, str] | None:
    """The route of the API below the environment, and the path below it; None for what is no address of it.

    Online the environment's name follows the version of the gateway, with or without the tenant before it; on premises
    it is the name of the instance.
    """
    named = re.fullmatch(r"/(?:v2\.0/(?:([^/]+)/)?)?([^/]+)/(api/.*)", path)
    if named is None or named[2].lower() != environment.name.lower():
        return None
    online = environment.behaviour.sign_in == "entra"
    if path.startswith("/v2.0/") is not online or named[1] not in (None, environment.tenant):
        return None
    published = (CONNECTOR,) if environment.behaviour.connector else ()
    for route in (API, RUNTIME, *published):
        if named[3] == route or named[3].startswith(f"{route}/"):
            return route, named[3][len(route) :].strip("/")
    return None


def place(environment: Environment, path: str, route: str = API) -> Place:
    """What a path below the root of an API points to."""
    sets = served(route.removeprefix("api/"))
    segments = [_split(each, path) for each in path.split("/")] if path else []
    company = ""
    if len(segments) > 1 and segments[0][0] == "companies" and segments[0][1] is not None:
        company = _guid(segments.pop(0)[1])
    if not segments:
        return Place("", sets=sets, route=route)
    name, key = segments.pop(0)
    if name in sets and key is not None:
        key = _guid(key)
    found = Place(name, key, company, sets=sets, route=route)
    return _followed(environment, found, segments, path)


def _followed(environment: Environment, found: Place, segments: list[tuple[str, str | None]], path: str) -> Place:
    if not segments:
        return found
    name, key = segments.pop(0)
    if segments or key is not None:
        raise no_resource(f"{environment.url}/{path}")
    if name == "$count" and found.key is None:
        return replace(found, counts=True)
    if name.startswith("Microsoft") or found.key is None:
        raise no_resource(f"{environment.url}/{path}")
    return replace(found, part=name)


def _split(segment: str, path: str) -> tuple[str, str | None]:
    match = _SEGMENT.fullmatch(unquote(segment))
    if match is None:
        raise no_resource(path)
    return match[1], match[2]


def _guid(text: str | None) -> str:
    if text is None or not GUID.fullmatch(text):
        raise _bad_key(text)
    return text.lower()


def _bad_key(text: str | None) -> Refusal:
    return bad_request(f"The key '{text}' is not an id: write it without quotes.", "BadRequest_InvalidRequestUrl")


def page_of(environment: Environment, found: Place) -> Page:
    """The page that an address names."""
    page = found.sets.get(found.resource)
    if page is None:
        raise no_resource(f"{environment.url}/{found.resource}")
    return page
