"""Reading one record of any company: absence is what F&O says and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import httpx
import pytest

from shared.errors import Denied, NoField, NotTheService, Rejected
from shared.mapping import Entity
from shared.systems import Finops, Observation
from tests.unit.systems.finops.groups import CARDS, CUSTOMERS, GROUPS, HOSTILE, NAMES, known, version_of
from tests.unit.systems.worlds import FinopsWorld, Script, all_of, answer, boundaries, connection

pytestmark = pytest.mark.usefixtures("impatient")


async def test_read_of_nothing(world: FinopsWorld) -> None:
    """A record that is not there is None."""
    assert await world.client.read(GROUPS, ["usmf", "10"], NAMES) is None


async def test_read_of_an_unknown_entity(world: FinopsWorld) -> None:
    """An entity that this environment does not serve is a rejection: its records must never read as deleted."""
    unknown = Entity("finops", "Frobs", ("FrobId",), {"FrobId": CARDS.fields["CardNumber"]}, "Frob")
    with pytest.raises(Rejected, match="Frobs is not served"):
        await world.client.read(unknown, ["1"], ["FrobId"])


@pytest.mark.parametrize("company", ["usmf", "demf", "USMF", "DeMf"])
async def test_read(world: FinopsWorld, company: str) -> None:
    """A record of any company is found, whatever the letter case of its key."""
    known(world, "10", "demf", Description="German")
    known(world, "10", "usmf", Description="American")
    found = await world.client.read(GROUPS, [company, "10"], NAMES)
    assert found is not None
    assert found.row["Description"] == {"usmf": "American", "demf": "German"}[company.lower()]
    assert found.version == version_of(world, [company.lower(), "10"])


@pytest.mark.parametrize("decodes", [True, False], ids=["front decodes", "front does not decode"])
@pytest.mark.parametrize("code", HOSTILE)
async def test_read_of_hostile_keys(world: FinopsWorld, code: str, decodes: bool) -> None:
    """Whatever characters a code holds, its record is read, and no other."""
    world.twin.behaviour.front_decodes = decodes
    known(world, code.upper())
    known(world, "AXB")
    found = await world.client.read(GROUPS, ["usmf", code], NAMES)
    assert found is not None
    assert found.row["CustomerGroupId"] == code.upper()


@pytest.mark.parametrize("missing", [{"application": "missing"}, {"missing_roles": {"CustomerGroups"}}], ids=str)
async def test_read_without_permission(world: FinopsWorld, missing: Mapping[str, Any]) -> None:
    """A record we may not see is not absent."""
    for name, value in missing.items():
        setattr(world.twin.behaviour, name, value)
    with pytest.raises(Denied):
        await world.client.read(GROUPS, known(world, "10"), NAMES)
    with pytest.raises(Denied):
        await world.client.ping()


async def test_read_of_unknown_fields(world: FinopsWorld) -> None:
    """A field that does not exist is about the map, and named."""
    with pytest.raises(NoField, match="Frobnicate"):
        await world.client.read(GROUPS, known(world, "10"), ["Frobnicate"])


@pytest.mark.parametrize(
    "answered",
    [answer(404, {"content-type": "text/html"}, b"<html><h1>404 - File or directory not found.</h1></html>")],
)
async def test_absence_is_never_read_out_of_html(answered: httpx.Response) -> None:
    """A page of a gateway is not F&O saying that a record is gone."""
    client = Finops(connection(Script(*[answered] * 9)), boundaries())
    with pytest.raises(NotTheService):
        await client.read(GROUPS, ["usmf", "10"], NAMES)


async def test_reads_in_the_same_turn(world: FinopsWorld) -> None:
    """Reads asked for together are one request, and each gets its own record, None or refusal."""
    known(world, "10")
    known(world, "20", "demf")
    found = await all_of(
        world.client.read(GROUPS, ["usmf", "10"], NAMES),
        world.client.read(GROUPS, ["usmf", "20"], NAMES),
        world.client.read(GROUPS, ["demf", "20"], NAMES),
        world.client.read(GROUPS, ["demf", "20"], ["Frobnicate"]),
    )
    assert world.arrived.lines == ["POST /data/$batch"]
    assert [type(each) for each in found] == [Observation, type(None), Observation, NoField]


async def test_decimals_are_exact(world: FinopsWorld) -> None:
    """Amounts arrive as they were written, digit by digit."""
    world.probe.customer("US-1", CreditLimit=Decimal("1234567.123456"))
    found = await world.client.read(CUSTOMERS, ["usmf", "US-1"], ["CreditLimit"])
    assert found is not None
    assert found.row["CreditLimit"] == "1234567.123456"


@pytest.mark.parametrize("many", [1, 3])
@pytest.mark.parametrize("kind", ["drop", "answer", "html"])
async def test_reads_without_an_answer(world: FinopsWorld, kind: str, many: int) -> None:
    """Reads that got no answer are asked again, alone or in a batch."""
    identity = known(world, "10")
    world.gate.order(kind, times=2)
    found = await all_of(*(world.client.read(GROUPS, identity, NAMES) for _ in range(many)))
    assert all(isinstance(each, Observation) for each in found)
