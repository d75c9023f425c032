"""A bare caller of the Business Central twin, and the rows its tests begin with."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import quote

from tests.emulator import probing
from tests.emulator.business_central.service import AUDIENCE
from tests.emulator.business_central.subscriptions import Handshake
from tests.emulator.business_central.twin import BusinessCentralTwin
from tests.emulator.wire import Answer, Request

HOST: Final = "http://127.0.0.1:7083"
DE: Final = "CRONUS DE"
US: Final = "CRONUS US"
ROOT: Final = "/v2.0/Sandbox/api/v2.0/"
ZERO: Final = "00000000-0000-0000-0000-000000000000"
_TAIL: Final = re.compile(r"  CorrelationId:  [0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\.$")


class Said(probing.Said):
    """An answer of Business Central, read."""

    def column(self, name: str) -> list[Any]:
        """The values of a property, row by row."""
        return [row[name] for row in self.rows]

    @property
    def etag(self) -> str:
        return str(self.json["@odata.etag"])

    @property
    def id(self) -> str:
        return str(self.json["id"])

    @property
    def error(self) -> tuple[int, str, str]:
        """Status, code and text of a refusal, whose body has the documented shape and tail."""
        assert self.json.keys() == {"error"}
        error = self.json["error"]
        assert error.keys() == {"code", "message"}
        assert _TAIL.search(error["message"])
        return self.status, error["code"], _TAIL.sub("", error["message"])

    @property
    def refusal(self) -> tuple[int, str]:
        return self.status, self.error[2]

    @property
    def parts(self) -> list[dict[str, Any]]:
        """The answers of a batch."""
        return list(self.json["responses"])


class Probe(probing.Caller[BusinessCentralTwin, Said]):
    """A Business Central twin and its caller.

    Addresses are relative to the first company, to the API (`~...`), from the root of the host (`/...`), or absolute.
    """

    def __init__(self, seed: int = 0) -> None:
        super().__init__(AUDIENCE)
        self.twin = BusinessCentralTwin(clock=lambda: self.now, identity=self.identity, url=HOST, seed=seed)
        self.company = self.twin.company(DE).id

    def customer(self, number: str = "C100", company: str = DE, **values: Any) -> str:
        """The address of a customer that is simply there."""
        return self.there("customers", {"number": number, "displayName": "Adatum", **values}, company)

    def there(self, set_name: str, values: Mapping[str, Any], company: str = DE) -> str:
        """The address of a row that is simply there."""
        before = {each["id"] for each in self.twin.rows(company, set_name)}
        self.twin.load(company, set_name, [values])
        (row,) = (each for each in self.twin.rows(company, set_name) if each["id"] not in before)
        return f"~companies({self.twin.company(company).id})/{set_name}({row['id']})"

    def write(self, target: str, body: object, **headers: str) -> Said:
        """A PATCH with the row's present version."""
        return self.patch(target, body, **{"if_match": self.get(target).etag, **headers})

    def remove(self, target: str) -> Said:
        """A DELETE with the row's present version."""
        return self.delete(target, if_match=self.get(target).etag)

    def together(self, *requests: Mapping[str, Any], **headers: str) -> Said:
        """A batch."""
        return self.post("~$batch", {"requests": list(requests)}, **headers)

    def part(self, method: str, url: str, body: object = None, part_id: str | None = None, **headers: str) -> Any:
        """A request of a batch, on a set of the first company."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        address = url[1:] if url.startswith("~") else f"companies({self.company})/{url}"
        found: dict[str, Any] = {"method": method, "url": address, "headers": sent}
        if part_id is not None:
            found["id"] = part_id
        if body is not None:
            found |= {"body": body, "headers": {"Content-Type": "application/json", **sent}}
        return found

    def subscribe(self, set_name: str, url: str = "https://hook.example/bc", **body: Any) -> Said:
        """A subscription to a set of the first company, whose receiver answers as it should."""
        return self.shake("POST", "~subscriptions", {
            "notificationUrl": url, "resource": f"/api/v2.0/companies({self.company})/{set_name}",
            "clientState": "secret", **body,
        })  # fmt: skip

    def shake(
        self, method: str, target: str, body: object, status: int = 200, echo: str | None = None, **headers: str
    ) -> Said:
        """A request with a handshake. echo: what the receiver gives back instead of the token."""
        path, query = self._encoded(target)
        sent = {"authorization": f"Bearer {self.token}", "content-type": "application/json"}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        request = Request(method, path, query, sent, json.dumps(body).encode())
        if url := self.twin.asks(request):
            self.twin.shaken(url, Handshake("token", status, "token" if echo is None else echo))
        return Said(self.twin.handle(request))

    def told(self) -> list[dict[str, Any]]:
        """The items of all calls that are due, which the receiver takes."""
        found = []
        for delivery in self.due():
            found += json.loads(delivery.body)["value"]
            self.twin.notifications.answered(delivery, 202)
        return found

    def due(self) -> Sequence[Any]:
        """The calls whose time has come."""
        self.twin.notifications.due()
        calls, self.twin.outbox[:] = list(self.twin.outbox), []
        return calls

    def _encoded(self, target: str) -> tuple[str, str]:
        target = target.removeprefix(HOST)
        if target.startswith("~"):
            target = ROOT + target[1:]
        elif not target.startswith("/"):
            target = f"{ROOT}companies({self.company})/{target}"
        path, _, query = target.partition("?")
        return quote(path, safe="/()=',$%-._~"), quote(query, safe="$=&,()'/:%*-._~+;")

    def _read(self, answer: Answer) -> Said:
        return Said(answer)
