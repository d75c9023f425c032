"""The catalogue: maps load on first use, a bad one stops only its own flow, and lookups give the order of flows."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import pytest

from functions.suites import suite
from shared.errors import MapError, NotFound
from shared.mapping import DATAVERSE, ERP, Catalogue, all_functions, code_place, functions_of
from tests.unit.mapping.maps import GROUP, HEAD, KEY, map_text

SHIPPED = sorted((Path(__file__).parents[3] / "functions").glob("*/*.yaml"))
FLOWS = {f"{path.parent.name}.{path.stem}": path for path in SHIPPED}


def shipped() -> Catalogue:
    """Every shipped map, with the functions of its flow's module, and what its suite's settings may switch on."""
    words = {name: suite(name).words for name in {flow.partition(".")[0] for flow in FLOWS}}
    return Catalogue(
        FLOWS,
        functions=lambda flow: all_functions(functions_of(import_module(f"functions.{flow}"))),
        suite_words=words,
    )


def files(folder: Path, **texts: str) -> dict[str, Path]:
    """Map files in a folder, as flows of one suite."""
    for name, text in texts.items():
        (folder / f"{name}.yaml").write_text(text, "utf-8")
    return {f"suite.{name}": folder / f"{name}.yaml" for name in texts}


GOOD = map_text(KEY, GROUP)
BAD = {
    "yaml": "erp: {system",
    "nothing": "",
    "grammar": map_text(KEY, GROUP, "A ~ b"),
    "entity": map_text(KEY, GROUP, dataverse="{table: nothing}"),
    "scope": map_text(KEY, GROUP, dataverse="{table: accounts, scope: nothing eq 1}"),
}

# -- what is refused


@pytest.mark.parametrize(
    ("flows", "said"), [({"suite.a": Path("a"), "suite.b": Path("b")}, "suite.a, suite.b"), ({}, "none")]
)
def test_unknown_flow(flows: dict[str, Path], said: str) -> None:
    """A flow that does not exist is refused with the names of those that do."""
    with pytest.raises(NotFound, match=f"there is no flow 'suite.c'; flows: {said}"):
        Catalogue(flows).map("suite.c")


@pytest.mark.parametrize("fault", BAD)
def test_bad_map(tmp_path: Path, fault: str) -> None:
    """A bad map stops its own flow, every time, and no other."""
    catalogue = Catalogue(files(tmp_path, bad=BAD[fault], good=GOOD))
    for _ in range(2):
        with pytest.raises(MapError, match=r"^bad\.yaml"):
            catalogue.map("suite.bad")
    assert catalogue.map("suite.good").name == "suite.good"
    assert [flow.name for flow in catalogue.sound()] == ["suite.good"]
    assert catalogue.order() == ["suite.good"]
    assert [*catalogue.names] == ["suite.bad", "suite.good"]


@pytest.mark.parametrize(
    "bad",
    [
        map_text(KEY, GROUP, dataverse="{table: accounts, scope: creditlimit eq 'abc'}"),
        map_text(KEY, GROUP, dataverse="{table: accounts, scope: modifiedon gt 'today'}"),
        map_text(KEY, GROUP, company="{erp: dataAreaId, dataverse: creditlimit}"),
        map_text(f"{KEY} ; if pilot", GROUP),
        "? [a, b]\n: c\n",
    ],
)
def test_unforeseen_fault(tmp_path: Path, bad: str) -> None:
    """Whatever is wrong with a map, the other flows go on."""
    catalogue = Catalogue(files(tmp_path, bad=bad, good=GOOD))
    assert [flow.name for flow in catalogue.sound()] == ["suite.good"]


def test_missing_overlay(tmp_path: Path) -> None:
    """An overlay that is not there stops its flow and is named."""
    catalogue = Catalogue(files(tmp_path, good=GOOD), {"suite.good": [tmp_path / "away.yaml"]})
    with pytest.raises(MapError, match=r"^away\.yaml: .*cannot be read"):
        catalogue.map("suite.good")


# -- loading


def test_first_use(tmp_path: Path) -> None:
    """Nothing is read before it is asked for, and nothing is read twice."""
    flows = files(tmp_path, good=GOOD)
    catalogue = Catalogue(flows)
    flows["suite.good"].unlink()
    flows |= files(tmp_path, good=GOOD)
    found = catalogue.map("suite.good")
    flows["suite.good"].unlink()
    assert catalogue.map("suite.good") is found


def test_overlays(tmp_path: Path) -> None:
    """Overlays and switches reach the maps of the flows they are given for."""
    flows = files(tmp_path, good=GOOD, other=GOOD)
    first, second = tmp_path / "first.yaml", tmp_path / "second.yaml"
    first.write_text("extends: good\nfields: |\n  PrimaryContactFax = fax ; if pilot\n", "utf-8")
    second.write_text("extends: good\nfields: |\n  OrganizationName = name\n", "utf-8")
    catalogue = Catalogue(flows, {"suite.good": [first, second]}, {"pilot"})
    assert [line.erp.name for line in catalogue.map("suite.good").lines[1:]] == [
        "PrimaryContactFax",
        "OrganizationName",
    ]
    assert catalogue.map("suite.good").files == ("good.yaml", "first.yaml", "second.yaml")
    assert len(catalogue.map("suite.other").lines) == 1


@pytest.mark.parametrize("name", FLOWS)
def test_shipped_maps(name: str) -> None:
    """Every shipped map is sound, reads its keys first, and names its own suite."""
    found = shipped().map(name)
    assert found.suite == name.partition(".")[0]
    assert found.erp.columns[: len(found.erp.entity.key)] == found.erp.entity.key
    assert found.dataverse.columns[0] == found.dataverse.entity.id
    for side in (ERP, DATAVERSE):
        part = found.side(side)
        assert len(part.readers) == len(part.writers) == len(found.lines)
        computed = {each.index for each in part.computed}
        assert {name for at, (name, _) in enumerate(part.readers) if at not in computed} <= set(part.columns)
        assert set(part.scope.fields) <= set(part.columns)


# -- order


def test_shipped_order() -> None:
    """Terms of payment come before customer groups, and those before customers."""
    order = shipped().order()
    ranks = [
        order.index(f"dual_write.{name}") for name in ("terms_of_payment", "customer_groups", "customers_v3_accounts")
    ]
    assert sorted(order) == sorted(FLOWS)
    assert ranks == sorted(ranks)


TERMS = map_text(
    "Name = msdyn_name",
    "Description = msdyn_description",
    erp="{system: finops, entity: PaymentTerms, identity: [dataAreaId, Name]}",
    dataverse="{table: msdyn_paymentterms}",
    match="[[Name]]",
)
TERM_OF_GROUP = "PaymentTermId = msdyn_paymenttermid.msdyn_name"


def groups(*lines: str) -> str:
    return map_text(
        "CustomerGroupId = msdyn_groupid",
        *lines,
        erp="{system: finops, entity: CustomerGroups, identity: [dataAreaId, CustomerGroupId]}",
        dataverse="{table: msdyn_customergroups}",
        match="[[CustomerGroupId]]",
    )


BILLING = "InvoiceAccount = msdyn_billingaccount.accountnumber ; deferred"


@pytest.mark.parametrize(
    ("texts", "order"),
    [
        ({"b": GOOD, "a": GOOD}, ["b", "a"]),
        ({"groups": groups(TERM_OF_GROUP), "terms": TERMS}, ["terms", "groups"]),
        ({"groups": groups(), "terms": TERMS}, ["groups", "terms"]),
        ({"groups": groups(f"{TERM_OF_GROUP} ; deferred"), "terms": TERMS}, ["groups", "terms"]),
        ({"groups": groups(f"{TERM_OF_GROUP} ; off"), "terms": TERMS}, ["groups", "terms"]),
        (
            {"groups": groups("PaymentTermId = msdyn_paymenttermid.msdyn_description"), "terms": TERMS},
            ["groups", "terms"],
        ),
        (
            {"groups": groups("PaymentTermId = msdyn_paymenttermid via suite.terms"), "terms": TERMS},
            ["terms", "groups"],
        ),
        ({"customers": map_text(KEY, GROUP, BILLING), "terms": TERMS}, ["customers", "terms"]),
    ],
)
def test_order(tmp_path: Path, texts: dict[str, str], order: list[str]) -> None:
    """A flow comes after those its lookups need, else in the order given; itself and deferred ones it does not need."""
    assert Catalogue(files(tmp_path, **texts)).order() == [f"suite.{name}" for name in order]


@pytest.mark.parametrize(
    ("head", "place", "what", "remedy"),
    [
        ({"after": "[term]"}, "after", "there is no flow 'term'", "write terms"),
        ({"after": "[suite.term]"}, "after", "there is no flow 'suite.term'", "write terms"),
        ({"needs": "[term]"}, "needs", "there is no flow 'term'", "write terms"),
        ({"hands_over_to": "people"}, "hands_over_to", "there is no flow 'people'", "use one of terms"),
        ({"hands_over_to": "groups"}, "hands_over_to", "groups is this flow itself", "name another flow"),
        ({"after": "[other.terms]"}, "after", "there is no flow 'other.terms'", "use one of terms"),
    ],
)
def test_flows_that_are_not_there(tmp_path: Path, head: dict[str, str], place: str, what: str, remedy: str) -> None:
    """A flow that a map names is one of the catalogue; the nearest name is said."""
    text = groups() + "".join(f"{name}: {value}\n" for name, value in head.items())
    with pytest.raises(MapError) as refused:
        Catalogue(files(tmp_path, groups=text, terms=TERMS)).map("suite.groups")
    (problem,) = refused.value.problems
    assert (problem.field, problem.what) == (place, what)
    assert problem.remedy.startswith(remedy)


def test_a_lookup_by_a_flow_that_is_not_there(tmp_path: Path) -> None:
    """The same of a lookup that goes by the coupling of another flow, at its line."""
    line = "PaymentTermId = msdyn_paymenttermid via trems"
    with pytest.raises(MapError, match="there is no flow 'trems'; write terms"):
        Catalogue(files(tmp_path, groups=groups(line), terms=TERMS)).map("suite.groups")


@pytest.mark.parametrize("name", ["terms", "suite.terms"])
def test_names_of_flows(tmp_path: Path, name: str) -> None:
    """A flow is named with its suite or without; everybody else reads its full name."""
    text = groups(f"PaymentTermId = msdyn_paymenttermid via {name}") + f"after: [{name}]\nhands_over_to: {name}\n"
    found = Catalogue(files(tmp_path, groups=text, terms=TERMS)).map("suite.groups")
    assert (found.after, found.hands_over_to) == (("suite.terms",), "suite.terms")
    assert [line.lookup.via for line in found.lookups if line.lookup] == [("suite.terms",)]


def test_circle(tmp_path: Path) -> None:
    """Flows that need each other are ordered all the same, each once."""
    texts = {
        "customers": map_text(KEY, GROUP, "VendorAccount > primarycontactid.msdyn_contactpersonid", BILLING),
        "people": map_text(
            "CustomerAccount = msdyn_contactpersonid",
            GROUP,
            "InvoiceAccount > parentcustomerid.accountnumber",
            dataverse="{table: contacts}",
        ),
    }
    assert sorted(Catalogue(files(tmp_path, **texts)).order()) == ["suite.customers", "suite.people"]


PEOPLE = ("CustomerAccount = msdyn_contactpersonid", GROUP)
TO_PEOPLE, TO_CUSTOMERS = "VendorAccount {} primarycontactid.msdyn_contactpersonid{}", "{} {} parentcustomerid.{}{}"


@pytest.mark.parametrize(
    ("there", "back", "option", "is_circle"),
    [(">", ">", "", True), ("<", "<", "", True), (">", "<", "", False), (">", ">", " ; deferred", False),
     ("<", "<", " ; missing keep", False), (">", ">", " ; missing error", True)],
)  # fmt: skip
def test_flows_whose_records_wait_for_each_other(
    tmp_path: Path, there: str, back: str, option: str, *, is_circle: bool
) -> None:
    """A customer and its contact that name each other are both never created, if both wait on the same side."""
    texts = {
        "customers": map_text(KEY, GROUP, TO_PEOPLE.format(there, "")),
        "people": map_text(
            *PEOPLE,
            TO_CUSTOMERS.format("InvoiceAccount", back, "accountnumber", option),
            dataverse="{table: contacts}",
        ),
        "terms": TERMS,
    }
    lines = [f"suite.customers: {TO_PEOPLE.format(there, '')}",
             f"suite.people: InvoiceAccount {back} parentcustomerid.accountnumber"]  # fmt: skip
    circles = {("suite.customers", "suite.people"): lines} if is_circle else {}
    assert Catalogue(files(tmp_path, **texts)).circles() == circles


def test_the_shipped_maps_know_no_circle() -> None:
    """Nothing that is published waits for itself."""
    assert shipped().circles() == {}


def test_some(tmp_path: Path) -> None:
    """Of some flows only those are ordered; what the others give is taken to be there."""
    catalogue = Catalogue(files(tmp_path, groups=groups(TERM_OF_GROUP), terms=TERMS, other=GOOD))
    assert catalogue.order(["suite.other", "suite.groups"]) == ["suite.groups", "suite.other"]
    assert catalogue.order([]) == []


# -- who keeps a table


@pytest.mark.parametrize(
    ("table", "key", "name"),
    [
        ("msdyn_paymentterms", "msdyn_name", "suite.terms"),
        ("msdyn_paymentterms", "msdyn_description", None),
        ("msdyn_paymentterms", "nothing", None),
        ("accounts", "accountnumber", None),
    ],
)
def test_keeper(tmp_path: Path, table: str, key: str, name: str | None) -> None:
    """A flow keeps a table under the column that holds its ERP code, and under no other."""
    found = Catalogue(files(tmp_path, groups=groups(), terms=TERMS, bad="")).keeper("suite", table, key)
    assert (found.name if found else None) == name


def test_code_place(tmp_path: Path) -> None:
    """The code's place in the identity is known only where code and company are the whole identity."""
    schedule = map_text(
        "PaymentScheduleName = msdyn_name",
        "LineNumber = msdyn_linenumber",
        erp="{system: finops, entity: PaymentScheduleLines, identity: [dataAreaId, PaymentScheduleName, LineNumber]}",
        dataverse="{table: msdyn_paymentschedulelines}",
        match="[[PaymentScheduleName, LineNumber]]",
    )
    catalogue = Catalogue(files(tmp_path, terms=TERMS, schedule=schedule))
    assert code_place(catalogue.map("suite.terms"), "msdyn_name") == 1
    assert code_place(catalogue.map("suite.terms"), "msdyn_description") is None
    assert code_place(catalogue.map("suite.schedule"), "msdyn_name") is None


def test_head_is_shared() -> None:
    """The head of the samples names the customers of the shipped map."""
    shipped = Catalogue(FLOWS).map("dual_write.customers_v3_accounts")
    assert f"entity: {shipped.erp.entity.name}," in HEAD["erp"]


# -- maps behind a switch


def test_a_map_behind_a_switch_that_is_off(tmp_path: Path) -> None:
    """It is not there: no flow, none of its lookups kept; who asks for it is told which word turns it on."""
    found = Catalogue(files(tmp_path, terms=f"if: pilot\n{TERMS}", groups=groups()))
    assert [*found.names] == ["suite.groups"]
    assert [each.name for each in found.sound()] == ["suite.groups"]
    assert found.keeper("suite", "msdyn_paymentterms", "msdyn_name") is None
    assert found.order() == ["suite.groups"]
    with pytest.raises(NotFound, match=r"suite\.terms is off: its map is there only with the switch pilot"):
        found.map("suite.terms")


def test_a_map_behind_a_switch_that_is_on(tmp_path: Path) -> None:
    """With the word it is a map like any other, and no other one than without the switch."""
    shipped = files(tmp_path, terms=TERMS)
    plain = Catalogue(shipped).map("suite.terms").fingerprint
    found = Catalogue(files(tmp_path, terms=f"if: pilot\n{TERMS}"), switches=("pilot",))
    assert [*found.names] == ["suite.terms"]
    assert found.map("suite.terms").fingerprint == plain


@pytest.mark.parametrize(("word", "there"), [("''", True), ("other", False)])
def test_an_overlay_moves_the_switch(tmp_path: Path, word: str, *, there: bool) -> None:
    """An overlay may take the switch away, or name another one."""
    (tmp_path / "overlay").write_text(f"extends: terms\nif: {word}\n", "utf-8")
    found = Catalogue(files(tmp_path, terms=f"if: pilot\n{TERMS}"), {"suite.terms": [tmp_path / "overlay"]}, ("pilot",))
    assert ("suite.terms" in found.names) == (word == "''") == there


@pytest.mark.parametrize("option", ["", " ; if pilot"])
def test_a_lookup_by_the_coupling_of_a_flow_that_is_off(tmp_path: Path, option: str) -> None:
    """Its records would wait for ever: the line is refused, unless it is off with that flow."""
    line = f"PaymentTerms = msdyn_paymentterm via terms{option}"
    found = Catalogue(files(tmp_path, terms=f"if: pilot\n{TERMS}", buyers=map_text(KEY, GROUP, line)))
    if option:
        assert len(found.map("suite.buyers").lines) == 1
        return
    with pytest.raises(MapError, match=r"suite\.terms is off.*add pilot to MAP_SWITCHES"):
        found.map("suite.buyers")


def test_a_flow_may_come_after_one_that_is_off(tmp_path: Path) -> None:
    """Nobody waits for a flow that is not there."""
    later = groups().replace("fields:", "after: [terms]\nfields:")
    found = Catalogue(files(tmp_path, terms=f"if: pilot\n{TERMS}", groups=later))
    assert found.order() == ["suite.groups"]
    assert found.map("suite.groups").after == ("suite.terms",)
