"""Customisations as customers ask for them, each lived through: met, edited, cleared, in conflict, deleted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from shared.ledger import JOURNAL, read_journal
from shared.mapping import DATAVERSE, ERP, Catalogue, Function
from tests.other_schemas import fields_like
from tests.simulation.customs import CUSTOMS, FUNCTIONS, Custom
from tests.simulation.customs.stage import ENUMS, OWN_FIELDS, Record, furnish, on
from tests.simulation.rig import CUSTOMERS, Rig, on_stage
from tests.simulation.test_reports import planned
from tests.simulation.world import shipped_maps
from tests.unit.maps.once import like

KEPT = ("d~", "e~", "c~", "j~", "p~", "w~")


@pytest.fixture(scope="module", autouse=True)
def own_fields(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The customer has fields and columns of its own."""
    with fields_like(tmp_path_factory.mktemp("own"), OWN_FIELDS, ENUMS):
        yield


def maps_of(custom: Custom, folder: Path) -> Catalogue:
    """The shipped maps as the consultant has them."""
    path, shipped = folder / "contoso.yaml", shipped_maps()
    path.write_text(custom.written if custom.own else f"extends: customers_v3_accounts\n{custom.written}", "utf-8")
    files = {**shipped.files, **({CUSTOMERS: path} if custom.own else {})}
    known = {each.__name__: Function(each.__name__, each, "1") for each in FUNCTIONS}
    overlays = {} if custom.own else {CUSTOMERS: [path]}
    return like(shipped, files=files, overlays=overlays, switches=custom.switches, functions=lambda _flow: known)


def replaced(told: Mapping[str, Any]) -> set[tuple[str, str, str]]:
    """What a report says will be written: line, side and new value."""
    kinds = [each for kind, each in told["samples"].items() if kind != "overruled"]
    return written(line for each in kinds for one in each for line in one.get("lines", ()))


def journaled(rig: Rig) -> set[tuple[str, str, str]]:
    """What the journal says was written."""
    return written(line for row in rig.rows(JOURNAL) for line in read_journal(row)["lines"])


def written(lines: Iterable[Mapping[str, Any]]) -> set[tuple[str, str, str]]:
    """Line, side and new value. Whose number a party gets is known in the run only."""
    told = {(each["line"], each["side"], each["new"]) for each in lines}
    return {each for each in told if not each[0].startswith("PartyNumber")}


async def is_quiet(rig: Rig) -> None:
    """A further pass writes nothing anywhere."""
    await rig.compare()
    before = rig.writes(), [deepcopy(rig.rows(prefix)) for prefix in KEPT]
    await rig.compare()
    assert (rig.writes(), [rig.rows(prefix) for prefix in KEPT]) == before


async def met_as_foretold(rig: Rig, custom: Custom) -> list[Record]:
    """Records of all kinds are there before the flow runs: what a dry run tells is what the run does."""
    erp, dataverse, both, elsewhere = (Record(rig, number) for number in ("E-1", "D-1", "B-1", "X-1"))
    erp.make(ERP, custom.erp[0])
    dataverse.make(DATAVERSE, custom.dataverse[0])
    both.make(ERP, custom.met[0])
    both.make(DATAVERSE, custom.met[0])
    found = [(erp, custom.erp), (dataverse, custom.dataverse), (both, custom.met)]
    if custom.elsewhere:
        elsewhere.company = "demf"
        elsewhere.make(ERP, custom.elsewhere[0])
        found.append((elsewhere, custom.elsewhere))
    told = await planned(rig)
    tally = (await rig.compare()).as_json()
    assert (told["counts"], told["reasons"]) == (tally["counts"], tally["reasons"])
    assert replaced(told) == journaled(rig)
    for record, (_, stands) in found:
        assert record.holds(stands) == stands, record.number
    return [record for record, _ in found]


async def live(rig: Rig, custom: Custom, records: list[Record]) -> None:
    """What people then do to the first record that is on both sides."""
    record = next(each for each in records if len(each.identities) == 2)
    for does, stands in custom.lived:
        known = record.identities
        touched = record.edit(does)
        if len(touched) == 2:
            await rig.compare()
        for side in touched if len(touched) == 1 else ():
            await rig.visit(side, known[side], source="delete" if None in on(side, does).values() else "event")
        if None in does.values():
            await rig.pump()
        assert record.holds(stands) == stands, does


@pytest.mark.parametrize("custom", CUSTOMS, ids=[each.wish for each in CUSTOMS])
def test_customisations(tmp_path: Path, custom: Custom) -> None:
    """Each does what its table says, the dry run foretells the run, and when all is said nothing more is written."""

    async def story(rig: Rig) -> None:
        await furnish(rig)
        records = await met_as_foretold(rig, custom)
        await is_quiet(rig)
        await live(rig, custom, records)
        await is_quiet(rig)
        left = {name: number for name, number in rig.counts().items() if name in {"parked", "waiting", "conflicts"}}
        assert left == {"parked": 0, "waiting": 0, "conflicts": 0, **custom.left}

    on_stage(story, maps_of(custom, tmp_path))
