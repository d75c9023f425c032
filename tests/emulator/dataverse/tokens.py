"""Paging cookies and delta tokens: opaque to clients, bound to the query and the headers they were made for."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, unquote
from zlib import crc32

from tests.emulator.dataverse.exchange import Exchange
from tests.emulator.dataverse.refusal import bad_request

_COOKIE = re.compile(r'<cookie pagenumber="(\d+)" pagingcookie="([^"]*)" istracking="(True|False)" />')
_DELTA = re.compile(r"(\d+)!(\d\d/\d\d/\d{4} \d\d:\d\d:\d\d)")
_STAMP = "%m/%d/%Y %H:%M:%S"


@dataclass(frozen=True, slots=True)
class Cookie:
    """Where the next page begins: behind the row with this id, or with these values of the columns ordered by.

    Tracked reads also keep the version they end at, and those of changes the version they start from.
    """

    page: int
    after: tuple[Any, ...]
    until: int = 0
    since: int | None = None


def cookie_text(exchange: Exchange, cookie: Cookie, size: int) -> str:
    """A cookie, encoded for a URL."""
    state = [_binding(exchange, size), list(cookie.after), cookie.until, cookie.since]
    inner = quote(json.dumps(state), safe="")
    return quote(
        f'<cookie pagenumber="{cookie.page}" pagingcookie="{inner}" istracking="{cookie.until > 0}" />', safe="=/"
    )


def read_cookie(exchange: Exchange, text: str, size: int) -> Cookie:
    """The cookie of a next link that was followed as it was given."""
    match = _COOKIE.fullmatch(text)
    if match is None:
        raise bad_request("Malformed paging cookie in $skiptoken.")
    binding, after, until, since = json.loads(unquote(match[2]))
    tracked = until > 0 and since is None
    if binding != _binding(exchange, size) or (since is None and tracked != exchange.preferences.track_changes):
        raise bad_request("The $skiptoken belongs to another query, page size or preference: follow links unchanged.")
    return Cookie(int(match[1]), tuple(after), until, since)


def _binding(exchange: Exchange, size: int) -> int:
    options = {name: value for name, value in exchange.options.items() if not name.endswith("token")}
    return crc32(json.dumps([exchange.path, options, size]).encode())


def delta_text(version: int, now: datetime) -> str:
    """A delta token, encoded for a URL."""
    stamp = now.astimezone(UTC).strftime(_STAMP)
    return quote(f"{version}!{stamp}", safe="").replace("%2F", "%2f").replace("%3A", "%3a")


def read_delta(text: str) -> tuple[int, datetime]:
    """The version and the time of a delta token."""
    match = _DELTA.fullmatch(text)
    if match is None:
        raise bad_request("Malformed token in $deltatoken.")
    return int(match[1]), datetime.strptime(match[2], _STAMP).replace(tzinfo=UTC)
