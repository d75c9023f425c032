"""A twin of Microsoft Entra ID: client credentials and managed identity, as azure-identity asks for them.

Tokens are JSON signed with a key of this process: both system twins check audience, expiry and application.
"""

from __future__ import annotations

import base64
import hmac
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import parse_qs

from tests.emulator.local import IDENTITY_HEADER
from tests.emulator.wire import Answer, Request, json_answer

TENANT = "0f9c3a52-6a5e-4c41-9d0e-5a3a1c7b2d11"
APP_ID = "5d3c8a70-2f7e-4b0e-8a53-64b1f0f7c9aa"
APP_SECRET = "local-app-secret"
COMMAND_LINE = "04b07795-8ddb-461a-bbee-02f9e1bf7b46"
"""The application by which people sign in with the Azure CLI."""
EXCHANGE = "api://AzureADTokenExchange"
"""For whom a token is that stands in place of a secret."""


@dataclass(frozen=True, slots=True)
class Token:
    """A verified token: who calls, for which audience, until when (UTC). user: the object id of a person, if one signed
    in through the application.
    """

    app_id: str
    audience: str
    expires: datetime
    user: str = ""


class Identity:
    """Issues and checks tokens. `lifetime` is how long a new token is good for."""

    def __init__(self, clock: Callable[[], datetime], key: bytes = b"twin-signing-key") -> None:
        self.clock = clock
        self.lifetime = timedelta(minutes=60)
        self.revoked_before: datetime | None = None
        self._key = key

    def issue(self, audience: str, app_id: str = APP_ID, user: str = "") -> str:
        """A token for an application, or for a person (an object id) who signed in through it."""
        now = self.clock()
        claims = {"aud": audience.rstrip("/"), "appid": app_id, "iat": now.isoformat(),
                  "exp": (now + self.lifetime).isoformat(), "oid": user}  # fmt: skip
        body = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode()
        return f"{body}.{self._sign(body)}"

    def verify(self, authorization: str | None, audience: str) -> Token | None:
        """The token behind an `Authorization` header; None if absent, forged, expired or for another audience."""
        scheme, _, token = (authorization or "").partition(" ")
        body, _, signature = token.partition(".")
        if scheme.lower() != "bearer" or not hmac.compare_digest(signature.encode(), self._sign(body).encode()):
            return None
        claims = json.loads(base64.urlsafe_b64decode(body))
        expires, issued = datetime.fromisoformat(claims["exp"]), datetime.fromisoformat(claims["iat"])
        if claims["aud"] != audience.rstrip("/") or expires <= self.clock():
            return None
        if self.revoked_before is not None and issued <= self.revoked_before:
            return None
        return Token(claims["appid"], claims["aud"], expires, claims["oid"])

    def revoke_all(self) -> None:
        """Every token issued until now is refused from now on."""
        self.revoked_before = self.clock()

    def handle(self, request: Request) -> Answer:
        """`POST /{tenant}/oauth2/v2.0/token` and the App Service endpoint `GET /msi/token`."""
        if request.path == "/msi/token" and request.method == "GET":
            return self._managed_identity(request)
        if request.path == f"/{TENANT}/oauth2/v2.0/token" and request.method == "POST":
            return self._client_credentials(request)
        return json_answer(404, {"error": "not_found"})

    def _managed_identity(self, request: Request) -> Answer:
        asked = parse_qs(request.query)
        if request.headers.get("x-identity-header") != IDENTITY_HEADER:
            return json_answer(401, {"statusCode": 401, "message": "X-IDENTITY-HEADER does not match"})
        if asked.get("api-version") != ["2019-08-01"] or "resource" not in asked:
            return json_answer(400, {"statusCode": 400, "message": "resource and api-version=2019-08-01 are needed"})
        audience = asked["resource"][0]
        expires = int((self.clock() + self.lifetime).timestamp())
        return json_answer(200, {"access_token": self.issue(audience), "expires_on": str(expires), "resource": audience,
                                 "token_type": "Bearer", "client_id": APP_ID})  # fmt: skip

    def _client_credentials(self, request: Request) -> Answer:
        form = {name: values[0] for name, values in parse_qs(request.body.decode()).items()}
        if form.get("grant_type") != "client_credentials":
            return _refused("unsupported_grant_type", "AADSTS70003: The app requested an unsupported grant type.")
        if form.get("client_id") != APP_ID:
            return _refused("unauthorized_client", "AADSTS700016: Application was not found in the directory.")
        if "client_assertion" in form:
            if not self._is_trusted(form):
                return _refused("invalid_client", "AADSTS700211: No matching federated identity record found.", 401)
        elif form.get("client_secret") != APP_SECRET:
            return _refused("invalid_client", "AADSTS7000215: Invalid client secret provided.", 401)
        scope = form.get("scope", "")
        if not scope.endswith("/.default"):
            return _refused("invalid_scope", "AADSTS1002012: The provided value for scope is not valid.")
        token = self.issue(scope.removesuffix("/.default"))
        return json_answer(200, {"token_type": "Bearer", "expires_in": int(self.lifetime.total_seconds()),
                                 "access_token": token})  # fmt: skip

    def _is_trusted(self, form: Mapping[str, str]) -> bool:
        """Whether an assertion is a token that the managed identity got for the exchange."""
        is_jwt = form.get("client_assertion_type") == "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
        return is_jwt and self.verify(f"Bearer {form['client_assertion']}", EXCHANGE) is not None

    def _sign(self, body: str) -> str:
        return hmac.digest(self._key, body.encode(), "sha256").hex()


def _refused(code: str, text: str, status: int = 400) -> Answer:
    return json_answer(status, {"error": code, "error_description": text})
