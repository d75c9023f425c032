"""Who may operate: a person of the group that is set, signed in by the platform, or whoever holds the operators' key.

Operations are open at the host: a route with a function key would demand it behind the platform's sign-in, too. So this
is the one place where it is decided, and no key that delivers events passes it.
"""

from __future__ import annotations

import base64
import hmac
import json
import os
from collections.abc import Mapping
from functools import wraps
from typing import Any, Final
from urllib.parse import urlsplit

import azure.functions as func

from functions.http import Foreign, Handler, NotJson, told
from functions.runtime import runtime
from shared.errors import SettingError, Unknown
from shared.ledger import acting
from shared.settings import Operators, read_settings

KEY: Final = "x-koppel-key"
PRINCIPAL: Final = "x-ms-client-principal"
"""What the platform's sign-in tells of a person. While that is on, nobody else can send it
(learn.microsoft.com, Work with user identities in Azure App Service authentication).
"""
PRINCIPAL_NAME: Final = "x-ms-client-principal-name"
"""What it calls the person, on the same terms."""
NAMES: Final = ("preferred_username", "upn", "name")
"""Claims that name a person, the best one first."""
WITH_KEY: Final = "operator-key"
"""Who did it, where a key says no more: its name in the key vault."""


def operators_only(handler: Handler) -> Handler:
    """Lets operators in, and their name into the journal; anybody else gets 401."""

    @wraps(handler)
    async def guarded(req: func.HttpRequest) -> func.HttpResponse:
        with acting(operator(req.headers, _settings())):
            _demand_own(req)
            return await handler(req)

    return guarded


def _demand_own(req: func.HttpRequest) -> None:
    """Raises NotJson or Foreign for what another site may have made the browser of an operator send, with its cookie.

    Forms say what they are, and a script that says JSON has to ask first, which nothing here allows (CORS). An Origin
    is sent by every browser with what is not a GET (fetch.spec.whatwg.org).
    """
    if req.method == "GET":
        return
    if req.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise NotJson("send it as JSON, with Content-Type: application/json, also where the body is empty")
    origin = req.headers.get("origin", "")
    own = {urlsplit(req.url).netloc.lower(), req.headers.get("host", "").lower()}
    if origin and (urlsplit(origin).netloc.lower() or "nobody's") not in own:
        raise Foreign(f"{told(origin)} is another site: operate from a page of this one, or without a browser")


def operator(headers: Mapping[str, str], known: Operators) -> str:
    """The name of whoever sends a request. Raises Unknown if they may not operate."""
    given = headers.get(KEY, "")
    if given:
        wanted = known.operator_key.get_secret_value()
        if wanted and hmac.compare_digest(given.encode(), wanted.encode()):
            return _called(headers) or WITH_KEY
        raise Unknown(f"{KEY} is not the key that operators have: look it up in the key vault (operator-key)")
    if known.sign_in_group and _platform_signs_in():
        return _person(headers, known.sign_in_group)
    raise Unknown(f"send the operators' key in {KEY}" + (", or sign in" if known.sign_in_group else ""))


def _platform_signs_in() -> bool:
    """Whether the platform's sign-in is on: it says so itself, and takes the header from everybody else only then."""
    return os.environ.get("WEBSITE_AUTH_ENABLED", "").lower() == "true"


def _called(headers: Mapping[str, str]) -> str:
    """What the platform calls whoever sends a request; empty if it does not know, or anybody may have said so."""
    return headers.get(PRINCIPAL_NAME, "") if _platform_signs_in() else ""


def _person(headers: Mapping[str, str], group: str) -> str:
    """The name of a member of the group."""
    if not (principal := headers.get(PRINCIPAL, "")):
        raise Unknown(f"sign in with Microsoft Entra ID, or send the operators' key in {KEY}")
    claims = _claims(principal)
    if ("groups", group) not in claims:
        raise Unknown("you are signed in, but the token does not say that you belong to the group SIGN_IN_GROUP")
    found = dict(reversed(claims))
    return next((found[name] for name in NAMES if found.get(name)), _called(headers) or "somebody without a name")


def _claims(principal: str) -> list[tuple[str, str]]:
    """What the token claimed, as the platform hands it on: base64 of JSON."""
    try:
        read: Any = json.loads(base64.b64decode(principal, validate=True))
        return [(str(each["typ"]), str(each["val"])) for each in read["claims"]]
    except (ValueError, LookupError, TypeError) as problem:
        raise Unknown(f"{PRINCIPAL} is not what the platform sends") from problem


def _settings() -> Operators:
    """The settings about operators, even where others are wrong: nobody else is told which."""
    try:
        return runtime().settings
    except SettingError:
        wrong: list[str] = []
        if (found := read_settings(Operators, "", wrong)) is None:
            raise SettingError("\n".join(wrong)) from None
        return found
