"""All pairs of one company are uncoupled, and those of the others stand: a company that was given up, or is a copy."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Final
from uuid import UUID

import httpx
import pytest

from shared.engine import couple, flow_in, state_of
from tests.emulator.local import KEYS, OPERATOR_KEY
from tests.functions.stage import JSON, MASTER, keyed, problem_of, the_host
from tests.simulation.central import CUSTOMERS, DE, US, Central
from tests.simulation.notified import Told, on_told
from tests.simulation.test_central_companies import american, customer, of_both, set_up, theirs_in

UNCOUPLE: Final = "/api/operations/pairs/business_central/all/uncouple"


class Desk:
    """An operator of two companies."""

    def __init__(self, central: Central, client: httpx.AsyncClient) -> None:
        self.central = central
        self.client = client

    async def paired(self, number: str) -> None:
        """A customer, coupled with an account; in which company, its number says."""
        central = self.central
        identity = central.customer(number) if number.startswith("D") else customer(central, number)
        row_id = central.account(accountnumber=number) if number.startswith("D") else theirs_in(central, number)
        here = central.house
        await couple(flow_in(here, CUSTOMERS, await state_of(here, CUSTOMERS)), identity, row_id)

    async def order(self, **body: Any) -> httpx.Response:
        return await self.client.post(UNCOUPLE, json=body, headers={**JSON, **keyed(UNCOUPLE, OPERATOR_KEY)})

    async def done(self, **body: Any) -> list[str]:
        """An order that the pump carries out; which pairs stand after it, each by the name of its company."""
        answer = await self.order(**body)
        assert answer.status_code == 202, answer.text
        for _ in range(3):
            path = "/admin/functions/operations_pump"
            assert (await self.client.post(path, headers={**JSON, **keyed(path, MASTER)})).status_code == 202
            self.central.later(minutes=1)
        return self.pairs()

    def pairs(self) -> list[str]:
        """Which pairs stand, each by the name of its company."""
        names = {self.central.erp.company(each).id: each for each in (DE, US)}
        return sorted(names[each.erp[0]] for each in self.central.couplings() if each.erp and each.is_pair)


def at_desk(story: Callable[[Desk], Awaitable[None]], *numbers: str) -> None:
    """Plays a story in which these customers are coupled."""

    async def whole(told: Told) -> None:
        set_up(told.central)
        told.central.companies = (DE, US)
        told.start(operator_key=OPERATOR_KEY, dataverse_webhook_key=KEYS["dataverse"])
        transport = httpx.ASGITransport(the_host().asgi())
        async with httpx.AsyncClient(transport=transport, base_url="https://koppel.example") as client:
            desk = Desk(told.central, client)
            for number in numbers:
                await desk.paired(number)
            await story(desk)

    asyncio.run(on_told(whole, maps=of_both()))


def test_the_pairs_of_one_company_are_uncoupled_and_those_of_the_others_stand() -> None:
    """bc-019, bc-020: by its name, or by its id, as it has to be when the company is gone; without one all of them."""

    async def story(desk: Desk) -> None:
        assert await desk.done(all=True, company=US) == [DE, DE, US, US], "without confirm it only tells"
        assert await desk.done(all=True, company=f" {US.lower()} ", confirm=True) == [DE, DE]
        await desk.paired("U3")
        assert await desk.done(all=True, company=american(desk.central).upper(), confirm=True) == [DE, DE]
        assert await desk.done(all=True, confirm=True) == []
        assert len(desk.central.accounts()) == 5, "the records stay"

    at_desk(story, "D1", "D2", "U1", "U2")


def test_a_copied_company_has_no_pairs_of_the_other() -> None:
    """bc-019: a copy has an id of its own, and pairs hold that of the company whose they are."""

    async def story(desk: Desk) -> None:
        customer(desk.central, "D1")
        problem_of(await desk.order(all=True, company=US, confirm=True), 409, f"no pair is of company {US!r}")
        assert desk.pairs() == [DE]

    at_desk(story, "D1")


def test_a_company_goes_with_all_pairs() -> None:
    """A list names the company of each row itself."""

    async def story(desk: Desk) -> None:
        answer = await desk.order(company=US, pairs=[{"flow": "customers", "erp": "U1"}])
        problem_of(answer, 400, '"company" goes with "all"')

    at_desk(story, "D1", "U1")


@pytest.mark.parametrize("confirm", [False, True])
@pytest.mark.parametrize("wrong", ["CRONUS", f"{DE}, {US}", str(UUID(int=7))])
def test_a_company_of_which_no_pair_is_is_told_at_once(wrong: str, confirm: bool) -> None:
    """With those of which there are some: a job that finds nothing would look as if all were well."""

    async def story(desk: Desk) -> None:
        answer = await desk.order(all=True, company=wrong, confirm=confirm)
        problem_of(answer, 409, f"no pair is of company {wrong!r}: there are pairs of {DE}, {US}")
        assert desk.pairs() == [DE, US]

    at_desk(story, "D1", "U1")


def test_where_every_pair_has_been_uncoupled_a_company_has_none_left() -> None:
    """Whoever sends it again is told so."""

    async def story(desk: Desk) -> None:
        assert await desk.done(all=True, company=DE, confirm=True) == []
        problem_of(await desk.order(all=True, company=DE, confirm=True), 409, "there are none at all")

    at_desk(story, "D1")


@pytest.mark.parametrize("blank", ["", " ", None])
def test_a_blank_company_is_not_taken_for_all_of_them(blank: str | None) -> None:
    """Whoever sends one means one that he has not filled in: nothing is uncoupled, and he is told so."""

    async def story(desk: Desk) -> None:
        answer = await desk.order(all=True, company=blank, confirm=True)
        problem_of(answer, 400, '"company" is blank')
        assert len([each for each in desk.central.couplings() if each.is_pair]) == 2

    at_desk(story, "D1", "U1")
