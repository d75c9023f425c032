"""Webhook registration: what a service endpoint, a step and an image must look like."""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import unescape
from typing import Any
from urllib.parse import urlsplit

from tests.emulator.dataverse.environment import Environment
from tests.emulator.dataverse.refusal import invalid_argument, left_out
from tests.emulator.dataverse.schema import Definition, stable_id
from tests.emulator.dataverse.store import Row
from tests.emulator.dataverse.writer import Writer

WEBHOOK = 8
WEBHOOK_KEY, HTTP_HEADER, HTTP_QUERY_STRING = 4, 5, 6
ASYNCHRONOUS, POST_OPERATION, ENABLED = 1, 40, 0
PRE_IMAGE, POST_IMAGE = 0, 1
MESSAGES = ("Create", "Update", "Delete")
BULK_MESSAGES = ("CreateMultiple", "UpdateMultiple")
HEARD = ("systemusers",)
"""System tables of which webhooks can tell."""
_OTHERS = ("UpsertMultiple", "Upsert", "Associate", "Disassociate", "Assign", "SetState", "Retrieve")
_PORTS = (None, 80, 443)
_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_SETTINGS = re.compile(r"\s*<settings>((?:\s*<setting [^<>]*/>)*)\s*</settings>\s*")
_SETTING = re.compile(r'<setting\s+name="([^"]*)"\s+value="([^"]*)"\s*/>')


def message_id(name: str) -> str:
    return stable_id(f"sdkmessage {name}")


def messages() -> list[dict[str, Any]]:
    """The messages of the platform."""
    names = (*MESSAGES, *BULK_MESSAGES, *_OTHERS)
    return [{"sdkmessageid": message_id(name), "name": name} for name in names]


def filters(logical: str) -> list[dict[str, Any]]:
    """The messages that a table has. Users are not deleted (disabled is what they become), and have none for it."""
    offered = [each for each in (*MESSAGES, *BULK_MESSAGES) if (each, logical) != ("Delete", "systemuser")]
    return [
        {
            "sdkmessagefilterid": stable_id(f"sdkmessagefilter {name} {logical}"),
            "_sdkmessageid_value": message_id(name),
            "primaryobjecttypecode": logical,
            "secondaryobjecttypecode": "none",
        }
        for name in offered
    ]


def settings(text: str | None) -> dict[str, str] | None:
    """Pairs of a stored secret with several values; None if the text is not of the known shape."""
    match = _SETTINGS.fullmatch(text or "")
    if match is None:
        return None
    return {unescape(name): unescape(value) for name, value in _SETTING.findall(match[1])}


class Registration:
    """Rules for the rows of webhooks, checked at every create and update of one."""

    def __init__(self, environment: Environment, writer: Writer) -> None:
        self.environment = environment
        writer.checks["serviceendpoints"] = self._endpoint
        writer.checks["sdkmessageprocessingsteps"] = self._step
        writer.checks["sdkmessageprocessingstepimages"] = self._image

    def _endpoint(self, _before: Row | None, values: dict[str, Any]) -> None:
        values["isauthvalueset"] = values["authvalue"] is not None
        if values["name"] is None or values["contract"] is None:
            raise invalid_argument("A service endpoint needs name and contract.")
        if values["contract"] != WEBHOOK:
            return
        _check_url(values["url"] or "")
        if values["authtype"] not in (WEBHOOK_KEY, HTTP_HEADER, HTTP_QUERY_STRING):
            raise invalid_argument("A webhook is authenticated by WebhookKey, HttpHeader or HttpQueryString.")
        if values["authtype"] != WEBHOOK_KEY and settings(values["authvalue"]) is None:
            raise invalid_argument("The authvalue of this authtype must be an XML text of settings.")

    def _step(self, _before: Row | None, values: dict[str, Any]) -> None:
        for column in ("name", "_sdkmessageid_value", "_eventhandler_value", "stage"):
            if values[column] is None:
                raise invalid_argument(f"A step needs a value for {column}.")
        if values["mode"] == ASYNCHRONOUS and values["stage"] != POST_OPERATION:
            raise invalid_argument("Asynchronous steps can be registered for the post-operation stage only.")
        if values["mode"] != ASYNCHRONOUS:
            raise left_out("synchronous webhooks")
        message = self.environment.primary_name("sdkmessages", values["_sdkmessageid_value"])
        found = self.environment.target("sdkmessagefilters", values["_sdkmessagefilterid_value"] or "")
        if found is not None and found.values["_sdkmessageid_value"] != values["_sdkmessageid_value"]:
            raise invalid_argument("The message filter belongs to another message.")
        if message not in MESSAGES:
            raise left_out(f"webhooks on the message {message}")
        if values["filteringattributes"] is not None:
            if message != "Update" or found is None:
                raise invalid_argument("Filtering attributes can be given for Update of one table only.")
            definition = self.environment.by_logical[found.values["primaryobjecttypecode"]].definition
            _must_be_columns(definition, values["filteringattributes"])

    def _image(self, _before: Row | None, values: dict[str, Any]) -> None:
        step = self.environment.target("sdkmessageprocessingsteps", values["_sdkmessageprocessingstepid_value"] or "")
        if step is None or values["entityalias"] is None or values["imagetype"] is None:
            raise invalid_argument("An image needs a step, an entityalias and an imagetype.")
        message = self.environment.primary_name("sdkmessages", step.values["_sdkmessageid_value"])
        wrong = {"Create": (PRE_IMAGE, 2), "Delete": (POST_IMAGE, 2)}.get(str(message), ())
        if values["imagetype"] in wrong:
            raise invalid_argument(f"Message {message} does not support this image type.")
        expected = "Id" if message == "Create" else "Target"
        if values["messagepropertyname"] != expected:
            raise invalid_argument(f"The messagepropertyname of an image of {message} is {expected}.")
        definition = image_table(self.environment, step.values)
        if values["attributes"] is not None and definition is not None:
            _must_be_columns(definition, values["attributes"])


def _check_url(url: str) -> None:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise invalid_argument(f"The url of a webhook is not valid: {error}") from error
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise invalid_argument("The url of a webhook must be an absolute http or https address.")
    # Local demos listen on ports of their own; everywhere else the rule of the service stands.
    if port not in _PORTS and parts.hostname not in _LOOPBACK:
        raise invalid_argument(f"Webhooks are sent to ports 80 and 443 only, not to {port}.")


def image_table(environment: Environment, step: Mapping[str, Any]) -> Definition | None:
    """The table that a step is registered for; None if for all."""
    found = environment.target("sdkmessagefilters", step["_sdkmessagefilterid_value"] or "")
    return environment.by_logical[found.values["primaryobjecttypecode"]].definition if found is not None else None


def columns_of(text: str | None) -> frozenset[str]:
    """The columns of a comma list."""
    return frozenset(name.strip() for name in (text or "").split(",") if name.strip())


def _must_be_columns(definition: Definition, text: str) -> None:
    unknown = sorted(columns_of(text) - definition.columns.keys())
    if unknown:
        raise invalid_argument(f"{definition.logical} has no column {', '.join(unknown)}.")
