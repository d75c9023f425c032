"""What is found wrong with one line of a map, held against the schemas."""

from __future__ import annotations

import pytest

from shared.mapping import KeyPath, Lookup, Problem
from tests.unit.mapping.maps import GROUP, KEY, built, map_text, number_of, one, problems

TERM = "PaymentTerms = msdyn_paymentterm.msdyn_name"
NO_INITIAL = "a lookup takes a default, and no value for new records only"


def found(line: str, **head: str) -> Problem:
    """The only finding about a map with this line, at the place where it stands, with a remedy."""
    text = map_text(KEY, GROUP, line, **head)
    (problem,) = problems(text)
    in_a_list = problem.field.startswith("values.")
    assert (problem.file, problem.line) == ("base.yaml", number_of(text, "values:" if in_a_list else line))
    assert problem.remedy
    assert in_a_list or problem.field == " ".join(line.split()[:3])
    return problem


# -- fields


@pytest.mark.parametrize(
    ("line", "code", "what"),
    [
        ("Nothing = name", "DIPV1022", "CustomersV3 has no field 'Nothing'"),
        ("Nothing << - default x", "DIPV1022", "CustomersV3 has no field 'Nothing'"),
        ("OrganizationName = nothing", "DIPV1025", "accounts has no column 'nothing'"),
        ("- >> nothing default x", "DIPV1025", "accounts has no column 'nothing'"),
        ("- = name", "DIPV1021", "has no ERP field"),
        ("- > name", "DIPV1021", "has no ERP field"),
        ("- >> name", "DIPV1021", "has no ERP field"),
        ("- << name default x", "DIPV1021", "has no ERP field"),
        ("OrganizationName > -", "DIPV1024", "has no Dataverse column"),
        ("OrganizationName << -", "DIPV1024", "has no Dataverse column"),
        ("OrganizationName >> - default x", "DIPV1024", "has no Dataverse column"),
        ("- >> - default x", "", "has no field on either side"),
        ("IsOneTimeCustomer >> merged yes_no", "DIPV1011", "merged is read-only"),
        ("IsOneTimeCustomer >< merged yes_no", "DIPV1011", "merged is read-only"),
        ("VendorAccount > masterid.accountnumber", "DIPV1011", "masterid is read-only"),
    ],
)
def test_fields(line: str, code: str, what: str) -> None:
    """Both fields exist, a direction has a source and a target, and nothing is written to a read-only field."""
    problem = found(line)
    assert (problem.code, problem.what) == (code, what)


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("OrganizationName = creditlimit", "OrganizationName is a text, creditlimit is a currency amount"),
        ("CreditLimit = name", "CreditLimit is a decimal number, name is a text"),
        ("CreditLimit > numberofemployees", "CreditLimit is a decimal number, numberofemployees is a whole number"),
        (
            "OrganizationNumberOfEmployees = creditlimit",
            "OrganizationNumberOfEmployees is a whole number, creditlimit is a currency amount",
        ),
        ("OnHoldStatus = msdyn_onholdstatus", "OnHoldStatus is an enum, msdyn_onholdstatus is a choice"),
        (
            "IsOneTimeCustomer > msdyn_onetimecustomer",
            "IsOneTimeCustomer is an enum, msdyn_onetimecustomer is yes or no",
        ),
        (
            "CreditLimit = msdyn_paymentterm.msdyn_name",
            "CreditLimit is a decimal number, msdyn_paymentterms.msdyn_name is a text",
        ),
        ("OrganizationName < modifiedon", "OrganizationName is a text, modifiedon is a date and time"),
    ],
)
def test_types(line: str, what: str) -> None:
    """Fields of unlike types are not copied; the finding names both types."""
    problem = found(line)
    assert (problem.code, problem.what) == ("DIPV1030", what)


@pytest.mark.parametrize(
    "line",
    [
        "CREDITLIMIT = CreditLimit",
        "CreditRating = msdyn_creditrating",
        "SalesMemo = description",
        "OrganizationNumberOfEmployees > creditlimit",
        "IsOneTimeCustomer << merged yes_no",
        "PaymentTerms = MSDYN_PAYMENTTERM.MSDYN_NAME",
    ],
)
def test_sound(line: str) -> None:
    """Like types, names in any letter case, wider targets and reading from read-only fields are fine."""
    assert one(line).name == " ".join(line.split()[:3])


# -- lookups


@pytest.mark.parametrize(
    ("column", "what"),
    [
        ("msdyn_paymentterm.nothing", "msdyn_paymentterms has no column 'nothing'"),
        ("primarycontactid.nothing.msdyn_name", "contacts has no column 'nothing'"),
        ("primarycontactid.lastname.msdyn_name", "contacts.lastname is not a lookup"),
        ("name.first", "accounts.name is not a lookup; name only the column"),
        (
            "primarycontactid.Account(accountnumber)",
            "primarycontactid does not point to Account; it points to contacts",
        ),
        ("primarycontactid.Contact(nothing)", "contacts has no column 'nothing'"),
        ("primarycontactid.Contact(lastname).more", "'more' is not Table(key)"),
        ("msdyn_paymentterm", "accounts.msdyn_paymentterm is a lookup"),
    ],
)
def test_lookup_keys(column: str, what: str) -> None:
    """A lookup is dotted down to a key that exists."""
    problem = found(f"CreditRating < {column}")
    assert problem.code == "DIPV1027"
    assert f"{problem.what}; {problem.remedy}".startswith(what)


@pytest.mark.parametrize(
    "text",
    [
        "SalesCurrencyCode = transactioncurrencyid.transactioncurrencyid",
        "SalesCurrencyCode < transactioncurrencyid.transactioncurrencyid",
        "SalesCurrencyCode > transactioncurrencyid.exchangerate",
        "CreditRating < primarycontactid.parentcustomerid",
        "CreditRating < primarycontactid.parentcustomerid.accountid",
    ],
)
def test_key_that_holds_no_code(text: str) -> None:
    """What a lookup goes by must be able to hold what the ERP's field holds: no id, no number, no other lookup."""
    problem = found(text)
    assert (problem.code, problem.remedy.startswith("name the column of")) == ("DIPV1030", True)


def test_dotted_column_that_is_missing() -> None:
    """A lookup column that does not exist is a missing column, dotted or not."""
    assert found("CreditRating = nothing.key").code == "DIPV1025"


@pytest.mark.parametrize("symbol", ["=", ">", ">>"])
def test_hops_are_read_only(symbol: str) -> None:
    """A lookup over several tables cannot be written."""
    problem = found(f"CreditRating {symbol} primarycontactid.parentcustomerid.accountnumber")
    assert (problem.code, problem.what) == ("DIPV1027", "a lookup over several tables can only be read")


def test_key_and_flow() -> None:
    """A lookup goes by its key or by a flow, not by both."""
    assert found("PaymentTerms = msdyn_paymentterm.nonsense via dual_write.terms_of_payment").remedy


@pytest.mark.parametrize(
    ("column", "paths"),
    [
        ("msdyn_company.cdm_companycode", (KeyPath("cdm_companies", "cdm_companycode"),)),
        ("parentcustomerid.accountnumber", (KeyPath("accounts", "accountnumber"),)),
        ("parentcustomerid.Contact(MSDYN_CONTACTPERSONID)", (KeyPath("contacts", "msdyn_contactpersonid"),)),
        (
            "parentcustomerid.Account(accountnumber).Contact(msdyn_contactpersonid)",
            (KeyPath("accounts", "accountnumber"), KeyPath("contacts", "msdyn_contactpersonid")),
        ),
        (
            "parentcustomerid.primarycontactid.msdyn_contactpersonid",
            (KeyPath("accounts", "msdyn_contactpersonid", ("primarycontactid",)),),
        ),
    ],
)
def test_paths(column: str, paths: tuple[KeyPath, ...]) -> None:
    """A lookup resolves by key, over hops, or by the first of several tables that has the code."""
    lines = ("CustomerAccount = msdyn_contactpersonid", GROUP, f"InvoiceAccount < {column} ; deferred")
    flow = built(map_text(*lines, dataverse="{table: contacts}"))
    assert flow.lines[1].lookup == Lookup(paths)


@pytest.mark.parametrize("symbol", ["=", ">"])
def test_an_owner_is_given_on_create_only(symbol: str) -> None:
    """Assigning cascades: a line that would assign a row again and again is refused; one on create is not."""
    line = f"SalesMemo {symbol} ownerid.Team(name)"
    assert found(line).what == "assigning a row assigns what hangs on it, so an owner is given on create only"
    assert one(f"{line} ; create").lookup == Lookup((KeyPath("teams", "name"),))
    assert one("SalesMemo < ownerid.SystemUser(employeeid)").to_erp


@pytest.mark.parametrize(
    ("line", "remedy"),
    [
        ("OnHoldStatus >< statecode hold", "add the option update: it is then written to rows that are there already"),
        ("- >> statecode default 1", "drop the line: a constant is given on create"),
    ],
)
def test_a_column_that_dataverse_refuses_on_create(line: str, remedy: str) -> None:
    """A create that carries it would fail, every time."""
    problem = found(line, values="{hold: {No: 0, All: 1}}")
    assert (problem.what, problem.remedy) == ("Dataverse refuses statecode on create", remedy)


def test_a_column_that_is_written_to_rows_that_are_there() -> None:
    """With the option update it is left out of creates; read only, it goes to the ERP as ever."""
    lists = "{hold: {No: 0, All: 1}}"
    assert not one("OnHoldStatus >< statecode hold ; update", values=lists).create
    assert one("OnHoldStatus << statecode hold", values=lists).to_erp


def test_via() -> None:
    """A lookup may go by the coupling of a flow."""
    assert one("PaymentTerms = msdyn_paymentterm via dual_write.terms").lookup == Lookup((), ("dual_write.terms",))


# -- value maps


@pytest.mark.parametrize(
    ("line", "values", "code", "what"),
    [
        ("OrganizationName >< name", "", "", ">< needs a value map"),
        ("OnHoldStatus >< msdyn_onholdstatus nothing", "", "", "no value map 'nothing'"),
        ("OnHoldStatus >< msdyn_onholdstatus h", "{h: {No: 806380000, All: 806380000}}", "DIPV1029", "several members"),
        ("OnHoldStatus << msdyn_onholdstatus h", "{h: {No: 806380000, All: 806380000}}", "DIPV1029", "several members"),
        ("CreditRating >< msdyn_creditrating h", "{h: {A: one, B: ONE}}", "DIPV1029", "several members"),
        ("CreditRating >< msdyn_creditrating h", "{h: {A: '', '': ''}}", "DIPV1029", "several members"),
        ("OnHoldStatus >> msdyn_onholdstatus h", "{h: {Perhaps: 806380000}}", "DIPV1030", "'Perhaps' is not a value"),
        ("OnHoldStatus >> msdyn_onholdstatus h", "{h: {No: 806389999}}", "DIPV1030", "'806389999' is not a value"),
        ("OnHoldStatus >> msdyn_onholdstatus h", "{h: {No: Inactive}}", "DIPV1030", "'Inactive' is not a value"),
        ("IsOneTimeCustomer >> msdyn_onetimecustomer h", "{h: {No: 0}}", "DIPV1030", "'0' is not a value"),
        ("OnHoldStatus >> msdyn_onholdstatus h", "{h: {No: 806380000, NO: 806380001}}", "DIPV1029", "twice"),
        ("OrganizationNumberOfEmployees >< numberofemployees h", "{h: {1: 1, 1.0: 2}}", "DIPV1029", "twice"),
        (
            "OrganizationNumberOfEmployees >< numberofemployees h",
            "{h: {1: 5, 2: 05}}",
            "DIPV1029",
            "one Dataverse value",
        ),
        ("OrganizationNumberOfEmployees >> numberofemployees h", "{h: {1: -5}}", "DIPV1030", "outside"),
        ("OnHoldStatus >> fax h", f"{{h: {{No: {'x' * 60}}}}}", "DIPV1030", "characters"),
        ("PaymentTerms >< msdyn_paymentterm.msdyn_name h", "{h: {A: B}}", "", "lookup"),
    ],
)
def test_value_maps(line: str, values: str, code: str, what: str) -> None:
    """A value map exists, is one-to-one where it flows back, and holds values that both fields know."""
    problem = found(line, values=values)
    assert problem.code == code
    assert what in problem.what


def test_many_to_one() -> None:
    """Several members may share one target where nothing flows back."""
    assert one("OnHoldStatus >> msdyn_onholdstatus h", values="{h: {No: 806380000, All: 806380000}}").to_dataverse


# -- defaults, constants, options


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("- >> customertypecode default 99", "'99' is not a choice that customertypecode takes"),
        ("- >> customertypecode initial Customer", "'Customer' is not a choice that customertypecode takes"),
        ("CreditLimitIsMandatory << - default Maybe", "'Maybe' is not a enum that CreditLimitIsMandatory takes"),
        ("CreditLimit << - default much", "'much' is not a decimal that CreditLimit takes"),
        ("CreditLimit << - default Infinity", "'Infinity' is not a decimal that CreditLimit takes"),
        ("- >> msdyn_onetimecustomer default yes", "'yes' is not a bool that msdyn_onetimecustomer takes"),
        ("- >> msdyn_paymentterm.msdyn_name initial 10", NO_INITIAL),
        ("PaymentTerms >< msdyn_paymentterm.msdyn_name yes_no", "a lookup takes no value map"),
        ("- >> msdyn_paymentterm.msdyn_name default $term", "'$term' is not listed under constants:"),
        ("PaymentTerms = msdyn_paymentterm.msdyn_name initial 10", NO_INITIAL),
        (
            f"PaymentTerms > msdyn_paymentterm.msdyn_name default {'x' * 99}",
            f"'{'x' * 99}': the text has 99 characters, PaymentTerms takes 10",
        ),
        (
            "PaymentTerms < primarycontactid.parentcustomerid.accountnumber default 10",
            "a lookup over another row takes no default",
        ),
        ("OrganizationName > name default $nothing", "'$nothing' is not listed under constants:"),
        ("CreditLimit > creditlimit default $limit", "'much' is not a money that creditlimit takes"),
        ("LanguageId << - default $nothing", "'$nothing' is not listed under constants:"),
        ("CreditLimit << - default $limit", "'much' is not a decimal that CreditLimit takes"),
    ],
)
def test_constants(line: str, what: str) -> None:
    """A value that the map supplies fits the field it is written to."""
    assert found(line, constants="{limit: {usmf: 5, '*': much}}").what == what


@pytest.mark.parametrize(
    "line",
    [
        "LanguageId << - default portuguese",
        "PaymentTermsBaseDays << - default 1.5",
        "PaymentTermsBaseDays << - default 2147483648",
        "- >> address1_latitude default 90.5",
        "- >> creditlimit default -1",
    ],
)
def test_constants_and_limits(line: str) -> None:
    """A value that the map supplies keeps the length, range and kind of the field it is written to."""
    assert found(line).remedy


def test_initial_value_by_company_with_a_source() -> None:
    """Each is held against the field that it is written to."""
    line, long = "OrganizationName > name initial $c", "x" * 200
    flow = built(map_text(KEY, GROUP, line, constants="{c: {USMF: y, '*': x}}"))
    assert [flow.lines[1].begin("dataverse", company) for company in ("usmf", "DEMF")] == ["y", "x"]
    assert "200 characters" in found(line, constants=f"{{c: {{USMF: y, '*': {long}}}}}").what


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("OrganizationName = name ; deferred", "only a lookup can be deferred"),
        ("LanguageId << - default x ; deferred", "only a lookup can be deferred"),
        ("LanguageId << - default x ; missing keep", "only a lookup can be missing"),
        ("OrganizationName = name ; assigned erp", "OrganizationName is not numbered by the ERP"),
        ("OrganizationName = name ; create, update", "is for create only and for update only"),
        (
            "PaymentTerms = msdyn_paymentterm.msdyn_name ; create, deferred",
            "is for create only, and deferred until after it",
        ),
        ("OrganizationName = name initial x ; update", "is for update only, and has a value for new records"),
        ("OrganizationName = name default x ; blank keep", "keeps out the blank that its default fills"),
        ("OrganizationName = name ; missing keep", "only a lookup can be missing"),
    ],
)
def test_options(line: str, what: str) -> None:
    """An option stands only where it means something (bc-041: what is done about a missing row, on a lookup alone)."""
    assert found(line).what == what


@pytest.mark.parametrize("option", ["create", "update", "blank keep", "conflict park", "assigned erp"])
def test_options_of_constants(option: str) -> None:
    """A constant knows `enforced`, `off` and `if`; for new records only it is `initial`."""
    assert found(f"- >> customertypecode default 3 ; {option}").remedy


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("OrganizationName = name ; enforced", "only a constant can be enforced, and this line has a source"),
        ("OrganizationName = name default x ; enforced", "only a constant can be enforced, and this line has a source"),
        ("- >> customertypecode initial 3 ; enforced", "is for new records only, and enforced"),
        (
            "PartyType << - default Person ; enforced",
            "PartyType is taken on create only, so that it cannot be enforced",
        ),
    ],
)
def test_what_cannot_be_enforced(line: str, what: str) -> None:
    """What is kept is a constant, and its field is one that can be written again."""
    assert found(line).what == what


@pytest.mark.parametrize(
    "column",
    [
        "msdyn_billingaccount.accountnumber",
        "msdyn_billingaccount via dual_write.customers",
    ],
)
def test_deferred(column: str) -> None:
    """Every lookup can be deferred."""
    assert one(f"InvoiceAccount = {column} ; deferred").deferred


def test_line_options() -> None:
    """Options arrive on the built line; what is not written is wait, clear and both create and update."""
    plain, given = one(TERM), one(f"{TERM} ; missing keep, blank keep, deferred, conflict park")
    assert (plain.missing, plain.blank, plain.deferred, plain.conflict) == ("wait", "clear", False, "")
    assert (given.missing, given.blank, given.deferred, given.conflict) == ("keep", "keep", True, "park")


@pytest.mark.parametrize(
    ("option", "create", "update"), [("", True, True), ("; create", True, False), ("; update", False, True)]
)
def test_create_and_update(option: str, create: bool, update: bool) -> None:
    """A line is for create and update unless it says for which."""
    line = one(f"{TERM} {option}")
    assert (line.create, line.update) == (create, update)


HOLDS = "OnHoldStatus = msdyn_onholdstatus h; as caseless"


@pytest.mark.parametrize(
    ("line", "what"),
    [
        (
            "CreditLimit = creditlimit ; as digits",
            "only texts are compared as digits, and CreditLimit is a decimal number",
        ),
        (
            f"{TERM} ; as caseless",
            "only texts are compared as caseless, and PaymentTerms is a code, whose letter case does not count anyway",
        ),
        (HOLDS, "a value map says what it means, and nothing is compared as caseless"),
        (
            "SalesMemo >> description fn upper; as caseless",
            "a function says what it means, and nothing is compared as caseless",
        ),
        ("- >> description default x; as caseless", "as means nothing to a constant"),
    ],
)
def test_what_is_compared_otherwise(line: str, what: str) -> None:
    """Only a text that is carried over as it is may be compared in another way."""
    assert found(line, values="{h: {No: 806380000, Invoice: 806380001}}").what == what


def test_what_tells_records_apart_is_compared_as_it_is() -> None:
    """A field that matches is looked for as it stands."""
    line = "OrganizationName = name ; as caseless"
    told = found(line, match="[[CustomerAccount, OrganizationName]]").what
    assert told == "OrganizationName tells records apart: it is compared as it is"


@pytest.mark.parametrize(
    ("line", "what"),
    [
        (f"{TERM} ; private", "a reference is not private: what waits for it says its code"),
        (
            "OrganizationName = name ; private",
            "OrganizationName is what the record is known by, and shown wherever it is",
        ),
        ("- >> description default x; private", "private means nothing to a constant"),
    ],
)
def test_what_cannot_be_private(line: str, what: str) -> None:
    """Neither a reference, nor what a record is called or found by, nor what stands in the map itself."""
    assert found(line, name="[OrganizationName]" if line.startswith("Org") else "").what == what


def test_a_private_line_is_known_as_such() -> None:
    assert one("SalesMemo = description ; private").private
    assert not one("SalesMemo = description").private
