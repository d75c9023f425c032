"""BEHAVIOUR.md, line by line: what happens, told by its event or found by a pass, ends as the table says."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import pytest

from shared.ledger import PARKED
from tests.simulation.happenings import HAPPENS, LATITUDE, OURS, THEIRS, Heard, Scene
from tests.simulation.rig import ACCOUNT, TERMS, Rig, maps_with, on_stage

TABLE: Final = (Path(__file__).parents[2] / "BEHAVIOUR.md").read_text("utf-8")
LINES: Final = [tuple(cell.strip() for cell in line.strip("|").split("|")) for line in TABLE.splitlines()
                if line.startswith("| ") and not line.startswith("| what happens")]  # fmt: skip

OVERLAYS: Final = {
    "enforced": "fields: |\n  LanguageId << - default en-us ; enforced\n"
    "  - >> address1_addresstypecode default 2 ; enforced\n"
}
"""What the table calls a policy, and is an option of lines."""


# -- what Koppel does


def there(scene: Scene) -> bool:
    """Coupled, and equal on both sides."""
    return scene.names() == ("Contoso", "Contoso") and not scene.ended()


def nothing_deleted(scene: Scene) -> bool:
    return len(scene.parked()) == 1 and (scene.account if scene.where == "ERP" else scene.erp) is not None


def left_alone(scene: Scene) -> bool:
    return scene.ended() and not scene.parked() and scene.rig.writes() == scene.before


def asleep(scene: Scene) -> bool:
    return scene.rig.writes() == scene.before and [each.state for each in scene.rig.couplings()] == ["dormant"]


def supplied(scene: Scene) -> tuple[Any, Any]:
    """What stands where the map has constants, once the remark has arrived."""
    assert scene.rig.both("SalesMemo", "description") == ("remark", "remark")
    return scene.rig.both("LanguageId", "address1_addresstypecode")


def equal_names(scene: Scene, name: str) -> bool:
    return scene.names() == (name, name)


DOES: Final[Mapping[str, Callable[[Scene], bool]]] = {
    "creates it in Dataverse": there,
    "creates it in the ERP": there,
    "leaves it alone": lambda scene: [scene.erp, scene.account].count(None) == 1 and not scene.parked(),
    "couples them and writes nothing": lambda scene: there(scene) and scene.rig.writes() == scene.before,
    "couples them; the ERP's value wins and the other is kept":
        lambda scene: equal_names(scene, OURS) and scene.losers() == [THEIRS],
    "couples them; Dataverse's value wins and the other is kept":
        lambda scene: equal_names(scene, THEIRS) and scene.losers() == [OURS],
    "parks it with both names; neither side is written":
        lambda scene: {all(name in text for name in (scene.names())) for text in scene.parked()} == {True}
        and len(set(scene.names())) == 2 and scene.rig.writes() == scene.before,
    "parks it with both names; nothing is created": lambda scene: scene.erp is None and len(scene.parked()) == 1
        and all(name in scene.parked()[0] for name in ("Contoso", THEIRS, "000000777")),
    "creates it in the ERP, of that party": lambda scene: there(scene)
        and scene.rig.both("PartyNumber", "msdyn_partynumber") == ("000000777", "000000777"),
    "couples them all the same": lambda scene: equal_names(scene, "Fabrikam") and scene.losers() == ["Northwind"],
    "writes it to Dataverse": lambda scene: equal_names(scene, "New"),
    "writes it to the ERP": lambda scene: equal_names(scene, "New"),
    "writes nothing; each side keeps its own": lambda scene: scene.rig.writes() == scene.before and not scene.parked()
        and {*scene.rig.both("CreditRating", "msdyn_creditrating")} == {"Good", "GOOD"},
    "carries the other field over and parks the refused one": lambda scene: equal_names(scene, "New")
        and len(set(scene.rig.both("SalesMemo", "description"))) == len(scene.parked()) + 1 == 2,
    "writes it to Dataverse; the ERP keeps the whole of it": lambda scene: not scene.parked()
        and [float(each) for each in scene.rig.both("CreditLimit", "creditlimit")] == [1234.56, 1235],
    "writes the one to Dataverse and the other back": lambda scene: equal_names(scene, "New")
        and scene.rig.both("SalesMemo", "description") == ("New", "New"),
    "carries the other fields over and parks the text": lambda scene: equal_names(scene, "New")
        and len(scene.parked()) == 1 and scene.rig.both("SalesMemo", "description")[1] is None,
    "keeps both changes": lambda scene: equal_names(scene, "New")
        and scene.rig.both("SalesMemo", "description") == ("remark", "remark") and not scene.losers(),
    "the ERP's value wins and the other is kept":
        lambda scene: equal_names(scene, "Ours") and scene.losers() == ["Theirs"],
    "Dataverse's value wins and the other is kept":
        lambda scene: equal_names(scene, "Theirs") and scene.losers() == ["Ours"],
    "leaves both values and shows them as a conflict":
        lambda scene: scene.names() == ("Ours", "Theirs") and len(scene.losers()) == 1,
    "couples them; the 0 wins and the other is kept":
        lambda scene: {float(each or 0) for each in scene.rig.both("CreditLimit", "creditlimit")} == {0}
        and scene.losers() == ["5000"],
    "couples them and fills it in Dataverse": lambda scene: not scene.losers()
        and scene.rig.both("CreditLimitIsMandatory", "msdyn_creditlimitismandatory") == ("Yes", True),
    "creates it in the ERP and leaves that value as it is": lambda scene: there(scene) and not scene.parked()
        and [float(each) for each in scene.rig.both(*LATITUDE)] == [0, 12.5],
    "puts the ERP's value back":
        lambda scene: {float(each) for each in scene.rig.both(*LATITUDE)} == {12.5},
    "leaves it as it is, whatever else it writes": lambda scene: supplied(scene)
        in {("de", 2), ("en-us", 1)} and not scene.losers(),
    "puts it back and keeps the other": lambda scene: supplied(scene) == ("en-us", 2)
        and scene.losers() == ["de" if scene.where == "ERP" else "1"],
    "creates it again, with the change": lambda scene: equal_names(scene, "Just edited") and not scene.parked(),
    "deletes both in Dataverse": lambda scene: not scene.rig.accounts() and not scene.parked(),
    "deletes both in the ERP": lambda scene: not list(scene.rig.world.finops.rows("CustomersV3"))
        and not scene.parked(),
    "deletes it in Dataverse": lambda scene: scene.account is None and scene.ended(),
    "deletes it in the ERP": lambda scene: scene.erp is None and scene.ended(),
    "leaves the other row alone from then on": left_alone,
    "creates it again in the ERP": there,
    "creates it again in Dataverse": there,
    "parks it": lambda scene: len(scene.parked()) == 1,
    "parks it; nothing is created": lambda scene: len(scene.parked()) == 1 and scene.account is None,
    "deletes it again": lambda scene: (scene.erp, scene.account, scene.parked()) == (None, None, [])
        and scene.ended(),
    "parks it; nothing is deleted": nothing_deleted,
    "adds that to its reasons; nothing is deleted": lambda scene: scene.erp is not None and len(scene.parked()) == 2,
    "parks both ends; nothing is deleted": lambda scene: len(scene.parked()) == 2 and scene.account is not None,
    "follows the new number in Dataverse":
        lambda scene: scene.account is not None and scene.account["accountnumber"] == "US-777" and not scene.parked(),
    "parks the number; other fields go on": lambda scene: len(scene.parked()) == 1 and scene.erp is not None
        and scene.erp["SalesMemo"] == "remark",
    "puts the old number back":
        lambda scene: scene.account is not None and scene.account["accountnumber"] == ACCOUNT and not scene.parked(),
    "lets it sleep; neither side is written": asleep,
    "carries over what happened meanwhile": lambda scene: equal_names(scene, "Prospect")
        and scene.rig.both("SalesMemo", "description") == ("meanwhile", "meanwhile"),
    "parks it; neither side is written":
        lambda scene: len(scene.parked()) == 1 and scene.rig.writes() == scene.before,
    "waits, and goes on by itself": lambda scene: there(scene) and scene.rig.counts()["waiting"] == 0,
    "leaves its row and who points to it; waits for a person": lambda scene: scene.account is not None
        and [scene.account["_msdyn_paymentterm_value"]]
        == [row["msdyn_paymenttermid"] for row in scene.rig.world.dataverse.rows("msdyn_paymentterms")]
        and scene.rig.counts()["waiting"] == 1 and len(scene.rig.rows(PARKED, TERMS)) == 2,
    "keeps the reference in the ERP; waits for a row to put back": lambda scene: scene.erp is not None
        and scene.erp["PaymentTerms"] == "Net30" and scene.rig.counts()["waiting"] == 1,
    "parks it and names the survivor": lambda scene: len(scene.parked()) == 1 and "US-002" in scene.parked()[0],
}  # fmt: skip


@pytest.mark.parametrize("heard", ["event", "pass"])
@pytest.mark.parametrize("line", LINES, ids=lambda line: ", ".join(line[:3]))
def test_every_line(tmp_path: Path, line: Sequence[str], heard: Heard) -> None:
    """What the table says is what happens."""
    happens, where, policy, does = line
    maps = None if policy == "any" else maps_with(tmp_path, OVERLAYS.get(policy, f"policy: {{{policy}}}\n"))

    async def story(rig: Rig) -> None:
        scene = Scene(rig, where, heard)
        await HAPPENS[happens](scene)
        assert DOES[does](scene), (scene.erp, scene.account, scene.losers(), scene.parked(), rig.couplings())

    on_stage(story, maps)


def test_no_word_is_left_over() -> None:
    """Everything that a test can show stands in the table."""
    assert {line[0] for line in LINES} == set(HAPPENS)
    assert {line[3] for line in LINES} == set(DOES)
