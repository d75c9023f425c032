"""Overlays: a file that extends a shipped map adds, replaces or switches off lines, and overrides its head."""

from __future__ import annotations

import pytest

from shared.errors import FieldError
from shared.mapping import FlowMap
from tests.unit.mapping.maps import GROUP, HOLD, KEY, built, map_text, number_of, problems

BASE = map_text(
    KEY,
    GROUP,
    "OrganizationName = name",
    "CreditLimit = creditlimit",
    "OnHoldStatus >< msdyn_onholdstatus hold",
    "- >> customertypecode default 3",
    values=HOLD,
    dataverse="{table: accounts, scope: customertypecode eq 3}",
)


def overlay(*lines: str, **head: str) -> str:
    """An overlay of the map with these lines and entries."""
    entries = {"extends": "customers", **head}
    top = [f"{name}: {value}" for name, value in entries.items() if value]
    block = ["fields: |", *(f"  {line}" for line in lines)] if lines else []
    return "\n".join([*top, *block]) + "\n"


def names(flow: FlowMap) -> list[str]:
    return [line.name for line in flow.lines]


SHIPPED = [
    "CustomerAccount = accountnumber",
    "OrganizationName = name",
    "CreditLimit = creditlimit",
    "OnHoldStatus >< msdyn_onholdstatus",
]

# -- what is refused


@pytest.mark.parametrize(
    ("line", "remedy"),
    [
        ("OrganizationName = description ; off", "it has OrganizationName = name: switch that off, or drop the line"),
        ("PartyCountry > name ; off", "it has OrganizationName = name: switch that off, or drop the line"),
        ("OrganisationName = names ; off", "it has OrganizationName = name: switch that off, or drop the line"),
        ("SalesTaxGroup = fax ; off", "drop the line"),
    ],
)
def test_switches_off_nothing(line: str, remedy: str) -> None:
    """A line that is misspelt, or that a later version of the map changed, is said, not kept beside the new one."""
    (problem,) = problems(BASE, overlay(line))
    assert (problem.file, problem.what) == ("overlay1.yaml", "switches off a line that the map does not have")
    assert problem.remedy == remedy


@pytest.mark.parametrize(("line", "code"), [(KEY, "DIPV1014"), (GROUP, "DIPV1010")])
def test_switches_off_what_is_needed(line: str, code: str) -> None:
    """What the map cannot do without is said at the line of the overlay that takes it away, once."""
    (problem,) = problems(BASE, overlay(f"{line} ; off"))
    assert (problem.file, problem.line, problem.code) == ("overlay1.yaml", 3, code)
    assert problem.what.startswith("is switched off, but")


@pytest.mark.parametrize("line", ["CustomerAccount = accountnumer", "CustomerAccount=accountnumber", f"{KEY} ; of"])
def test_one_mistake_is_one_finding(line: str) -> None:
    """A key whose line is faulty is not said to be missing as well."""
    (problem,) = problems(map_text(line, GROUP))
    assert problem.field.startswith("CustomerAccount")


@pytest.mark.parametrize("extends", ["groups", "customers_v3", "Customers"])
def test_other_map(extends: str) -> None:
    """An overlay names the map it extends."""
    (problem,) = problems(BASE, overlay(extends=extends))
    assert (problem.file, problem.field, problem.line) == ("overlay1.yaml", "extends", 1)
    assert "is used for dual_write.customers" in problem.what
    assert "extends: customers" in problem.remedy


@pytest.mark.parametrize(
    ("line", "code", "what"),
    [
        ("Wrong ~ line", "", "is not a symbol"),
        ("Nothing = fax", "DIPV1022", "has no field 'Nothing'"),
        ("PartyCountry = fax ; nothing", "", "is not an option"),
        ("PartyCountry = name", "DIPV1026", "name is also written by line 10"),
        ("PartyCountry = name", "DIPV1026", "base.yaml"),
    ],
)
def test_lines_of_an_overlay(line: str, code: str, what: str) -> None:
    """A finding about a line names the file the line stands in."""
    text = overlay("CreditLimit = creditlimit ; off", line)
    (problem,) = problems(BASE, text)
    assert (problem.file, problem.line, problem.code) == ("overlay1.yaml", number_of(text, line), code)
    assert what in problem.what


@pytest.mark.parametrize(
    ("head", "field"),
    [
        ({"policy": "{conflict: newest}"}, "policy.conflict"),
        ({"polices": "{conflict: park}"}, "polices"),
        ({"dataverse": "{scope: nothing eq 1}"}, "dataverse.scope"),
        ({"dataverse": "{table: nothing}"}, "dataverse.table"),
        ({"match": "[[Nothing]]"}, "match"),
        ({"company": "{erp: nothing}"}, "company.erp"),
    ],
)
def test_head_of_an_overlay(head: dict[str, str], field: str) -> None:
    """A finding about an overridden entry names the overlay and its line there."""
    (problem,) = problems(BASE, overlay(**head))
    assert (problem.file, problem.line, problem.field) == ("overlay1.yaml", 2, field)


def test_fields_are_a_block() -> None:
    """Lines are a block of text; anything else is one finding."""
    (problem,) = problems(BASE, overlay(fields="[PartyCountry, fax]"))
    assert (problem.file, problem.field) == ("overlay1.yaml", "fields")


def test_every_file_at_once() -> None:
    """Findings in the base file and in every overlay come together."""
    found = problems(map_text(KEY, GROUP, "A ~ b"), overlay("B ~ c"), overlay("C = d 'x", extends="others"))
    assert [(problem.file, problem.line) for problem in found] == [
        ("base.yaml", 9),
        ("overlay1.yaml", 3),
        ("overlay2.yaml", 1),
        ("overlay2.yaml", 3),
    ]


# -- what it does


def test_files() -> None:
    """A map knows the files that it is made of."""
    assert built(BASE, overlay(policy="{}")).salt == built(BASE).salt
    assert built(BASE, overlay(policy="{}")).files == ("base.yaml", "overlay1.yaml")


def test_add() -> None:
    """A new line comes after the shipped ones."""
    assert names(built(BASE, overlay("PrimaryContactFax = fax"))) == [*SHIPPED, "PrimaryContactFax = fax"]


@pytest.mark.parametrize("line", ["OrganizationName > name", "organizationname > NAME ; blank keep"])
def test_replace(line: str) -> None:
    """A line between the same two fields takes the place of the shipped one, whatever its symbol and spelling."""
    flow = built(BASE, overlay(line))
    assert [each.partition(" ")[0].lower() for each in names(flow)] == [
        each.partition(" ")[0].lower() for each in SHIPPED
    ]
    assert flow.lines[1].to_erp is False


def test_replace_the_key_of_a_lookup() -> None:
    """A lookup is the same line under another key."""
    base = map_text(KEY, GROUP, "PaymentTerms = msdyn_paymentterm.msdyn_name")
    flow = built(base, overlay("PaymentTerms = msdyn_paymentterm.msdyn_description"))
    (line,) = flow.lookups
    assert line.lookup is not None
    assert line.lookup.paths[0].key == "msdyn_description"


@pytest.mark.parametrize(
    ("line", "left"),
    [
        ("OrganizationName = name ; off", [SHIPPED[0], *SHIPPED[2:]]),
        ("OrganizationName > name ; off", [SHIPPED[0], *SHIPPED[2:]]),
        ("OnHoldStatus >< msdyn_onholdstatus hold ; off", SHIPPED[:3]),
    ],
)
def test_switch_off(line: str, left: list[str]) -> None:
    """A line that is off is not in the map."""
    assert names(built(BASE, overlay(line))) == left


def test_switch_off_a_constant() -> None:
    """A constant is switched off like any line."""
    flow = built(BASE, overlay("- >> customertypecode default 3 ; off"))
    assert [constant.target.name for constant in built(BASE).dataverse.constants] == ["customertypecode"]
    assert flow.dataverse.constants == ()


def test_free_a_target() -> None:
    """A switched-off line leaves its fields to another."""
    flow = built(BASE, overlay("OrganizationName = name ; off", "OrganizationName = fax", "PartyCountry > name"))
    assert names(flow)[-2:] == ["OrganizationName = fax", "PartyCountry > name"]


def test_in_order() -> None:
    """Later overlays see earlier ones: a line comes back where it was."""
    flow = built(BASE, overlay("OrganizationName = name ; off"), overlay("OrganizationName = name"))
    assert names(flow) == SHIPPED
    assert flow.salt == built(BASE).salt


def test_policy() -> None:
    """Policies are overridden one by one."""
    flow = built(BASE, overlay(policy="{conflict: park}"), overlay(policy="{leaves: uncouple}"))
    assert (flow.policy.master, flow.policy.conflict, flow.policy.leaves) == ("dataverse", "park", "uncouple")


@pytest.mark.parametrize(
    ("policy", "erp", "dataverse"),
    [
        ("{delete: propagate}", "propagate", "propagate"),
        ("{delete: {dataverse: uncouple}}", "park", "uncouple"),
        ("{delete: {erp: restore, dataverse: park}}", "restore", "park"),
    ],
)
def test_deletes_by_side(policy: str, erp: str, dataverse: str) -> None:
    """One word stands for both sides; a side that has none parks."""
    flow = built(BASE, overlay(policy=policy))
    assert (flow.on_delete("erp"), flow.on_delete("dataverse")) == (erp, dataverse)


@pytest.mark.parametrize("line", ["OrganizationName > name ; if pilot", "OrganizationName = name ; off, if pilot"])
def test_a_line_behind_a_switch_replaces_nothing(line: str) -> None:
    """The shipped line stands until the switch is on."""
    assert names(built(BASE, overlay(line))) == SHIPPED
    assert names(built(BASE, overlay(line), switches=("pilot",))) != SHIPPED


def test_a_member_less() -> None:
    """A member of the map's own list is taken out with `off`."""
    line = built(BASE, overlay(values="{hold: {All: off}}")).lines[3]
    assert line.forward("No") == "806380000"
    with pytest.raises(FieldError, match="'All' is not in the value map hold"):
        line.forward("All")


def test_a_shared_list() -> None:
    """What an overlay lists under the name of a shared value map adds to that."""
    line = "IsOneTimeCustomer >< msdyn_onetimecustomer yes_no"
    flow = built(map_text(KEY, GROUP, line), overlay(values="{yes_no: {No: off}}"))
    assert flow.lines[-1].forward("Yes") == "true"
    with pytest.raises(FieldError):
        flow.lines[-1].forward("No")


def test_values() -> None:
    """A value map is overridden member by member."""
    flow = built(BASE, overlay(values="{hold: {Never: 806380005, No: 806380003}}"))
    line = flow.lines[3]
    assert [line.forward(member) for member in ("No", "All", "Never")] == ["806380003", "806380002", "806380005"]


def test_lists_are_replaced() -> None:
    """A list is replaced, not joined."""
    flow = built(BASE, overlay(match="[[OrganizationName], [CustomerAccount]]"))
    assert [[line.erp.name for line in group] for group in flow.match] == [["OrganizationName"], ["CustomerAccount"]]


@pytest.mark.parametrize(("switches", "there"), [((), False), (("pilot",), True), (("other",), False)])
def test_if(switches: tuple[str, ...], there: bool) -> None:
    """A line behind a switch is in the map only where that switch is on."""
    flow = built(BASE, overlay("PrimaryContactFax = fax ; if pilot"), switches=switches)
    assert (names(flow) == [*SHIPPED, "PrimaryContactFax = fax"]) is there
