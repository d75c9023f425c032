"""Subscriptions of Business Central, kept as the flows need them: made, renewed at half of their life, put right where
somebody has changed or lost them, and removed where no flow needs them any more (reference: business-central-api 9).

They may be gone without a word: after 403 from an app that was stopped, or a copy, a restore, three days. So they are
looked at first after a start, and every few minutes. What was missed meanwhile the flow catches up with. What the
ledger keeps of it is one row, under the lease of whoever looks; it holds no secret.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, Self
from urllib.parse import urlsplit

from shared.engine import LISTENING, LIVE, House, ask_to_catch_up, recheck_environment, state_of
from shared.errors import Denied, Exists, Gone, Refused, Rejected, Stale, TryLater
from shared.ledger import FEEDS, moment, take_lease
from shared.mapping import FlowMap
from shared.settings import Settings, app_address, is_here
from shared.setup import Ear, Step, steps
from shared.systems import BusinessCentral, Resource, Subscriber, Subscription, read_resource, unreachable

log: Final = logging.getLogger("koppel.subscriptions")
SYSTEM: Final = "business_central"
PATH: Final = "/api/business_central/notifications"
ROW: Final = "business_central.subscriptions"
"""The lease of whoever looks; its cursor is what was found."""
LOOKS: Final = timedelta(minutes=5)
"""Between two looks; the pump comes every minute."""


@dataclass(frozen=True, slots=True)
class Found:
    """What the last look has left. at: when; empty: look again at once. noted: ids and ends of ours, by address.
    troubles: why there is none, by address. silent: addresses that Business Central tells nobody of.
    """

    at: str = ""
    noted: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    troubles: Mapping[str, str] = field(default_factory=dict)
    silent: Sequence[str] = ()

    @classmethod
    def of(cls, cursor: Mapping[str, Any]) -> Self:
        return cls(**{name: value for name, value in cursor.items() if name in cls.__slots__})

    def as_json(self) -> dict[str, Any]:
        return {"at": self.at, "noted": self.noted, "troubles": self.troubles, "silent": self.silent}

    def is_due(self, now: datetime, needs: Needs) -> bool:
        """Whether there is something to look at. Where no flow needs one, and we have none, nobody is asked."""
        known, wanted = {*self.noted, *self.troubles, *self.silent}, {each.address for each in needs.flows}
        missing = {each.address for each in needs.makes} - known
        needless = {*self.noted} - wanted if needs.whole else set()
        return bool(missing or needless or ((wanted or self.noted) and self.at < moment(now - LOOKS)))


def without_ear(settings: Settings) -> str:
    """Why there can be no subscriptions, and what to do; empty if there can."""
    url = urlsplit(app_address(settings))
    if not url.netloc:
        return "Business Central is not told where this app is: set APP_URL"
    if url.scheme != "https" and not is_here(urlsplit(settings.business_central_url).hostname or ""):
        return "APP_URL begins with http://, and Business Central calls https:// alone: write https://"
    if not settings.business_central_notification_key.get_secret_value():
        return "notifications would prove nothing: set BUSINESS_CENTRAL_NOTIFICATION_KEY"
    return ""


async def ear_of(here: House, settings: Settings) -> Ear | None:
    """Where notifications go, and what proves them; None if there can be none."""
    if SYSTEM not in here.erps or without_ear(settings):
        return None
    key = settings.business_central_notification_key.get_secret_value().encode()
    return Ear(app_address(settings).rstrip("/") + PATH, key, await here.erps[SYSTEM].environment())


async def last_found(here: House) -> Found:
    """What the last look has left."""
    return Found.of((await here.documents.get(FEEDS, ROW)).value.get("cursor", {}))


def resources_of(here: House, flow: FlowMap) -> Iterator[Resource]:
    """The lists of the companies that a flow synchronises: its own, and those that decide what it reads of a record."""
    for company in here.chosen_companies(flow):
        for each in (flow.erp.entity, *flow.erp.lists):
            yield Resource(each.route, company, each.name)


@dataclass(frozen=True, slots=True)
class Needs:
    """The lists that started flows are about, each with its flows. makes: those of flows that work; of a flow that is
    paused a subscription is only kept, for what it misses it catches up with. whole: every started flow has a map that
    can be read, so that what is not among these is needed by nobody.
    """

    flows: Mapping[Resource, Sequence[str]]
    makes: frozenset[Resource]
    whole: bool

    @classmethod
    async def of(cls, here: House) -> Self:
        """What the flows of this house need now."""
        flows: dict[Resource, list[str]] = {}
        makes: set[Resource] = set()
        suite = [name for name in here.catalogue.names if name.startswith(f"{SYSTEM}.")]
        states = {name: (await state_of(here, name))["state"] for name in suite}
        started = [each for each in here.catalogue.sound() if states.get(each.name) in LISTENING]
        for each in started:
            for resource in resources_of(here, each):
                flows.setdefault(resource, []).append(each.name)
                makes |= {resource} if states[each.name] in LIVE else set()
        known = {each.name for each in started}
        whole = all(name in known for name, state in states.items() if state in LISTENING)
        return cls(flows, frozenset(makes), whole)

    @property
    def wanted(self) -> dict[Resource, bool]:
        return {each: each in self.makes for each in self.flows}


class Keeper:
    """Keeps the subscriptions of one environment. looked: this process has looked since it was started."""

    def __init__(self, here: House, ear: Ear) -> None:
        central = here.erps[SYSTEM]
        assert isinstance(central, BusinessCentral)
        self.here, self.ear = here, ear
        self.subscriber = Subscriber(central)
        self.looked = False

    async def keep(self, *, at_once: bool = False) -> Found:
        """Looks, if it is time to, and puts right what is not as it should be. What was found then or before.

        Raises OtherEnvironment until a person has confirmed that this one is meant, and Busy while another looks.
        """
        needs, found = await Needs.of(self.here), await last_found(self.here)
        first = not self.looked and bool(needs.flows or found.noted)
        if not (at_once or first or found.is_due(self.here.clock(), needs)):
            return found
        await recheck_environment(self.here)
        lease = await take_lease(self.here.documents, self.here.clock, self.here.token(), ROW)
        try:
            look = _Look(self, needs, Found.of(lease.cursor))
            found = await look.through()
            await lease.checkpoint(found.as_json())
        finally:
            await lease.release()
        self.looked = True
        return found


class _Look:
    """One look. before: what the last one has left."""

    def __init__(self, keeper: Keeper, needs: Needs, before: Found) -> None:
        self.keeper, self.needs, self.before = keeper, needs, before
        self.noted: dict[str, Mapping[str, str]] = {}
        self.troubles: dict[str, str] = {}
        self.at = moment(keeper.here.clock())

    async def through(self) -> Found:
        """Asks what there is, and does what there is to do. What came of it."""
        there = await self._there()
        silent = await self._silent({*self.needs.makes} - {each.resource for each in there})
        ids = {each["id"] for each in self.before.noted.values()}
        wanted = {each: makes and each not in silent for each, makes in self.needs.wanted.items()}
        for step in steps(wanted, there, ids, self.keeper.ear, self.keeper.here.clock()):
            if step.resource.address in self.troubles or (step.what == "remove" and not self.needs.whole):
                continue
            try:
                await self._take(step, ids)
            except (Gone, Stale):
                self.at = ""  # it is another by now: look again
            except TryLater as problem:
                self.at, self.troubles[step.resource.address] = "", str(problem)
            except (Denied, Rejected, Refused, Exists) as problem:
                self.troubles[step.resource.address] = unreachable(problem, self.keeper.ear.url)
        return Found(self.at, self.noted, self.troubles, sorted(each.address for each in silent))

    async def _there(self) -> list[Subscription]:
        """All that is shown to us, each once. An API that cannot be asked is a trouble of its lists."""
        addresses = map(read_resource, self.before.noted)
        routes = {each.route for each in self.needs.flows} | {each.resource.route for each in addresses if each}
        found: dict[str, Subscription] = {}
        for route in sorted(routes):
            try:
                found |= {each.id: each for each in await self.keeper.subscriber.found(route)}
            except Denied as problem:
                self.troubles |= {each.address: str(problem) for each in self.needs.flows if each.route == route}
        return list(found.values())

    async def _silent(self, missing: Collection[Resource]) -> set[Resource]:
        """Those of the lists that Business Central tells nobody of; asked once, and again after a start."""
        known = {each for each in missing if each.address in self.before.silent}
        if known == {*missing} and self.keeper.looked:
            return known
        silent: set[Resource] = set()
        for company in sorted({each.company for each in missing}):
            try:
                told = await self.keeper.subscriber.supported(company)
            except (Denied, Gone):
                continue  # this version does not say: the answer to a request for one will
            own = {each for each in missing if each.company == company}
            silent |= {each for each in own if told and (each.route, each.name) not in told}
        return silent

    async def _take(self, step: Step, ids: Collection[str]) -> None:
        """One step. Whatever was not ours as it should have been may have been silent: its flows catch up."""
        subscriber, url, state = self.keeper.subscriber, self.keeper.ear.url, self.keeper.ear.state(step.resource)
        found = step.found
        if step.what == "remove":
            assert found is not None
            await subscriber.remove(found)
        elif found is None:
            found = await subscriber.make(step.resource, url, state)
        elif step.what != "keep":
            found = await subscriber.renew(found, url, state)
        if step.what != "keep":
            log.info("%s a subscription to %s", step.what, step.resource.address)
        if step.what == "remove":
            return
        if step.what in {"make", "repair"} or found.id not in ids:
            for name in self.needs.flows[step.resource]:
                await ask_to_catch_up(self.keeper.here, name)
        self.noted[step.resource.address] = {"id": found.id, "until": moment(found.expires)}
