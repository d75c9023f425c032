"""Queries: choosing, filtering, ordering, expanding and counting."""

from __future__ import annotations

import pytest

from tests.contract.dataverse.accounts import six_accounts
from tests.emulator.dataverse.probe import Probe, Said

ABSENT = "00000000-1111-4222-8333-444444444444"


@pytest.fixture
def probe() -> Probe:
    return six_accounts()


def found(said: Said) -> set[int]:
    """Places of the accounts in an answer."""
    assert said.status == 200, said.text
    return {int(row["accountnumber"][2:]) for row in said.rows}


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("name eq 'adatum'", {0}),
        ("name eq 'CONTOSO'", {1}),
        ("name eq 'Contoso  '", {1}),
        ("name eq 'Fabrikam'", {2}),
        ("name eq 'ümlaut'", {4}),
        ("name ne 'adatum'", {1, 2, 3, 4, 5}),
        ("name eq null", {5}),
        ("name ne null", {0, 1, 2, 3, 4}),
        ("null eq name", {5}),
        ("name gt 'contoso'", {2, 3, 4}),
        ("name le 'contoso'", {0, 1}),
        ("contains(name,'BRIK')", {2, 3}),
        ("startswith(name,'fab')", {2, 3}),
        ("endswith(name,'EAST')", {3}),
        ("not contains(name,'fab')", {0, 1, 4, 5}),
        ("numberofemployees eq 10", {1}),
        ("numberofemployees gt 10 and numberofemployees lt 40", {2, 3}),
        ("numberofemployees ge 10.0", {1, 2, 3, 4, 5}),
        ("numberofemployees eq 10 or numberofemployees eq 20 and name eq 'x'", {1}),
        ("(numberofemployees eq 10 or numberofemployees eq 20) and startswith(name,'f')", {2}),
        ("customertypecode eq 3", {0}),
        ("customertypecode ne 3", {1, 2, 3, 4, 5}),
        ("statecode eq 0", {1, 2, 3, 4, 5}),
        ("creditlimit eq 12.5", {0}),
        ("creditlimit gt 12", {0}),
        ("msdyn_onetimecustomer eq false", {0, 1, 2, 3, 4, 5}),
        ("msdyn_onetimecustomer eq true", set()),
        ("createdon eq 2025-01-06T09:01:00Z", {1}),
        ("createdon ge 2025-01-06T10:03:00+01:00", {3, 4, 5}),
        ("createdon gt 2025-01-06", {0, 1, 2, 3, 4, 5}),
        ("createdon gt 2025-01-07", set()),
        ("_primarycontactid_value eq null", {0, 1, 4, 5}),
        ("_primarycontactid_value ne null", {2, 3}),
        ("primarycontactid/emailaddress1 eq 'MIRA@fabrikam.example'", {2, 3}),
        ("primarycontactid/lastname eq null", {0, 1, 4, 5}),
        ("contains(primarycontactid/fullname,'ira nov')", {2, 3}),
        (f"accountid eq {ABSENT}", set()),
        ("accountnumber eq 'c-2' or accountnumber eq 'C-4'", {2, 4}),
        ("Microsoft.Dynamics.CRM.In(PropertyName='accountnumber',PropertyValues=['C-1','c-3'])", {1, 3}),
        ("Microsoft.Dynamics.CRM.In(PropertyName='accountnumber',PropertyValues=['C-1'])", {1}),
        ("Microsoft.Dynamics.CRM.In(PropertyName='numberofemployees',PropertyValues=['10','20'])", {1, 2}),
        ("Microsoft.Dynamics.CRM.In(PropertyName='name',PropertyValues=['[x]','adatum'])", {0}),
        ('Microsoft.Dynamics.CRM.In(PropertyName=\'accountnumber\',PropertyValues=["C-1","c-3"])', {1, 3}),
        ("Microsoft.Dynamics.CRM.In(PropertyName='name',PropertyValues=[\"[x]\",'adatum'])", {0}),
        ("Microsoft.Dynamics.CRM.In(PropertyName='name',PropertyValues=[\"it's, x\"])", set()),
        ('Microsoft.Dynamics.CRM.Between(PropertyName=\'numberofemployees\',PropertyValues=["10","30"])', {1, 2, 3}),
        ("Microsoft.Dynamics.CRM.NotIn(PropertyName='accountnumber',PropertyValues=['C-1'])", {0, 2, 3, 4, 5}),
        ("Microsoft.Dynamics.CRM.Between(PropertyName='numberofemployees',PropertyValues=['10','30'])", {1, 2, 3}),
        ("Microsoft.Dynamics.CRM.In(PropertyName='statecode',PropertyValues=['1'])", {0}),
    ],
)
def test_filters(probe: Probe, text: str, places: set[int]) -> None:
    """Text is compared without letter case and trailing spaces; null is never more or less than anything."""
    assert found(probe.get(f"accounts?$select=accountnumber&$filter={text}")) == places


@pytest.mark.parametrize(
    ("text", "status", "code"),
    [
        ("Name eq 'A'", 400, "0x80060888"),
        ("primarycontactid eq null", 400, "0x80060888"),
        ("nothing/name eq 'A'", 400, "0x80060888"),
        ("primarycontactid/name eq 'A'", 400, "0x80060888"),
        ("authvalue eq 'A'", 400, "0x80060888"),
        ("name EQ 'A'", 400, "0x80060888"),
        ("name eq 'A' AND name eq 'B'", 400, "0x80060888"),
        ("name eq NULL", 400, "0x80060888"),
        ("msdyn_onetimecustomer eq True", 400, "0x80060888"),
        ("name in ('A','B')", 400, "0x80060888"),
        ("name eq A", 400, "0x80060888"),
        ('name eq "A"', 400, "0x80060888"),
        ("name eq 'O'Hara'", 400, "0x80060888"),
        ("name eq", 400, "0x80060888"),
        ("", 400, "0x80060888"),
        ("name", 400, "0x80060888"),
        ("msdyn_onetimecustomer", 400, "0x80060888"),
        ("name eq 5", 400, "0x80060888"),
        ("numberofemployees eq '5'", 400, "0x80060888"),
        ("customertypecode eq '3'", 400, "0x80060888"),
        ("_primarycontactid_value eq 'b1f2c3d4-5e6f-4f11-a671-000d3a33cc10'", 400, "0x80060888"),
        ("msdyn_onetimecustomer eq 1", 400, "0x80060888"),
        ("createdon eq '2025-01-06'", 400, "0x80060888"),
        ("createdon eq 2025-01-06T09:01:00", 400, "0x80060888"),
        ("contains(numberofemployees,'1')", 400, "0x80060888"),
        ("contains(name,5)", 400, "0x80060888"),
        ("Contains(name,'a')", 400, "0x80060888"),
        ("substringof('a',name)", 400, "0x80060888"),
        ("year(createdon) eq 2025", 400, "0x80060888"),
        ("tolower(name) eq 'a'", 400, "0x80060888"),
        ("numberofemployees add 1 eq 2", 400, "0x80060888"),
        ("accounts/any(a:a/name eq 'A')", 501, "0x8006088a"),
        ("Microsoft.Dynamics.CRM.LastXDays(PropertyName='createdon',PropertyValue=3)", 501, "0x8006088a"),
        ("Microsoft.Dynamics.CRM.In(PropertyName='nothing',PropertyValues=['A'])", 400, "0x80041103"),
        ("Microsoft.Dynamics.CRM.In(PropertyName='name')", 400, "0x80060888"),
        ("Microsoft.Dynamics.CRM.Between(PropertyName='numberofemployees',PropertyValues=['1'])", 400, "0x80060888"),
        ("Other.In(PropertyName='name',PropertyValues=['A'])", 400, "0x80060888"),
    ],
)
def test_bad_filters(probe: Probe, text: str, status: int, code: str) -> None:
    """What the service would not understand is refused, not guessed at."""
    assert probe.get(f"accounts?$filter={text}").refusal == (status, code)
    assert probe.get(f"accounts/$count?$filter={text}").refusal == (status, code)


def test_message_of_a_wrong_property(probe: Probe) -> None:
    """The refusal names property and type."""
    for option in ("$filter=Name eq 'A'", "$select=Name", "$orderby=Name", "$expand=Name"):
        said = probe.get(f"accounts?{option}")
        assert said.refusal == (400, "0x80060888")
        assert said.message == "Could not find a property named 'Name' on type 'Microsoft.Dynamics.CRM.account'."


def test_long_filters(probe: Probe) -> None:
    """Hundreds of terms are no trouble, and an indexed column gives what a scan gives."""
    codes = " or ".join(f"accountnumber eq 'C-{place}'" for place in range(500))
    texts = " or ".join(f"fax eq '{place}'" for place in range(500))
    assert found(probe.get(f"accounts?$filter=({codes}) and statecode eq 0")) == {1, 2, 3, 4, 5}
    assert found(probe.get(f"accounts?$filter={texts} or name eq 'Adatum'")) == {0}


@pytest.mark.parametrize(
    "option",
    [
        "$skip=1",
        "$search=x",
        "$format=json",
        "$Select=name",
        "$FILTER=name eq 'A'",
        "select=name",
        "$select=name&$select=fax",
        "$select=",
        "$select=name,",
        "$select=*",
        "$select=primarycontactid",
        "$top=-1",
        "$top=x",
        "$count=yes",
        "$count=True",
        "$orderby=name ASC",
        "$orderby=name sideways",
        "$orderby=primarycontactid",
        "$orderby=primarycontactid/nothing",
        "$skiptoken=1",
        '$skiptoken=<cookie pagenumber="2" pagingcookie="" istracking="False" />x',
        "tag=koppel",
        "nothing=1",
    ],
)
def test_bad_options(probe: Probe, option: str) -> None:
    """Option names are exact, and what the service does not know is refused."""
    assert probe.get(f"accounts?{option}").refusal == (400, "0x80060888")


@pytest.mark.parametrize(
    "option", ["$apply=groupby((name))", "fetchXml=<fetch/>", "savedQuery=1", "sql=SELECT 1", "$filter=a&@p=1"]
)
def test_left_out_options(probe: Probe, option: str) -> None:
    """What the real service has and the twin has not is named."""
    said = probe.get(f"accounts?{option}")
    assert said.refusal == (501, "0x8006088a")
    assert said.message.startswith("The twin does not implement ")


def test_choosing_columns(probe: Probe) -> None:
    """Chosen columns come back with id and version, and the context lists what was chosen."""
    said = probe.get("accounts?$select=name,_primarycontactid_value")
    assert said.json["@odata.context"].endswith("$metadata#accounts(name,_primarycontactid_value)")
    assert all(set(row) == {"@odata.etag", "name", "_primarycontactid_value", "accountid"} for row in said.rows)


def test_no_choice_means_all(probe: Probe) -> None:
    """Without a choice every readable column comes back."""
    said = probe.get("accounts")
    assert said.json["@odata.context"].endswith("$metadata#accounts")
    assert set(probe.twin.environment.table("accounts").definition.readable) < set(said.rows[0])


def test_secrets_are_not_read(probe: Probe) -> None:
    """A write-only column is neither returned nor chosen."""
    probe.webhook("Create", "account")
    row = probe.get("serviceendpoints").rows[0]
    assert "authvalue" not in row
    assert row["isauthvalueset"] is True
    assert probe.get("serviceendpoints?$select=authvalue").refusal == (400, "0x80060888")
    assert probe.get(f"serviceendpoints({row['serviceendpointid']})/authvalue").status == 400


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("name", [5, 0, 1, 2, 3, 4]),
        ("name desc", [4, 3, 2, 1, 0, 5]),
        ("numberofemployees desc", [5, 4, 3, 2, 1, 0]),
        ("statecode desc,numberofemployees asc", [0, 1, 2, 3, 4, 5]),
        ("createdon", [0, 1, 2, 3, 4, 5]),
        ("primarycontactid/lastname desc,name", [2, 3, 5, 0, 1, 4]),
    ],
)
def test_ordering(probe: Probe, text: str, places: list[int]) -> None:
    """Nulls come first, text is ordered without letter case, lookups lead to other columns."""
    rows = probe.get(f"accounts?$select=accountnumber&$orderby={text}").rows
    assert [int(row["accountnumber"][2:]) for row in rows] == places


def test_default_order(probe: Probe) -> None:
    """Without an order rows come by id."""
    ids = [row["accountid"] for row in probe.get("accounts").rows]
    assert ids == sorted(ids)


def test_top(probe: Probe) -> None:
    """$top limits the result and gives no next link; a page size makes it count for nothing."""
    said = probe.get("accounts?$top=2")
    assert len(said.rows) == 2
    assert "@odata.nextLink" not in said.json
    assert probe.get("accounts?$top=0").rows == []
    assert len(probe.get("accounts?$top=2", prefer="odata.maxpagesize=5").rows) == 5


def test_expanding(probe: Probe) -> None:
    """The row behind a lookup stands inside, with its own choice of columns; nothing behind it is null."""
    target = "accounts?$select=name&$expand=primarycontactid($select=lastname)&$filter=accountnumber eq 'C-2'"
    said = probe.get(target)
    assert said.json["@odata.context"].endswith("#accounts(name,primarycontactid(lastname))")
    inner = said.rows[0]["primarycontactid"]
    assert set(inner) == {"@odata.etag", "lastname", "contactid"}
    assert probe.get(target.replace("C-2", "C-1")).rows[0]["primarycontactid"] is None


def test_expanding_further(probe: Probe) -> None:
    """Lookups of lookups expand too."""
    nested = "primarycontactid($select=lastname;$expand=ownerid($select=fullname),createdby($select=fullname))"
    row = probe.get(f"accounts?$select=name&$expand={nested},createdby&$filter=accountnumber eq 'C-2'").rows[0]
    assert row["primarycontactid"]["ownerid"]["fullname"] == "anna"
    assert row["createdby"]["fullname"] == "anna"


def test_expanding_the_other_target(probe: Probe) -> None:
    """A lookup that points elsewhere expands to null."""
    account = probe.twin.rows("accounts")[0]["accountid"]
    probe.created("contacts", lastname="Z", **{"parentcustomerid_account@odata.bind": f"/accounts({account})"})
    expand = "$expand=parentcustomerid_contact,parentcustomerid_account"
    row = probe.get(f"contacts?{expand}&$filter=lastname eq 'Z'").rows[0]
    assert row["parentcustomerid_contact"] is None
    assert row["parentcustomerid_account"]["accountid"] == account


@pytest.mark.parametrize(
    "text",
    [
        "PrimaryContactId",
        "_primarycontactid_value",
        "primarycontactid($select=Lastname)",
        "primarycontactid($top=1)",
        "primarycontactid($orderby=lastname)",
        "primarycontactid($filter=lastname eq 'A')",
        "primarycontactid($select=lastname",
        "primarycontactid($select=lastname;$select=firstname)",
        "",
    ],
)
def test_bad_expansions(probe: Probe, text: str) -> None:
    """Expansions take known names and $select and $expand only."""
    assert probe.get(f"accounts?$expand={text}").refusal == (400, "0x80060888")


def test_most_expansions(probe: Probe) -> None:
    """At most 15 expansions, nested ones counted."""
    names = list(probe.twin.environment.table("accounts").definition.navigations)[:15]
    assert probe.get(f"accounts?$expand={','.join(names)}").status == 200
    nested = ",".join([*names[:14], "primarycontactid($expand=createdby)"])
    assert probe.get(f"accounts?$expand={nested}").refusal == (400, "0x80060888")


def test_counting(probe: Probe) -> None:
    """The count is that of all matches; as a path it is plain text behind a byte order mark."""
    assert probe.get("accounts?$count=true&$top=1").json["@odata.count"] == 6
    assert "@odata.count" not in probe.get("accounts?$count=false").json
    said = probe.get("accounts/$count?$filter=numberofemployees gt 20")
    assert said.answer.body == b"\xef\xbb\xbf3"
    assert said.headers["content-type"] == "text/plain"
    assert probe.get("accounts/$count?$top=1").refusal == (400, "0x80060888")
    total = probe.get("RetrieveTotalRecordCount(EntityNames=['account','contact'])").json
    assert total["EntityRecordCountCollection"]["Values"] == [6, 1]
    assert probe.get("RetrieveTotalRecordCount(EntityNames=['accounts'])").refusal == (400, "0x80041102")


def test_counts_are_capped(probe: Probe) -> None:
    """A count stops at 5,000; annotations tell that there is more."""
    probe.twin.load("cdm_companies", [{"cdm_name": str(number)} for number in range(5001)])
    said = probe.get("cdm_companies?$count=true&$top=1", prefer='odata.include-annotations="*"')
    assert said.json["@odata.count"] == 5000
    assert said.json["@Microsoft.Dynamics.CRM.totalrecordcount"] == 5000
    assert said.json["@Microsoft.Dynamics.CRM.totalrecordcountlimitexceeded"] is True
    assert probe.get("cdm_companies/$count").answer.body == b"\xef\xbb\xbf5000"


@pytest.mark.parametrize(
    ("prefer", "applied"),
    [
        ('odata.include-annotations="*"', 'odata.include-annotations="*"'),
        ('odata.maxpagesize=3, odata.include-annotations="a,b"', 'odata.maxpagesize=3,odata.include-annotations="a,b"'),
        ("respond-async", None),
        ("return=representation", None),
    ],
)
def test_applied_preferences(probe: Probe, prefer: str, applied: str | None) -> None:
    """The answer names the preferences it followed."""
    assert probe.get("accounts", prefer=prefer).headers.get("preference-applied") == applied


def test_visibility(probe: Probe) -> None:
    """On order a change can be read only after a while; until then reads give what was there before."""
    probe.twin.behaviour.visible_after = 5
    row_id = probe.created("accounts", name="New", accountnumber="C-9")
    assert probe.get(f"accounts({row_id})").status == 404
    assert 9 not in found(probe.get("accounts"))
    probe.pass_time(5)
    assert 9 in found(probe.get("accounts?$filter=accountnumber eq 'C-9'"))
    probe.patch(f"accounts({row_id})", {"name": "Newer"})
    old = probe.get(f"accounts({row_id})")
    assert old.json["name"] == "New"
    assert probe.patch(f"accounts({row_id})", {"fax": "1"}, if_match=old.headers["etag"]).status == 412
    probe.pass_time(5)
    assert probe.get(f"accounts({row_id})").json["name"] == "Newer"


def test_equal_values_of_any_kind(probe: Probe) -> None:
    """Columns can be compared with each other."""
    probe.created("contacts", firstname="Sam", lastname="SAM")
    assert [row["fullname"] for row in probe.get("contacts?$filter=firstname eq lastname").rows] == ["Sam SAM"]
