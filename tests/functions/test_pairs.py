"""Lists of pairs over HTTP: told row by row, then carried out by the pump."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from tests.functions.stage import Stage, on_stage, problem_of
from tests.simulation.rig import CUSTOMERS, DATAVERSE, ERP

OPERATIONS: Final = "/api/operations"
PLACE: Final = f"{OPERATIONS}/pairs/{CUSTOMERS.replace('.', '/')}"
SUITE: Final = f"{OPERATIONS}/pairs/dual_write/all"


async def sent(stage: Stage, address: str, body: dict[str, Any]) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """An order, and what the job that the pump makes of it tells, row by row."""
    answer = await stage.post(address, body)
    assert answer.status_code == 202, answer.text
    job = answer.json()["job"]
    await stage.fire("operations_pump")
    await stage.pass_time(60)
    done = (await stage.get(f"{OPERATIONS}/jobs/{job}")).json()
    assert (done["state"], done["errors"]) == ("done", {})
    told: list[dict[str, Any]] = (await stage.get(f"{OPERATIONS}/jobs/{job}/left?limit=500")).json()["records"]
    return answer.json(), told


def test_a_list_of_many_pairs_is_told_row_by_row_and_then_carried_out() -> None:
    """In several chunks: every line of the file is in the answer, in order, and every bad one with its reason."""

    async def story(stage: Stage) -> None:
        for at in range(130):
            stage.rig.customer(f"E-{at}", OrganizationName=f"Erp {at}")
            stage.rig.account(f"D-{at}", name=f"Row {at}")
        lines = [f"E-{at};D-{at};usmf" for at in range(130)]
        csv = "\ufeffERP;Dataverse;company\r\n" + "\r\n".join([*lines, "E-9;NOBODY;", ";;", '"E-5";"D-200";usmf', ""])
        said, dry = await sent(stage, f"{PLACE}/couple", {"csv": csv, "first": "erp"})
        assert (said["rows"], said["refused"]) == ({CUSTOMERS: 130 + 1}, 1)
        assert "nothing is written" in said["note"]
        assert stage.rig.couplings() == []
        assert [each["at"] for each in dry] == [*range(2, 133), 134]
        bad = {each["at"]: each["why"] for each in dry if each["what"] == "refused"}
        assert "no record with 'NOBODY'" in bad[132]
        assert "usmf E-5 stands in line 7 already" in bad[134]
        assert next(each["given"] for each in dry if each["at"] == 134)["erp"] == "E-5"
        _, wet = await sent(stage, f"{PLACE}/couple", {"csv": csv, "first": "erp", "confirm": True})
        assert [(each["at"], each["what"]) for each in wet] == [(each["at"], each["what"]) for each in dry]
        assert {each["why"] for each in wet if each["what"] == "coupled, parked"} <= {
            "the number was changed on one side"
        }
        assert len(stage.rig.couplings()) == 130
        assert {stage.rig.dataverse(f"D-{at}")["name"] for at in range(130)} == {f"Erp {at}" for at in range(130)}  # type: ignore[index] # they are there
        _, all_of_them = await sent(stage, f"{PLACE}/uncouple", {"all": True, "confirm": True})
        assert len(all_of_them) == 130
        assert {each.state for each in stage.rig.couplings()} == {"uncoupled"}

    on_stage(story)


def test_a_file_about_several_flows_names_them_row_by_row() -> None:
    """What names no flow, one of another suite, or no record is told, and the others go on."""

    async def story(stage: Stage) -> None:
        stage.rig.customer("LONELY")
        row_id = stage.rig.account("ALONE")
        bad = f",X,Y\nitems,X,Y\ncustomer_groups,,\n{CUSTOMERS},A,B,C\n"
        csv = f"flow,erp,dataverse\ncustomers_v3_accounts,LONELY,{row_id}\n{bad}"
        said, told = await sent(stage, f"{SUITE}/couple", {"csv": csv, "confirm": True})
        assert (said["rows"], said["refused"]) == ({CUSTOMERS: 1}, 4)
        job = (await stage.get(f"{OPERATIONS}/jobs/{said['job']}")).json()
        assert job["flows"] == [CUSTOMERS], "a flow of which every row is refused stands in nobody's way"
        reasons = [each["why"] for each in told[1:]]
        for word, why in zip(
            ("names no flow", "'items' is no flow", "names no record", "more cells"), reasons, strict=True
        ):
            assert word in why
        assert told[0]["record"] == {ERP: ["usmf", "LONELY"], DATAVERSE: row_id}

    on_stage(story)


NO_LISTS: Final[Mapping[str, dict[str, Any]]] = {
    'give a list: either "csv" (a text) or "pairs" (a list of objects)': {},
    "the first line names the columns": {"csv": "number,row\n1,2"},
    "no row names a pair": {"csv": "erp,dataverse"},
    "line 2 is no CSV": {"csv": 'erp,dataverse\n"1,2'},
    "no row names a pair: line 2: it names no record": {"csv": "erp,dataverse,company\n,,usmf\n"},
    "'row' is not known here; known: flow, erp, dataverse, company": {"pairs": [{"erp": "1", "row": "2"}]},
    "a column is named twice": {"csv": "erp,erp\n1,2"},
    "pair 2: it names no record": {"pairs": [{"erp": "x" * 500}, {"erp": None, "company": "usmf"}]},
    "use erp, dataverse or none": {"csv": "erp\n1", "first": "newest"},
}


def test_what_is_no_list_is_refused_at_once() -> None:
    """With what it has to be; nothing is begun."""

    async def story(stage: Stage) -> None:
        before = (await stage.get(f"{OPERATIONS}/jobs")).json()
        for words, body in NO_LISTS.items():
            problem_of(await stage.post(f"{PLACE}/couple", body), 400, words)
        problem_of(await stage.post(f"{PLACE}/uncouple", {"all": True, "csv": "erp\n1"}), 400, "without a list")
        problem_of(await stage.post(f"{PLACE}/uncouple"), 400, '"all": true for every pair')
        problem_of(await stage.post(f"{PLACE}/send", {"all": True}), 400, "from is missing: erp or dataverse")
        problem_of(await stage.post(f"{PLACE}/send", {"source": "erp"}), 400, "known: confirm, csv, pairs, all, from")
        long = {"csv": f"flow,erp\n{'z' * 100_000},1"}
        assert len((await stage.post(f"{SUITE}/couple", long)).text) < 2_500
        assert (await stage.get(f"{OPERATIONS}/jobs")).json() == before

    on_stage(story)


def test_records_of_two_companies_may_be_called_the_same() -> None:
    """A number is of one company; an id is of no other. A delimiter at the end of every line is no column."""
    row_id = "8F0E6C53-0000-4000-8000-00000000C0DE"
    csv = f"erp,dataverse,company,\n1,1,usmf,\n1,1,demf,\n1,2,USMF,\n3,{{{row_id}}},usmf,\n4,{row_id.lower()},demf,\n"

    async def story(stage: Stage) -> None:
        said = (await stage.post(f"{PLACE}/couple", {"csv": csv})).json()
        assert said["rows"] == {CUSTOMERS: 3}
        assert [(each["at"], each["why"].partition(":")[0]) for each in said["first of them"]] == [
            (4, "USMF 1 stands in line 2 already"), (6, f"{row_id.lower()} stands in line 5 already"),
        ]  # fmt: skip

    on_stage(story)


def test_where_the_erp_has_no_integration_of_its_own_nothing_is_taken_over() -> None:
    async def story(stage: Stage) -> None:
        problem_of(await stage.post(f"{PLACE}/take_over"), 409, "no integration of its own")

    on_stage(story)
