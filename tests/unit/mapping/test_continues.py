"""A map that continues another: what it says, what it must not say, and what the two are together."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from shared.errors import MapError, NotFound
from shared.mapping import ABSENT, DATAVERSE, ERP, Catalogue, FlowMap
from tests.unit.mapping.maps import GROUP, HOLD, KEY, map_text

OUT = map_text(
    KEY, GROUP, "OnHoldStatus >> msdyn_onholdstatus hold", "PrimaryContactFax < fax", "CreditLimit = creditlimit",
    values=HOLD, policy="{master: dataverse, conflict: dataverse_wins, delete: propagate, creates: erp}",
    dataverse="{table: accounts, scope: customertypecode eq 3}",
)  # fmt: skip
HEAD = {"continues": "out", "authority": "{erp: OnHoldStatus eq 'All'}", "policy": "{creates: dataverse}"}
HOLDS = "OnHoldStatus >> msdyn_onholdstatus hold"
LINES = (KEY, HOLDS, "PrimaryContactFax > fax", "SalesMemo > description")


def back(*lines: str, **head: str) -> str:
    entries = {**HEAD, **head}
    top = [f"{name}: {value}" for name, value in entries.items() if value]
    return "\n".join([*top, "fields: |", *(f"  {line}" for line in lines or LINES)]) + "\n"


def maps(folder: Path, *switches: str, **texts: str) -> Catalogue:
    """A suite of these maps, `out` among them."""
    for name, text in {"out": OUT, **texts}.items():
        (folder / f"{name}.yaml").write_text(text, "utf-8")
    return Catalogue({f"suite.{name}": folder / f"{name}.yaml" for name in {"out": OUT, **texts}}, switches=switches)


def both(folder: Path, text: str = "") -> FlowMap:
    return maps(folder, back=text or back()).map("suite.out")


def said(folder: Path, flow: str = "suite.out", **texts: str) -> list[str]:
    """The findings about a flow, without where they are."""
    with pytest.raises(MapError) as refused:
        maps(folder, **texts).map(flow)
    return [f"{each.field}: {each.what}; {each.remedy}" for each in refused.value.problems]


def row(part: Any, **values: Any) -> dict[str, Any]:
    """A raw record with something in every field of the lines."""
    return {**{name: None for name, _ in part.readers}, "OnHoldStatus": "No", **values}


# -- what the two are together


def test_a_line_of_both_is_one_line(tmp_path: Path) -> None:
    """What differs in anything is a line of its own, which holds in its own phase."""
    found = both(tmp_path)
    assert [(line.name, line.phase) for line in found.lines] == [
        ("CustomerAccount = accountnumber", ""),
        ("OnHoldStatus >> msdyn_onholdstatus", ""),
        ("PrimaryContactFax < fax", "before"),
        ("CreditLimit = creditlimit", "before"),
        ("PrimaryContactFax > fax", "after"),
        ("SalesMemo > description", "after"),
    ]
    assert [line.index for line in found.lines] == [0, 1, 2, 3, 4, 5]
    assert len(found.by_definition) == 6


def test_lines_that_relate_two_values_likewise_and_differ_in_what_else_they_say(tmp_path: Path) -> None:
    """Each keeps a definition of its own, and both have one root."""
    found = both(tmp_path, back(*LINES[:3], "CreditLimit = creditlimit ; conflict park"))
    one, two = (line for line in found.lines if line.erp.name == "CreditLimit")
    assert (one.phase, two.phase) == ("before", "after")
    assert one.definition != two.definition
    assert one.root == two.root


@pytest.mark.parametrize(("status", "phase"), [("No", "before"), ("All", "after")])
def test_the_side_that_tells_reads_the_lines_that_hold(tmp_path: Path, status: str, phase: str) -> None:
    """The other side, alone, is the first map's: there is nothing yet that could say otherwise."""
    found = both(tmp_path)
    values = found.erp.read(row(found.erp, OnHoldStatus=status))
    assert {line.phase for line in found.lines if values[line.index] is not ABSENT} == {"", phase}
    alone = found.alone(DATAVERSE, row(found.dataverse))
    assert {line.phase for line in found.lines if alone[line.index] is not ABSENT} == {"", "before"}


def test_each_map_creates_where_it_says(tmp_path: Path) -> None:
    """One that says nothing does so where its lines write, whatever the other one says."""
    found = both(tmp_path)
    erp = row(found.erp, OnHoldStatus="All")
    assert [found.at({DATAVERSE: {}}).creates, found.at({ERP: erp}).creates] == [{ERP}, {DATAVERSE}]
    silent = both(tmp_path, back(*LINES, GROUP, policy=""))
    assert silent.at({ERP: erp}).creates == {ERP, DATAVERSE}  # its key is mapped both ways


def test_a_constant_is_the_map_s_that_gives_it(tmp_path: Path) -> None:
    found = both(tmp_path, back(*LINES[:3], "- >> description default x", GROUP))
    before, after = found.at({}), found.at({ERP: row(found.erp, OnHoldStatus="All")})
    names = [[each.target.name for each in view.dataverse.constants] for view in (before, after)]
    assert names == [[], ["description"]]
    assert [each.phase for each in found.erp.constants] == [""]


def test_a_deleted_record_is_left_to_a_person_where_the_two_differ(tmp_path: Path) -> None:
    """The one would make it again at its target, of the other it was the source: nobody can tell which of them held."""
    key, status = "CustomerAccount < accountnumber", "OnHoldStatus << msdyn_onholdstatus hold"
    one_way = map_text(key, GROUP, status, values=HOLD, policy="{delete: propagate}")
    assert maps(tmp_path, out=one_way).map("suite.out").on_delete(ERP) == "restore"
    found = maps(tmp_path, out=one_way, back=back(key, GROUP, HOLDS, policy="")).map("suite.out")
    assert [view.on_delete(ERP) for view in found.views] == ["restore", "propagate"]
    assert (found.on_delete(ERP), found.on_delete(DATAVERSE)) == ("park", "propagate")


def test_it_is_no_flow(tmp_path: Path) -> None:
    """Whoever asks for it is told whose work it is."""
    found = maps(tmp_path, back=back())
    assert [[*found.names], [each.name for each in found.sound()], found.order()] == [["suite.out"]] * 3
    with pytest.raises(NotFound, match=r"suite\.back is no flow of its own: its map continues suite\.out"):
        found.map("suite.back")


def test_behind_a_switch_that_is_off_nothing_is_continued(tmp_path: Path) -> None:
    text = "if: pilot\n" + back()
    assert maps(tmp_path, back=text).map("suite.out").continued is None
    assert maps(tmp_path, "pilot", back=text).map("suite.out").continued is not None


def test_what_tells_is_read_and_approved(tmp_path: Path) -> None:
    """Another filter is another map; so is the map alone."""
    found = both(tmp_path, back(authority="{dataverse: numberofemployees eq 5}"))
    assert "numberofemployees" in found.dataverse.columns
    assert "numberofemployees" in found.dataverse.telling
    prints = {both(tmp_path).fingerprint, found.fingerprint, maps(tmp_path).map("suite.out").fingerprint}
    assert len(prints) == 3


# -- what is refused

TOLD = "write authority: {erp: OnHoldStatus eq 'All'}, the records that are this map's, by one of their two sides"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (back(authority=""), (
            "authority: nothing says which records are this map's, and which those of the one that it continues; "
            + TOLD)),
        (back(authority="{erp: CreditLimit eq 0, dataverse: statecode eq 0}"), (
            "authority: two sides say which records are this map's: while they differ it would be half of each map's; "
            "name a filter for one side")),
        (back(match="[[CustomerAccount]]"),
         "match: suite.out says that for both maps; leave it out, or write it there"),
        (back(policy="{creates: none, delete: park}"), (
            "policy.delete: suite.out says that for both maps; this one may say creates alone; "
            "leave it out, or write it there")),
        (back("CustomerAccount > accountnumber", *LINES[1:]), (
            "CustomerAccount > accountnumber: it tells records apart, and suite.out has it otherwise; "
            "write it as there: CustomerAccount = accountnumber, with the same options")),
        (back(authority="{erp: createdon ge today}"), (
            "authority.erp: createdon is not a field of CustomersV3; "
            "use its own fields only: correct the name or add it to the schema")),
    ],
)  # fmt: skip
def test_what_it_must_not_say(tmp_path: Path, text: str, sentence: str) -> None:
    """It stops the flow that it continues: half of the two would be the wrong half."""
    assert said(tmp_path, back=text) == [sentence]


@pytest.mark.parametrize(
    ("texts", "flow", "sentence"),
    [
        ({"back": back(continues="uot")}, "suite.back", "continues: there is no flow 'uot'; use one of out"),
        ({"back": back(continues="back")}, "suite.back",
         "continues: back is this flow itself; name another flow, or leave it out"),
        ({"back": back(), "more": back(continues="back")}, "suite.more",
         "continues: there is no flow 'back'; use one of out"),
        ({"back": back(), "more": back()}, "suite.more",
         ("continues: it cannot continue suite.out, which is another suite's, or is continued by another map already; "
          "name a flow of this suite that nothing continues yet")),
    ],
)  # fmt: skip
def test_what_it_cannot_continue(tmp_path: Path, texts: dict[str, str], flow: str, sentence: str) -> None:
    """Such a map is told of as a flow of its own, so that nobody overlooks it."""
    assert sentence in said(tmp_path, flow, **texts)
