"""An explanation leads with one plain sentence, then what differs, then the rest; people read names and labels."""

from __future__ import annotations

from typing import Any

from tests.functions.stage import Stage, on_stage
from tests.functions.test_decisions import PLACE, coupled
from tests.simulation.rig import ACCOUNT, ERP

RECORD = f"/api/operations/records/{PLACE}"


async def told(stage: Stage, key: str = ACCOUNT) -> dict[str, Any]:
    answer = await stage.post(RECORD, {"side": ERP, "key": key})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_what_is_in_sync_says_so_in_one_sentence() -> None:
    """With its number and its name; nothing differs, so nothing is said to."""

    async def story(stage: Stage) -> None:
        await coupled(stage.rig)
        found = await told(stage)
        assert next(iter(found)) == "says"
        assert found["says"] == f"{ACCOUNT} Contoso: in sync."
        assert found["called"] == {"erp": f"{ACCOUNT} Contoso", "dataverse": f"{ACCOUNT} Contoso"}
        assert not {"differs", "open", "conflicts", "hint"} & found.keys()

    on_stage(story)


def test_what_differs_stands_before_the_rest() -> None:
    """Named in the sentence, with both values, and where it flows."""

    async def story(stage: Stage) -> None:
        await coupled(stage.rig)
        stage.rig.edit(OrganizationName="Contoso Ltd", CreditLimit=5)
        found = await told(stage)
        assert [*found][:2] == ["says", "differs"]
        assert found["says"].startswith(
            f"{ACCOUNT} Contoso Ltd: it changed and will be brought into agreement; 2 lines"
        )
        lines = {each["line"]: each for each in found["differs"]}
        assert lines.keys() == {"OrganizationName = name", "CreditLimit = creditlimit"}
        name = lines["OrganizationName = name"]
        assert (name["erp"], name["dataverse"], name["changed"]) == ("Contoso Ltd", "Contoso", ["erp"])
        assert "to dataverse" in name["flows"]
        assert not lines.keys() & {each["line"] for each in found["lines"]}

    on_stage(story)


def test_options_are_told_with_their_labels_and_blank_lines_are_left_out() -> None:
    """In the lines, in conflicts, and in the journal."""

    async def story(stage: Stage) -> None:
        row_id = await coupled(stage.rig)
        line = "OnHoldStatus >< msdyn_onholdstatus"
        stage.rig.edit(OnHoldStatus="All")
        stage.rig.change(row_id, msdyn_onholdstatus=806380001)
        await stage.rig.visit(ERP, ("usmf", ACCOUNT))
        found = await told(stage)
        shown = next(each for each in found["lines"] if each["line"] == line)
        assert (shown["erp"], shown["dataverse"]) == ("Invoice", "806380001 (Invoice)")
        assert all(each.get("erp") or each.get("dataverse") for each in found["lines"])
        (conflict,) = found["conflicts"]
        assert (conflict["value"], conflict["winner"]) == ("All", "806380001 (Invoice)")
        (listed,) = (await stage.get(f"/api/operations/conflicts/{PLACE}")).json()["conflicts"]
        assert listed["values"] == {"erp": "All", "dataverse": "806380001 (Invoice)"}
        created = found["journal"][-1]
        assert {"line": line, "side": "dataverse", "new": "806380000 (No)", "reason": "create"} in created["lines"]
        assert all(value not in ("", None, [], {}) for each in found["journal"] for value in each.values())

    on_stage(story)


def test_who_asked_for_what_is_to_be_done_is_told() -> None:
    """A retry that nobody has come to yet names whoever sent it."""

    async def story(stage: Stage) -> None:
        rig = stage.rig
        rig.world.finops.create("CustomerGroups", {"dataAreaId": "usmf", "CustomerGroupId": "new"})
        await rig.visit(ERP, rig.customer(CustomerGroupId="new"))
        await stage.post(f"/api/operations/parked/{PLACE}/retry", {"side": ERP, "key": ACCOUNT})
        assert (await told(stage))["hint"]["by"] == "operator-key"

    on_stage(story)


def test_a_record_of_dataverse_that_is_set_aside_is_listed_by_its_number_and_name() -> None:
    """Its id tells people nothing. While Dataverse is away the list comes all the same."""

    async def story(stage: Stage) -> None:
        row_id = stage.rig.account(address1_stateorprovince="Schleswig-Holstein")
        await stage.rig.visit("dataverse", (row_id,))
        path = f"/api/operations/parked/{PLACE}"
        (row,) = (await stage.get(path)).json()["records"]
        assert (row["called"], row["identity"]) == (f"{ACCOUNT} Contoso", [row_id])
        stage.weather.outage["dataverse"] = stage.rig.world.loop.time() + 3600
        (row,) = (await stage.get(path)).json()["records"]
        assert "called" not in row

    on_stage(story)
