"""What is found wrong with a map as a whole: entities, keys, company, scopes, policies, and several faults at once."""

from __future__ import annotations

import pytest

from shared.mapping import Problem
from tests.unit.mapping.maps import GROUP, HEAD, HOLD, KEY, built, customers, map_text, number_of, problems

BOTH = "Description = msdyn_description"


def groups(*lines: str, **head: str) -> str:
    """A map of customer groups, whose entity has no mandatory field but its key."""
    own = {
        "erp": "{system: finops, entity: CustomerGroups, identity: [dataAreaId, CustomerGroupId]}",
        "dataverse": "{table: msdyn_customergroups}",
        "match": "[[CustomerGroupId]]",
    }
    return map_text(*lines, **{**own, **head})


def only(text: str) -> Problem:
    """The only finding about a map."""
    (problem,) = problems(text)
    assert problem.remedy
    return problem


# -- entities and keys


@pytest.mark.parametrize(
    ("entry", "value", "code", "known"),
    [
        ("erp", "{system: finops, entity: Nothing, identity: [a]}", "DIPV1018", "CustomersV3"),
        ("erp", "{system: finops, entity: customersv3, identity: [a]}", "DIPV1018", "CustomersV3"),
        ("erp", "{system: finops, entity: enums, identity: [a]}", "DIPV1018", "CustomersV3"),
        ("erp", "{system: finops, entity: ../dataverse/accounts, identity: [a]}", "DIPV1018", "CustomersV3"),
        ("dataverse", "{table: account}", "DIPV1020", "accounts"),
    ],
)
def test_entities(entry: str, value: str, code: str, known: str) -> None:
    """Both sides have a schema; the remedy names those that exist."""
    text = map_text(KEY, GROUP, **{entry: value})
    problem = only(text)
    assert (problem.code, problem.line) == (code, number_of(text, f"{entry}: "))
    assert known in problem.remedy


def test_both_entities() -> None:
    """Two missing schemas are two findings."""
    text = map_text(erp="{system: finops, entity: A, identity: [a]}", dataverse="{table: b}")
    assert [problem.code for problem in problems(text)] == ["DIPV1018", "DIPV1020"]


@pytest.mark.parametrize(
    ("text", "code", "field", "what"),
    [
        (groups(BOTH), "DIPV1014", "erp.identity", "identity field CustomerGroupId is not mapped"),
        (
            groups("CustomerGroupId > msdyn_groupid", BOTH),
            "DIPV1004",
            "erp.identity",
            "identity field CustomerGroupId does not flow to the ERP, other lines do",
        ),
        (groups("CustomerGroupId > msdyn_groupid", BOTH), "DIPV1004", "match", "CustomerGroupId flows one way"),
        (groups("CustomerGroupId < msdyn_groupid", BOTH), "DIPV1004", "match", "CustomerGroupId flows one way"),
        (groups("CustomerGroupId = msdyn_groupid", match=""), "DIPV1003", "match", "there is no match key"),
        (
            groups("CustomerGroupId = msdyn_groupid", match="[[Nothing]]"),
            "DIPV1014",
            "match",
            "CustomerGroups has no field 'Nothing'",
        ),
        (
            groups("CustomerGroupId = msdyn_groupid", "Description << - default x", match="[[Description]]"),
            *("DIPV1014", "match", "Description is not mapped"),
        ),
        (
            map_text(KEY, GROUP, erp=HEAD["erp"].replace("}", ", second: Nothing}")),
            *("DIPV1014", "erp.second", "CustomersV3 has no field 'Nothing'"),
        ),
    ],
)
def test_keys(text: str, code: str, field: str, what: str) -> None:
    """Identity and match keys are mapped, and flow both ways as soon as any line does."""
    found = [(problem.code, problem.field) for problem in problems(text) if problem.what == what]
    assert found == [(code, field)]


@pytest.mark.parametrize(
    ("match", "line"),
    [
        ("[[CustomerAccount], []]", "OrganizationName = name"),
        ("[[SalesCurrencyCode]]", "SalesCurrencyCode = transactioncurrencyid.isocurrencycode"),
        ("[[CustomerAccount], [OnHoldStatus, CreditLimit]]", "CreditLimit = creditlimit"),
    ],
)
def test_match_groups_that_identify_nothing(match: str, line: str) -> None:
    """What many records share couples strangers."""
    text = map_text(KEY, GROUP, "OnHoldStatus >< msdyn_onholdstatus hold", line, match=match, values=HOLD)
    problem = only(text)
    assert (problem.code, problem.field) == ("DIPV1003", "match")
    assert "does not tell records apart" in problem.what
    assert "such as CustomerAccount" in problem.remedy


def test_no_group_but_an_empty_one() -> None:
    """A list of nothing is no match key."""
    assert only(map_text(KEY, GROUP, match="[[]]")).what == "there is no match key"


@pytest.mark.parametrize("group", ["[OrganizationName]", "[SalesCurrencyCode, OrganizationName]", "[PartyNumber]"])
def test_match_groups_that_identify(group: str) -> None:
    """A name, a number of the party, or one of them beside what many share may find a partner."""
    lines = ("OrganizationName = name", "SalesCurrencyCode = transactioncurrencyid.isocurrencycode",
             "PartyNumber = msdyn_partynumber")  # fmt: skip
    assert len(customers(*lines, match=f"[{group}]").match) == 1


def test_a_map_that_never_comes_to_rest() -> None:
    """One-way lines that hand a value round are refused; a chain that ends, or one field on two others, is not."""
    chain = ("OrganizationName > name", "PrimaryContactFax < name", "PrimaryContactFax > description")
    assert len(customers(*chain).lines) == 4
    problem = only(map_text(KEY, GROUP, *chain, "OrganizationName < description"))
    assert problem.what.startswith("a value would go round in a circle for ever: ")
    assert all(line in problem.what for line in chain)


def test_one_way_map() -> None:
    """In a map that flows one way only, its keys flow that way too."""
    flow = built(groups("CustomerGroupId > msdyn_groupid", "Description > msdyn_description"))
    assert [line.to_erp for line in flow.lines] == [False, False]


@pytest.mark.parametrize(
    "head",
    [
        {"erp": "{system: finops, entity: CustomerGroups, identity: [DATAAREAID, CUSTOMERGROUPID]}"},
        {"match": "[[CUSTOMERGROUPID]]"},
        {"company": "{erp: DATAAREAID, dataverse: MSDYN_COMPANY.CDM_COMPANYCODE}", "match": "[[customergroupid]]"},
    ],
)
def test_spelling(head: dict[str, str]) -> None:
    """Names are found in any letter case, in the head as in the lines."""
    assert built(groups("CustomerGroupId = msdyn_groupid", **head)).match


@pytest.mark.parametrize("identity", ["[CustomerGroupId]", "[CustomerGroupId, dataAreaId]"])
def test_identity_is_the_key(identity: str) -> None:
    """A finance and operations record is identified by the natural key of its entity, company included."""
    erp = f"{{system: finops, entity: CustomerGroups, identity: {identity}}}"
    assert only(groups("CustomerGroupId = msdyn_groupid", erp=erp)).code == "DIPV1014"


@pytest.mark.parametrize("line", [f"{KEY} ; if pilot", f"{GROUP} ; if pilot"])
def test_needed_lines_behind_a_switch(line: str) -> None:
    """A key or mandatory field whose line is switched off is not mapped."""
    lines = [line if line.startswith(each) else each for each in (KEY, GROUP)]
    assert all(problem.code in {"DIPV1010", "DIPV1014"} for problem in problems(map_text(*lines)))


# -- company


@pytest.mark.parametrize(
    ("text", "code", "what"),
    [
        (map_text(KEY, GROUP, company=""), "DIPV1002", "both sides are per company"),
        (
            map_text(
                "CurrencyCode = accountnumber",
                erp="{system: finops, entity: Currencies, identity: [CurrencyCode]}",
                company="",
                match="[[CurrencyCode]]",
            ),
            *("DIPV1002", "Currencies is global and accounts is per company"),
        ),
        (
            map_text(KEY, GROUP, dataverse="{table: msdyn_nameaffixes}", company="").replace(
                "accountnumber", "msdyn_affix"
            ),
            *("DIPV1002", "CustomersV3 is per company and msdyn_nameaffixes is global"),
        ),
        (
            map_text(
                "CurrencyCode = accountnumber",
                erp="{system: finops, entity: Currencies, identity: [CurrencyCode]}",
                company="{erp: CurrencyCode}",
                match="[[CurrencyCode]]",
            ),
            *("DIPV1002", "Currencies is global and accounts is per company"),
        ),
        (
            map_text(KEY, GROUP, company="{erp: nothing, dataverse: msdyn_company.cdm_companycode}"),
            *("DIPV1022", "CustomersV3 has no field 'nothing'"),
        ),
        (
            map_text(KEY, GROUP, company="{erp: dataAreaId, dataverse: nothing.cdm_companycode}"),
            *("DIPV1015", "accounts has no column 'nothing'"),
        ),
        (
            map_text(KEY, GROUP, company="{erp: dataAreaId, dataverse: msdyn_company}"),
            *("DIPV1015", "accounts.msdyn_company is a lookup"),
        ),
        (
            map_text(KEY, GROUP, company="{erp: dataAreaId, dataverse: creditlimit}"),
            *("DIPV1015", "creditlimit is neither a lookup by one key nor a text"),
        ),
        (
            map_text(KEY, GROUP, company="{erp: dataAreaId, dataverse: primarycontactid.parentcustomerid.name}"),
            *("DIPV1015", "is neither a lookup by one key nor a text"),
        ),
        (
            map_text(KEY, GROUP, company="{erp: dataAreaId, dataverse: name, team: cdm_defaultowningteam}"),
            *("DIPV1015", "a company without a row has no team"),
        ),
    ],
)
def test_company(text: str, code: str, what: str) -> None:
    """Both sides are per company or both are global, and the company is found on either side."""
    assert any(problem.code == code and what in problem.what for problem in problems(text))


@pytest.mark.parametrize(
    ("company", "column", "looked_up"),
    [
        ("{erp: dataAreaId, dataverse: msdyn_company.cdm_companycode}", "msdyn_company", True),
        ("{erp: dataAreaId, dataverse: primarytwitterid}", "primarytwitterid", False),
        ("{erp: dataAreaId}", None, False),
    ],
)
def test_three_ways_to_a_company(company: str, column: str | None, *, looked_up: bool) -> None:
    """A row names its company by a lookup or by its code, or all rows belong to the one that a setting names."""
    found = built(map_text(KEY, GROUP, company=company)).company
    assert found is not None
    assert (found.dataverse.name if found.dataverse else None) == column
    assert (found.path is not None) == looked_up


@pytest.mark.parametrize("team", ["cdm_name", "nothing", "cdm_companyid"])
def test_the_team_of_a_company(team: str) -> None:
    """New rows belong to the team that a column of the company's row points to, and no other column."""
    company = f"{{erp: dataAreaId, dataverse: msdyn_company.cdm_companycode, team: {team}}}"
    (found,) = problems(map_text(KEY, GROUP, company=company))
    assert (found.field, found.what) == ("company.team", f"cdm_companies.{team} points to no team")
    sound = customers(company=company.replace(team, "cdm_defaultowningteam"))
    assert sound.company is not None
    assert sound.company.team is not None


def test_global_flow() -> None:
    """A flow of global entities has no company."""
    text = map_text(
        "CurrencyCode = isocurrencycode",
        erp="{system: finops, entity: Currencies, identity: [CurrencyCode]}",
        dataverse="{table: transactioncurrencies}",
        company="",
        match="[[CurrencyCode]]",
    )
    assert built(text).company is None


# -- targets, mandatory fields, scopes, policies


@pytest.mark.parametrize(
    ("line", "code", "what"),
    [
        ("PartyCountry = name", "DIPV1026", "name is also written by line 9"),
        ("PartyCountry > name", "DIPV1026", "name is also written by line 9"),
        ("- >> name default x", "DIPV1026", "name is also written by line 9"),
        ("OrganizationName < fax", "DIPV1023", "OrganizationName is also written by line 9"),
        ("OrganizationName << - default x", "DIPV1023", "OrganizationName is also written by line 9"),
        ("ORGANIZATIONNAME > Name", "DIPV1023", "stands twice; the first is on line 9"),
    ],
)
def test_targets(line: str, code: str, what: str) -> None:
    """No field is written by two lines, and no line stands twice."""
    text = map_text(KEY, GROUP, "OrganizationName = name", line)
    problem = only(text)
    assert (problem.line, problem.code, problem.what) == (10, code, what)


def test_one_source_for_many() -> None:
    """One field may be the source of several lines."""
    assert len(customers("OrganizationName > name", "OrganizationName > fax").lines) == 3


def test_mandatory() -> None:
    """A field that the ERP needs is mapped or has a default, if anything flows to the ERP."""
    text = map_text(KEY)
    problem = only(text)
    assert (problem.code, problem.what) == ("DIPV1010", "CustomersV3 needs CustomerGroupId")
    assert problem.line == number_of(text, "fields:")
    assert built(map_text("CustomerAccount > accountnumber")).lines


@pytest.mark.parametrize(
    ("scope", "what"),
    [
        ("customertypecode eq", "cannot be read"),
        ("nothing eq 3", "nothing is not a field of accounts"),
        ("primarycontactid/lastnam eq 'x'", "contacts has no column 'lastnam'"),
        ("year(modifiedon) eq 2024", "an expression is not a field of accounts"),
        ("concat(name, 'x') eq 'x'", "an expression is not a field of accounts"),
    ],
)
def test_scopes(scope: str, what: str) -> None:
    """A filter that cannot be used is found when the map is loaded."""
    text = map_text(KEY, GROUP, dataverse=f'{{table: accounts, scope: "{scope}"}}')
    problem = only(text)
    assert (problem.code, problem.field, problem.line) == ("DIPV1012", "dataverse.scope", 2)
    assert what in problem.what


@pytest.mark.parametrize("option", ["", " ; missing error", " ; create", " ; conflict park"])
@pytest.mark.parametrize(
    "column", ["msdyn_billingaccount.accountnumber", "msdyn_billingaccount via dual_write.customers"]
)
@pytest.mark.parametrize("symbol", ["=", ">", "<"])
def test_records_that_name_each_other(symbol: str, column: str, option: str) -> None:
    """Two invoice accounts of each other would both wait to be created, in whichever direction."""
    text = map_text(KEY, GROUP, f"InvoiceAccount {symbol} {column}{option}")
    (found,) = problems(text)
    assert (found.line, found.what) == (
        number_of(text, "InvoiceAccount"),
        "refers to records of the same flow: two that name each other would wait for ever",
    )
    assert "deferred" in found.remedy


@pytest.mark.parametrize("option", ["deferred", "missing clear", "missing keep", "update", "off"])
def test_records_that_name_each_other_and_need_not_wait(option: str) -> None:
    """Filled later, or not at all."""
    assert customers(f"InvoiceAccount = msdyn_billingaccount.accountnumber ; {option}").lines


def test_records_of_the_same_table_that_are_none_of_the_flow() -> None:
    """What no line takes for the identity of the flow is another one's."""
    assert customers("InvoiceAccount = msdyn_billingaccount.name").lookups


def test_latest_wins() -> None:
    """`latest_wins` is refused where a side does not say when a record was modified."""
    text = map_text(KEY, GROUP, policy="{conflict: latest_wins}")
    problem = only(text)
    assert (problem.field, problem.line) == ("policy.conflict", number_of(text, "policy:"))
    assert problem.what == "latest_wins cannot work: CustomersV3 has no modified time"


def test_latest_wins_on_a_line() -> None:
    """A line's own `latest_wins` is found at that line."""
    text = map_text(KEY, GROUP, "OrganizationName = name ; conflict latest_wins")
    problem = only(text)
    assert problem.line == number_of(text, "OrganizationName")
    assert "ModifiedDateTime" in problem.remedy
    assert "schemas/finops/CustomersV3.json" in problem.remedy


@pytest.mark.parametrize(
    "overlay", ["policy: {conflict: latest_wins}\n", "fields: |\n  OrganizationName = name ; conflict latest_wins\n"]
)
def test_latest_wins_of_an_overlay(overlay: str) -> None:
    """It is found where it was written: in the overlay."""
    (problem,) = problems(map_text(KEY, GROUP, "OrganizationName = name"), f"extends: customers\n{overlay}")
    assert (problem.file, problem.what[:11]) == ("overlay1.yaml", "latest_wins")


# -- masters of lines


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("OrganizationName > name ; master dataverse", "flows one way"),
        ("OrganizationName < name ; master dataverse", "flows one way"),
        ("OrganizationName << name default x ; master erp", "flows one way"),
        ("PartyType = msdyn_partycountry ; master dataverse", "does not change PartyType"),
        ("CustomerAccount = accountnumber ; master dataverse", "does not change CustomerAccount"),
        ("- >> customertypecode default 3 ; master erp", "means nothing to a constant"),
        ("OrganizationName = name ; master both", "cannot be 'both'"),
    ],
)
def test_a_master_where_nobody_else_could_win(line: str, what: str) -> None:
    """A line names a master only where both sides could win it."""
    key = [] if line.startswith("CustomerAccount") else [KEY]
    problem = only(map_text(*key, GROUP, line))
    assert what in problem.what


@pytest.mark.parametrize("master", ["erp", "dataverse"])
def test_a_master_of_a_line(master: str) -> None:
    """It belongs to that line alone, redefines nothing that was agreed, and asks for a new report."""
    plain, own = (customers("OrganizationName = name", f"SalesMemo = description{option}")
                  for option in ("", f" ; master {master}"))  # fmt: skip
    assert [line.master for line in own.lines[-2:]] == [None, master]
    assert plain.lines[-1].definition == own.lines[-1].definition
    assert plain.fingerprint != own.fingerprint


@pytest.mark.parametrize(
    ("head", "field"),
    [
        ({"polices": "{conflict: park}"}, "polices"),
        ({"policy": "{conflict: newest}"}, "policy.conflict"),
        ({"policy": "{Conflict: park}"}, "policy.Conflict"),
        ({"policy": "{delete: yes}"}, "policy.delete"),
        ({"policy": "{master: both}"}, "policy.master"),
        ({"erp": "{system: sap, entity: X, identity: [a]}"}, "erp.system"),
        ({"erp": "{system: finops, entity: CustomersV3, identity: []}"}, "erp.identity"),
        ({"erp": "{system: finops, entity: CustomersV3, identity: CustomerAccount}"}, "erp.identity"),
        ({"match": "[CustomerAccount]"}, "match.0"),
        ({"values": "{hold: [No, Yes]}"}, "values.hold"),
        ({"dataverse": ""}, "dataverse"),
        ({"extends": "customers"}, "extends"),
    ],
)
def test_head(head: dict[str, str], field: str) -> None:
    """An entry that is unknown, missing or of another kind is named where it stands."""
    text = map_text(KEY, GROUP, **head)
    problem = only(text)
    entry = field.partition(".")[0]
    assert problem.field == field
    assert problem.line == (number_of(text, f"{entry}: ") if head[entry] else 1)


# -- lines that belong together


@pytest.mark.parametrize(
    "others",
    [
        ["SalesMemo = description"],
        ["SalesMemo = description ; conflict park"],
        ["SalesMemo < description ; together x"],
        ["SalesMemo = description ; together x, off"],
    ],
)
def test_a_word_that_stands_alone(others: list[str]) -> None:
    """A line cannot belong together with none that is written in the same request."""
    problem = only(map_text(KEY, GROUP, "OrganizationName > name ; together x", *others))
    assert "together" in problem.what


def test_lines_that_belong_together_have_one_policy_for_conflicts() -> None:
    """One side wins for all of them."""
    lines = ["OrganizationName = name ; together x, conflict park", "SalesMemo = description ; together x"]
    assert "different policies" in only(map_text(KEY, GROUP, *lines)).what


def test_lines_that_belong_together_have_one_master() -> None:
    """A first match must not take the state from one side and the country from the other."""
    lines = ["OrganizationName = name ; together x, master erp", "SalesMemo = description ; together x"]
    assert "different masters" in only(map_text(KEY, GROUP, *lines)).what


def test_an_overlay_may_part_what_belongs_together() -> None:
    """Whoever switches off all lines of an address but one need not write that one anew."""
    base = map_text(KEY, GROUP, "OrganizationName = name ; together x", "SalesMemo = description ; together x")
    assert built(base, "extends: customers\nfields: |\n  SalesMemo = description ; off\n").lines[-1].together == "x"


def test_a_word_on_several_lines() -> None:
    """What belongs together may flow one way, as long as two flow it."""
    flow = customers("OrganizationName > name ; together x", "SalesMemo = description ; together x")
    assert [line.together for line in flow.lines[-2:]] == ["x", "x"]


# -- authority


def test_what_authority_looks_at_is_read() -> None:
    """Its columns are asked for, whether or not a line has them, and a row is judged by them."""
    part = customers("OrganizationName = name", authority="{dataverse: numberofemployees eq 5}").dataverse
    assert "numberofemployees" in part.columns
    assert [part.rules({"numberofemployees": each}) for each in (5, 6, None)] == [True, False, False]
    assert customers("OrganizationName = name").dataverse.rules({})


def test_authority_over_lines_of_one_way() -> None:
    """Where no line goes both ways there is nothing to decide."""
    text = map_text(
        "CustomerAccount > accountnumber", "OrganizationName > name", authority="{dataverse: statecode eq 0}"
    )
    (problem,) = [each for each in problems(text) if each.field == "authority"]
    assert problem.what == "no line goes both ways: there is nothing to decide"


# -- several at once


@pytest.mark.parametrize(("head", "field"), [("when: pilot", "when"), ("erp: {lines: X}", "erp.lines")])
def test_reserved_entries(head: str, field: str) -> None:
    """An entry that is kept free for later is refused with what to do until then."""
    (problem,) = problems(map_text(KEY, GROUP), f"extends: customers\n{head}\n")
    assert (problem.file, problem.line, problem.field) == ("overlay1.yaml", 2, field)
    assert "is reserved" in problem.what
    assert "docs/maps.md" not in problem.remedy


def test_everything_at_once() -> None:
    """One report holds what is wrong with lines, keys, company, scopes and mandatory fields, each at its place."""
    text = map_text(
        "Nothing = name",
        "CreditLimit = name ; deferred",
        "OnHoldStatus >< msdyn_onholdstatus nothing",
        dataverse="{table: accounts, scope: nothing eq 1}",
        company="",
    )
    found = {(problem.line, problem.code) for problem in problems(text)}
    assert found == {
        (6, "DIPV1022"),
        (7, "DIPV1030"),
        (7, ""),
        (8, ""),
        (1, "DIPV1014"),
        (1, "DIPV1002"),
        (2, "DIPV1012"),
    }


@pytest.mark.parametrize(
    ("line", "policy"), [("Wrong ~ line", "{conflict: park}"), ("OrganizationName = name", "{conflict: newest}")]
)
def test_grammar_and_schema_at_once(line: str, policy: str) -> None:
    """One report holds faults of grammar, of the head and of names."""
    found = problems(map_text(KEY, GROUP, line, "Nothing = fax", policy=policy))
    assert {problem.code for problem in found} == {"", "DIPV1022"}


def test_fields_on_one_line() -> None:
    """Lines have their own numbers, however the block is written."""
    text = "\n".join(f"{name}: {value}" for name, value in HEAD.items()) + '\nfields: "A ~ b"\n'
    first, *_ = problems(text)
    assert (first.field, first.line) == ("A", number_of(text, "fields:"))


def test_wording() -> None:
    """A finding reads as file, line, field, what is wrong, what to do, code."""
    assert (
        str(Problem("a.yaml", 3, "X = y", "is odd", "mend it", "DIPV1000"))
        == "a.yaml:3: X = y: is odd; mend it [DIPV1000]"
    )
    assert str(Problem("a.yaml", 0, "a.yaml", "is gone", "find it")) == "a.yaml: a.yaml: is gone; find it"
