"""Who calls: tokens, application users, impersonation, people, and what a request asks the platform to skip."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tests.emulator.dataverse.environment import Actor, Environment
from tests.emulator.dataverse.refusal import Refusal, bad_request
from tests.emulator.dataverse.schema import stable_id
from tests.emulator.dataverse.store import Row
from tests.emulator.dataverse.values import GUID
from tests.emulator.identity import APP_ID, TENANT, Identity
from tests.emulator.wire import Answer, Request

PLATFORM = "SYSTEM"
_MOST_STEP_IDS = 3


@dataclass(slots=True)
class People:
    """Users of the environment."""

    environment: Environment
    identity: Identity

    def seed(self) -> list[dict[str, Any]]:
        """The users of a fresh environment."""
        application = {
            "systemuserid": self.app_user(),
            "fullname": "# Koppel",
            "applicationid": APP_ID,
            "azureactivedirectoryobjectid": stable_id(f"service principal {APP_ID}"),
        }
        return [_person(PLATFORM), application]

    def app_user(self) -> str:
        """The id of the application user."""
        return stable_id(f"application user {APP_ID}")

    def unauthorized(self) -> Answer:
        """The challenge to a caller without a valid token."""
        authority = f"https://login.microsoftonline.com/{TENANT}/oauth2/authorize"
        challenge = f"Bearer authorization_uri={authority}, resource_id={self.environment.url}/"
        return Answer(401, {"www-authenticate": challenge})

    def caller(self, request: Request) -> Actor | None:
        """The application user or the person behind a request; None if the token is not good."""
        token = self.identity.verify(request.headers.get("authorization"), self.environment.url)
        if token is None:
            return None
        behaviour = self.environment.behaviour
        person = bool(token.user)
        row = self._by(*(("azureactivedirectoryobjectid", token.user) if person else ("applicationid", token.app_id)))
        if row is None or (not person and behaviour.application_user == "missing"):
            raise Refusal(403, "0x80072560", "The user is not a member of the organization.")
        if row.values["isdisabled"] or (not person and behaviour.application_user == "disabled"):
            text = f"The specified user(Id = {row.row_id}) is disabled. Consider enabling this user."
            raise Refusal(403, "0x80040225", text)
        app = None if person else token.app_id
        trace = self.environment.trace_id()
        return Actor(row.row_id, str(row.values["fullname"]), app, correlation=trace, by_token=True)

    def for_request(self, caller: Actor, headers: Mapping[str, str], tag: str | None) -> Actor:
        """The caller with what one request, or one part of a batch, adds: impersonation, tag, what to skip."""
        user = self._impersonated(caller, headers)
        actor = Actor(
            user_id=user.row_id if user is not None else caller.user_id,
            user=str(user.values["fullname"]) if user is not None else caller.user,
            app=caller.app,
            behalf_of=caller.user_id if user is not None else None,
            tag=tag,
            correlation=caller.correlation,
            request=self.environment.trace_id(),
            by_token=caller.by_token,
            skips_asynchronous=self._skips(caller, headers),
            skipped_steps=_step_ids(headers),
            detects_duplicates=headers.get("mscrm.suppressduplicatedetection", "").lower() == "false",
        )
        if actor.skipped_steps:
            self.environment.require(caller, "prvBypassCustomBusinessLogic")
        return actor

    def person(self, name: str) -> Actor:
        """Somebody who works in the product; a new name is a new user."""
        values = _person(name)
        table = self.environment.tables["systemusers"]
        if values["systemuserid"] not in table.rows:
            row_values = table.definition.template | values
            version = row_values["versionnumber"] = self.environment.next_version()
            table.put(Row(values["systemuserid"], row_values, {}, version))
        trace = self.environment.trace_id
        return Actor(values["systemuserid"], name, correlation=trace(), request=trace())

    def _skips(self, caller: Actor, headers: Mapping[str, str]) -> bool:
        if headers.get("mscrm.bypasscustompluginexecution", "").lower() == "true":
            self.environment.require(caller, "prvBypassCustomPlugins")
        wanted = {each.strip() for each in headers.get("mscrm.bypassbusinesslogicexecution", "").split(",")} - {""}
        if not wanted <= {"CustomSync", "CustomAsync"}:
            raise bad_request("MSCRM.BypassBusinessLogicExecution takes CustomSync, CustomAsync or both.")
        if wanted:
            self.environment.require(caller, "prvBypassCustomBusinessLogic")
        return "CustomAsync" in wanted

    def _impersonated(self, caller: Actor, headers: Mapping[str, str]) -> Row | None:
        for header, column in (
            ("callerobjectid", "azureactivedirectoryobjectid"),
            ("mscrmcallerid", "systemuserid"),
        ):
            if header in headers:
                self.environment.require(caller, "prvActOnBehalfOfAnotherUser")
                row = self._by(column, headers[header].strip().lower())
                if row is None:
                    raise Refusal(403, "0x80072560", "The user is not a member of the organization.")
                return row
        return None

    def _by(self, column: str, value: str) -> Row | None:
        rows = self.environment.tables["systemusers"].rows.values()
        return next((row for row in rows if row.values[column] == value), None)


def _person(name: str) -> dict[str, Any]:
    return {
        "systemuserid": stable_id(f"user {name}"),
        "fullname": name,
        "azureactivedirectoryobjectid": stable_id(f"entra user {name}"),
    }


def _step_ids(headers: Mapping[str, str]) -> frozenset[str]:
    given = headers.get("mscrm.bypassbusinesslogicexecutionstepids", "")
    ids = frozenset(each.strip().lower() for each in given.split(",") if each.strip())
    if len(ids) > _MOST_STEP_IDS or not all(GUID.fullmatch(each) for each in ids):
        raise bad_request(f"MSCRM.BypassBusinessLogicExecutionStepIds takes at most {_MOST_STEP_IDS} ids of steps.")
    return ids
