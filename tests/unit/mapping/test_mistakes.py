"""What consultants get wrong, and the sentence that tells them: what is wrong where, and what to write instead."""

from __future__ import annotations

import pytest

from shared.errors import MapError
from shared.mapping import parse_document
from tests.unit.mapping.maps import GROUP, KEY, customers, map_text, number_of, problems

ERP = "{{system: finops, entity: CustomersV3, identity: [dataAreaId, CustomerAccount], {}}}"
ONE_OF_HOLD = "write one of 806380000 (No), 806380001 (Invoice), 806380002 (All), 806380003 (Payment), "
QUOTE = "put a value with a blank, a comma, a semicolon or a # in single quotes: default 'a, b'"


def said(text: str, *overlays: str) -> str:
    """The only finding about a map and its overlays, without where it is."""
    (problem,) = problems(text, *overlays)
    return f"{problem.what}; {problem.remedy}"


# -- filters

FILTERS = [
    ("customertypecode in 1, 3", ("'in' needs values in parentheses; "
         "write customertypecode in (1, 3), or customertypecode in ('a', 'b')")),
    ("customertypecode in ()", ("'in' needs values in parentheses; "
         "write customertypecode in (1, 3), or customertypecode in ('a', 'b')")),
    ("customertypecode in (Customer, 8)",
     "Customer is a label of customertypecode; write its value: customertypecode eq 3"),
    ("customertypecode in (3, 99)", ("'99' is not a value of customertypecode, which is a choice; "
         "write one of 1 (Competitor), 2 (Consultant), 3 (Customer), 4 (Investor), 5 (Partner), 6 (Influencer), "
         "7 (Press), 8 (Prospect), 9 (Reseller), 10 (Supplier), 11 (Vendor), 12 (Other)")),
    ("createdon last 30 days", "'last' is no operator of a filter; write createdon ge today - 30 days"),
    ("createdon in the last 7 days", "'last' is no operator of a filter; write createdon ge today - 7 days"),
    ("createdon ge today - 3 months", "a filter counts days, not months; write today - 90 days"),
    ("createdon ge now()", "'now' is no value of a filter; write a day: createdon ge today, or today - 30 days"),
    ("primarycontactid.lastnam eq 'x'",
     "contacts has no column 'lastnam'; write lastname if that is meant, or add it to the schema"),
    ("telephone1.lastname eq 'x'", "accounts.telephone1 is not a lookup; name only the column"),
    ("primarycontactid.msdyn_company.cdm_companycode eq 'x'", (
         "primarycontactid.msdyn_company.cdm_companycode goes over several rows; "
         "compare a column of the row that primarycontactid points to")),
    ("primarycontactid/msdyn_company eq null", (
         "primarycontactid.msdyn_company is a lookup, too: a filter looks into one row; "
         "compare primarycontactid itself with an id, or a column of accounts")),
    ("ownerid.name eq 'x'", ("ownerid points to rows of several tables: systemusers, teams; "
         "compare ownerid itself with an id, or a column of accounts")),
    ("msdyn_company_account.name eq 'x'", (
         "accounts has no column 'msdyn_company_account'; write msdyn_company if that is meant, "
         "or add it to the schema")),
    ("createdon eq today", "createdon is compared by eq with a day that moves; use ge, gt, le or lt"),
    ("name ge today", "name is compared with a day, and is a text; compare a date, or a date and time, with today"),
    ("customertypecode = 3", "'=' is no operator of a filter; use eq: customertypecode eq 3"),
    ("customertypecode == 3", "'==' is no operator of a filter; use eq: customertypecode eq 3"),
    ("customertypecode != 3", "'!=' is no operator of a filter; use ne: customertypecode ne 3"),
    ("creditlimit >= 3", "'>=' is no operator of a filter; use ge: creditlimit ge 3"),
    ("statecode eq 0 && fax ne ''", "'&&' is no operator of a filter; use and: statecode eq 0 and fax ne ''"),
    ("name like 'E%'", ("'like' is no operator of a filter; "
         "use startswith(field, 'x'), endswith(field, 'x') or contains(field, 'x')")),
    ("name eq 'Contoso", "a quote is not closed in \"name eq 'Contoso\"; close it; write '' for a quote inside a text"),
    ('name eq "Contoso"', "a text stands in double quotes; write ' instead of \""),
    ("not customertypecode eq 3", ("'not' stands before a field; "
         "put the comparison in parentheses: not (customertypecode eq 3)")),
    ("customertypecode eq Customer", "Customer is a label of customertypecode; write its value: customertypecode eq 3"),
    ("customertypecode eq 'Customer'", ("'Customer' is not a value of customertypecode, which is a choice; "
         "write customertypecode eq 3")),
    ("name eq Contoso", "Contoso stands without quotes; write name eq 'Contoso'"),
    ("name eq fax", "a filter compares a field with a literal value; write a value right of the operator"),
    ("CustomerAccount eq '1'", ("CustomerAccount is not a field of accounts; "
         "use its own fields only: correct the name or add it to the schema")),
    ("creditlimi gt 5", ("creditlimi is not a field of accounts; "
         "use its own fields only: write creditlimit if that is meant, or add it to the schema")),
    ("statecode eq 0 fax ne ''", ("the filter \"statecode eq 0 fax ne ''\" cannot be read; "
         "write field eq 'text' or field ne 3, joined by and or or, with parentheses after not")),
]  # fmt: skip


@pytest.mark.parametrize(("scope", "sentence"), FILTERS)
def test_filters(scope: str, sentence: str) -> None:
    """A filter in another language, or without its quotes, is answered with the filter that is meant."""
    text = map_text(KEY, GROUP, dataverse=f"\n  table: accounts\n  scope: |\n    {scope}")
    assert said(text) == sentence
    assert problems(text)[0].line == number_of(text, "scope: ")


@pytest.mark.parametrize(
    ("scope", "sentence"),
    [
        ("IsOneTimeCustomer eq Yes", "Yes stands without quotes; write IsOneTimeCustomer eq 'Yes'"),
        ("IsOneTimeCustomer eq null",
         "IsOneTimeCustomer is compared with null, which finance and operations does not have; write one of No, Yes"),
        ("CreditLimit ne null",
         "CreditLimit is compared with null, which finance and operations does not have; write CreditLimit ne 0"),
        ("CustomerGroupId eq null",
         ("CustomerGroupId is compared with null, which finance and operations does not have; "
         "write CustomerGroupId eq ''")),
    ],
)  # fmt: skip
def test_filters_of_finance_and_operations(scope: str, sentence: str) -> None:
    """Where there is no null the value that stands for it is named."""
    assert said(map_text(KEY, GROUP, erp=ERP.format(f'scope: "{scope}"'))) == sentence


def test_a_filter_over_two_lines() -> None:
    """However a filter is broken over lines, it is one."""
    scope = "\n  table: accounts\n  scope: |\n    customertypecode eq 3\n    and statecode eq 0"
    assert customers(dataverse=scope).dataverse.scope.pushed == "(customertypecode eq 3 and statecode eq 0)"


# -- lines

LINES = [
    ("PrimaryContactFax=fax", "the symbol needs a blank before and after it; write PrimaryContactFax = fax"),
    ("PrimaryContactFax =fax", "the symbol needs a blank before and after it; write PrimaryContactFax = fax"),
    ("PrimaryContactFax fax", "needs an ERP field, a symbol and a Dataverse column; write - where a side has no field"),
    ("PrimaryContactFax == fax",
     "'==' is not a symbol; use one of = > < >< >> <<: = is both ways, > to Dataverse, < to the ERP"),
    ("fax = PrimaryContactFax", "the ERP field stands right of the symbol; write PrimaryContactFax = fax"),
    ("fax > PrimaryContactFax", "the ERP field stands right of the symbol; write PrimaryContactFax < fax"),
    ("PrimaryContactFaxx = fax",
     ("CustomersV3 has no field 'PrimaryContactFaxx'; "
         "write PrimaryContactFax if that is meant, or add it to the schema")),
    ("PrimaryContactFax = faxx", "accounts has no column 'faxx'; write fax if that is meant, or add it to the schema"),
    ("LanguageId << - default Germany South", f"no value map 'South'; {QUOTE}"),
    ("LanguageId << - default a,b", f"a value has a comma; {QUOTE}"),
    ("LanguageId << - default a;b", f"a value has a semicolon; {QUOTE}"),
    ("LanguageId << - default #1",
     "# stands inside a line; give a comment a line of its own; a value with # stands in single quotes: 'C#'"),
    ("PrimaryContactFax = fax # their own",
     "# stands inside a line; give a comment a line of its own; a value with # stands in single quotes: 'C#'"),
    ("PrimaryContactFax = fax, create", "a comma stands before the semicolon; write ; before the first option"),
    ("PrimaryContactFax = fax blank keep", "the option 'blank' stands before the semicolon; write ; blank keep"),
    ("PrimaryContactFax = fax ; blank keep ; create",
     "options are separated by a second semicolon; separate them by commas: ; blank keep, create"),
    ("PrimaryContactFax = fax ; blank keep create", "a comma is missing before 'create'; write blank keep, create"),
    ("PrimaryContactFax = fax ; conflict erp", "'conflict' cannot be 'erp'; write conflict erp_wins"),
    ("PrimaryContactFax = fax ; conflct erp_wins", "'conflct' is not an option; write conflict"),
    ("IsOneTimeCustomer = msdyn_onetimecustomer",
     ("IsOneTimeCustomer is an enum, msdyn_onetimecustomer is yes or no; "
     "write IsOneTimeCustomer >< msdyn_onetimecustomer yes_no")),
    ("InvoiceAddress > msdyn_invoiceaddress",
     ("InvoiceAddress is an enum, msdyn_invoiceaddress is a choice; write InvoiceAddress >> msdyn_invoiceaddress "
     "my_list, and values: {my_list: {InvoiceAccount: 806380000, OrderAccount: 806380001}}")),
    ("IsOneTimeCustomer >< msdyn_onetimecustomer",
     ">< needs a value map; write IsOneTimeCustomer >< msdyn_onetimecustomer yes_no"),
    ("PrimaryContactFax >< fax", ">< needs a value map; use ="),
    ("IsOneTimeCustomer >< msdyn_onetimecustomer yesno", "no value map 'yesno'; write yes_no"),
    ("CreditLimit = numberofemployees",
     ("CreditLimit is a decimal number, numberofemployees is a whole number; write CreditLimit < numberofemployees, "
     "or map CreditLimit to a field with decimals: numberofemployees would lose them")),
    ("CreditLimit > fax",
     "CreditLimit is a decimal number, fax is a text; write CreditLimit >> fax fn from_decimal"),
    ("PrimaryContactFax = numberofemployees",
     ("PrimaryContactFax is a text, numberofemployees is a whole number; "
      "write PrimaryContactFax >< numberofemployees fn to_whole")),
    ("PrimaryContactFax < creditlimit",
     ("PrimaryContactFax is a text, creditlimit is a currency amount; "
      "write PrimaryContactFax << creditlimit fn from_decimal")),
    ("CreditLimit = fax",
     "CreditLimit is a decimal number, fax is a text; write CreditLimit >< fax fn from_decimal"),
]  # fmt: skip


@pytest.mark.parametrize(("line", "sentence"), LINES)
def test_lines(line: str, sentence: str) -> None:
    """A line that is nearly right is answered with the line that is."""
    text = map_text(KEY, GROUP, line)
    assert said(text) == sentence
    assert problems(text)[0].line == number_of(text, line)


@pytest.mark.parametrize(
    ("members", "sentence"),
    [
        ("{No: None, Invoice: 806380001}", "hold: 'None' is not a value of msdyn_onholdstatus"),
        ("{No: No, Invoice: Invoice}", "hold: 'No', 'Invoice': labels of msdyn_onholdstatus instead of values"),
    ],
)
def test_labels_in_a_value_map(members: str, sentence: str) -> None:
    """The values of a choice are listed with their labels, in one finding."""
    found = said(map_text(KEY, GROUP, "OnHoldStatus >< msdyn_onholdstatus hold", values=f"{{hold: {members}}}"))
    assert found.startswith(f"{sentence}; {ONE_OF_HOLD}")


def test_a_value_map_in_reverse() -> None:
    """A list whose sides were confused is one finding."""
    text = map_text(KEY, GROUP, "OnHoldStatus >< msdyn_onholdstatus hold", values="{hold: {806380000: No}}")
    assert said(text) == "hold is written in reverse; the ERP's value stands left: {No: 806380000, ...}"


LISTS = [
    ("OnHoldStatus >< msdyn_onholdstatus hold", "{hold: {Other: others}}",
     "hold: others stands on the right; write to_erp: {others: Other}"),
    ("OnHoldStatus >< msdyn_onholdstatus hold", "{hold: {No: {806380000: yes}}}",
     ("hold gives No no value; "
         "write Invoice: 806380001, or Invoice: [806380001, 806380005], of which the first is written")),
    ("OnHoldStatus >< msdyn_onholdstatus hold", "{hold: {No: []}}",
     ("hold gives No no value; "
         "write Invoice: 806380001, or Invoice: [806380001, 806380005], of which the first is written")),
    ("OnHoldStatus >< msdyn_onholdstatus hold", "{hold: {to_erp: No}}",
     "hold: to_erp is not a list of its own; write to_erp: {806380001: Invoice}"),
    ("OnHoldStatus >< msdyn_onholdstatus hold", "{hold: {to_dataverse: {No: [806380000, 806380001]}}}",
     "hold: to_dataverse gives No several values; name one: to_dataverse: {Invoice: 806380001}"),
    ("OnHoldStatus >< msdyn_onholdstatus hold", "{hold: {to_erp: {No: 806380000}}}",
     ("hold: to_erp is written in reverse; "
         "what is read stands left: to_erp: {806380000: No, ...}")),
    ("OnHoldStatus >< msdyn_onholdstatus hold", "{hold: {No: 806380000, All: 806380000}}",
     ("hold gives one Dataverse value to several members; "
         "say which of them is written back: to_erp: {806380000: All}, or use >>")),
    ("OnHoldStatus >< msdyn_onholdstatus hold", "{hold: {others: 806380001, Invoice: [806380002, 806380001]}}",
     ("hold writes 806380001 for others, and reads it as Invoice; let both directions say the same of it")),
    ("OnHoldStatus >< msdyn_onholdstatus hold", "{hold: {to_dataverse: {No: 806380000}, to_erp: {806380000: All}}}",
     "hold writes 806380000 for No, and reads it as All; let both directions say the same of it"),
    ("DeliveryAddressLatitude >> address1_latitude hold", "{hold: {1: 1.234567}}",
     "hold: '1.234567' has more decimals than address1_latitude holds: it would become 1.23457; correct the value map"),
]  # fmt: skip


def test_a_default_that_its_list_does_not_know() -> None:
    """On a line that goes both ways it is a value of the ERP, and Dataverse is given what the list makes of it."""
    line = "OnHoldStatus >< msdyn_onholdstatus hold default {}"
    assert said(map_text(KEY, GROUP, line.format("Never"), values="{hold: {No: 806380000}}")) == (
        "'Never' is not in the value map hold; "
        "list it: a line that goes both ways has a value of the ERP, which hold carries over"
    )
    found = said(map_text(KEY, GROUP, line.format("806380000"), values="{hold: {No: 806380000}}"))
    assert found.startswith("'806380000' is not a enum that OnHoldStatus takes; write one of No, Invoice, ")


@pytest.mark.parametrize(("line", "values", "sentence"), LISTS)
def test_value_maps(line: str, values: str, sentence: str) -> None:
    """A list that cannot mean what it says is answered where it stands, with the list that is meant."""
    text = map_text(KEY, GROUP, line, values=values)
    assert said(text) == sentence
    assert problems(text)[0].line == number_of(text, "values: ")


# -- the head

HEADS = [
    ({"policy": "{conflict: erp}"}, "policy.conflict", "cannot be 'erp'; write erp_wins"),
    ({"policy": "{master: Dataverse}"}, "policy.master", "cannot be 'Dataverse'; write dataverse"),
    ({"policy": "{delete: yes}"}, "policy.delete", ("'yes' is not one of propagate, uncouple, restore, park; "
            "a word for each side is written {erp: park, dataverse: restore}")),
    ({"polcy": "{master: erp}"}, "polcy", "there is no such entry; write policy"),
    ({"scope": "x"}, "scope", "there is no such entry; write it in erp or dataverse"),
    ({"policy": "erp"}, "policy", "is not a group of entries; write policy: {master: erp, conflict: erp_wins}"),
    ({"match": "[CustomerAccount]"}, "match.0",
     "is not a list; write match: [[CustomerAccount]], a list of groups of fields"),
    ({"match": "[[accountnumber]]"}, "match",
     "accountnumber is a column of accounts; name the ERP field: CustomerAccount"),
    ({"name": "[name]"}, "name", "name is a column of accounts; name a field of CustomersV3"),
    ({"name": "OrganizationName"}, "name", "is not a list; write name: [OrganizationName]"),
    ({"dataverse": "accounts"}, "dataverse", "is not a group of entries; write dataverse: {table: accounts}"),
    ({"dataverse": ""}, "dataverse", "is missing; write dataverse: {table: accounts}"),
    ({"erp": "{system: fo, entity: CustomersV3, identity: [CustomerAccount]}"}, "erp.system",
     "cannot be 'fo'; write finops or business_central"),
    ({"erp": "{system: finops, entity: CustomersV3, identity: []}"}, "erp.identity",
     "is empty; write erp: {system: finops, entity: CustomersV3, identity: [dataAreaId, CustomerAccount]}"),
    ({"erp": ERP.format("second: PartyNumbr")}, "erp.second",
     ("CustomersV3 has no field 'PartyNumbr'; write PartyNumber if that is meant, or add it to the schema; "
     "second is another field that identifies the same record, and may be left out")),
    ({"erp": ERP.format("second: [PartyNumber]")}, "erp.second",
     "is not a single text; write second: PartyNumber, one field"),
    ({"if": "pilot, other"}, "if",
     "'pilot, other' is not one word; write if: pilot, one word that MAP_SWITCHES may name"),
    ({"if": "[pilot]"}, "if", "is not a single text; write if: pilot, one word that MAP_SWITCHES may name"),
    ({"iff": "pilot"}, "iff", "there is no such entry; write if"),
    ({"after": "customer_groups"}, "after", "is not a list; write after: [customer_groups], a list of flows"),
    ({"woken_by": "quotes(customerid)"}, "woken_by",
     "is not a list; write woken_by: [quotes(customerid)], a list of tables with their lookup"),
    ({"woken_by": "[quotes]"}, "woken_by.0",
     "'quotes' is not written table(column); write woken_by: [quotes(customerid)], a table and its lookup"),
    ({"woken_by": "[quote(customerid)]"}, "woken_by.0", ("'quote' has no schema; "
      "write quotes if that is meant, or add shared/mapping/schemas/dataverse/quote.json")),
    ({"woken_by": "[tasks(regardingobjectid)]"}, "woken_by.0",
     "'tasks' has no schema; add shared/mapping/schemas/dataverse/tasks.json"),
    ({"woken_by": "[quotes(customer)]"}, "woken_by.0",
     "quotes has no column 'customer'; write customerid if that is meant, or add it to the schema"),
    ({"woken_by": "[quotes(name)]"}, "woken_by.0",
     "name of quotes is a text, and no lookup; write quotes(customerid) or quotes(accountid)"),
    ({"woken_by": "[quotes(pricelevelid)]"}, "woken_by.0",
     ("pricelevelid of quotes does not point to accounts; "
      "write quotes(customerid) or quotes(accountid)")),
    ({"woken_by": "[quotedetails(quoteid)]"}, "woken_by.0",
     "quoteid of quotedetails does not point to accounts; take it out"),
    ({"woken_by": "[accounts(parentaccountid)]"}, "woken_by.0",
     "accounts is the flow's own table; take it out: its rows are looked at whenever they change"),
    ({"woken_by": "[quotes(customerid), quotes(CustomerId)]"}, "woken_by.1",
     "quotes(customerid) stands twice; write it once"),
    ({"authority": "statecode eq 0"}, "authority",
     "is not a group of entries; write authority: {dataverse: statecode eq 0}, a filter for a side"),
    ({"authority": "{finops: statecode eq 0}"}, "authority.finops",
     "there is no such entry; use one of erp, dataverse"),
    ({"authority": "{dataverse: [statecode]}"}, "authority.dataverse",
     "is not a single text; write authority: {dataverse: statecode eq 0}, a filter for a side"),
    ({"authority": "{}"}, "authority",
     "names no filter; write authority: {dataverse: statecode eq 0}, or leave it out"),
    ({"authority": "{dataverse: CustomerAccount eq 'x'}"}, "authority.dataverse",
     ("CustomerAccount is not a field of accounts; "
      "use its own fields only: correct the name or add it to the schema")),
    ({"authority": "{dataverse: transactioncurrencyid.isocurrencycode eq 'EUR'}"}, "authority.dataverse",
     "authority does not look into another row; compare a column of accounts itself"),
    ({"authority": "{erp: IsOneTimeCustomer eq Yes}"}, "authority.erp",
     "Yes stands without quotes; write IsOneTimeCustomer eq 'Yes'"),
    ({"authority": "{dataverse: createdon ge today - 30 days}"}, "authority.dataverse",
     ("the authority of accounts hangs on the day: it would end at midnight, and nobody be told; "
      "name a state of the record, or write a scope")),
    ({"wake": "quotes"}, "wake", ("'wake' is reserved; write woken_by: [quotes(customerid)], "
      "tables whose changes concern a record, in the head of the map")),
]  # fmt: skip


@pytest.mark.parametrize(("head", "place", "sentence"), HEADS)
def test_heads(head: dict[str, str], place: str, sentence: str) -> None:
    """An entry of the head that is refused is answered with one as it should be."""
    text = map_text(KEY, GROUP, **head)
    assert said(text) == sentence
    assert problems(text)[0].field == place


# -- overlays

BASE = map_text(KEY, GROUP, "PrimaryContactFax = fax")
OFF = "fields: |\n  PrimaryContactFax = fax ; off\n"


@pytest.mark.parametrize(
    ("overlay", "sentence"),
    [
        (OFF, ("the overlay does not say which map it extends; "
         "write extends: customers, or take it out of MAP_OVERLAYS")),
        ("extends: customers\n",
         "the overlay says nothing; give it lines or an entry, or take it out of MAP_OVERLAYS"),
        (f"extends: dual_write.customers\n{OFF}", "the suite stands before the flow; write extends: customers"),
        (f"extends: customers\n{OFF.replace('|', '')}  LanguageId = - ; off\n",
         "is not a block of text; write fields: | and one line per field below it"),
    ],
)  # fmt: skip
def test_overlays(overlay: str, sentence: str) -> None:
    """An overlay that does not fit its map is told how it would."""
    assert said(BASE, overlay) == sentence


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("# nothing yet\n",
         "is not a map; begin with erp:, dataverse: and fields:, an overlay with extends: and fields:"),
        ("scope: a eq 1\nand b eq 2\n",
         ("is not YAML: could not find expected ':'; "
         "indent what belongs to an entry by two more blanks, without tabs, and write name: value")),
    ],
)  # fmt: skip
def test_files(text: str, sentence: str) -> None:
    """A file that is no map yet is told how one begins."""
    with pytest.raises(MapError) as refused:
        parse_document(text, "overlay.yaml")
    (problem,) = refused.value.problems
    assert f"{problem.what}; {problem.remedy}" == sentence
