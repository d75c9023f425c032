"""Contacts of Business Central: whom they work for, and who tells them."""

from __future__ import annotations

from typing import Final

from tests.simulation.seeded.mutant import Mutant
from tests.simulation.seeded.mutant import of as _of

_TESTS: Final = "tests/simulation/test_central_contacts.py"

MUTANTS: Final[tuple[Mutant, ...]] = (
    _of("of several flows only the first knows what a lookup means", "engine.lookups._pairs",
        "found = map(self.targets.by_flow, line.lookup.via if line.lookup else ())",
        "found = map(self.targets.by_flow, line.lookup.via[:1] if line.lookup else ())",
        f"{_TESTS}::test_a_person_of_a_vendor_gets_the_vendors_account"),
    _of("nobody tells a contact that its account is a customer now", "engine.record._pointing",
        "if was_coupled or not outcome.dataverse or outcome.kind in _ALONE:", "if flow:",
        f"{_TESTS}::test_a_contact_of_nobody_is_left_alone"),
    _of("what is looked up by its id has no name for people", "engine.lookups._records",
        'if line.erp.type != "guid" or code in self.told.names or not shown:', "if line:",
        f"{_TESTS}::test_a_contact_that_lost_its_customer_goes_on"),
    _of("what kind of record a new one is comes last", "engine.record._create",
        "body = {**given, **body_of(flow, source.target, lines_of(flow, source.plan.writes), source.codes), **given}",
        "body = {**body_of(flow, source.target, lines_of(flow, source.plan.writes), source.codes), **given}",
        f"{_TESTS}::test_a_contact_of_a_customer_is_created_under_his_company"),
    _of("what is made of other fields has to be sent itself", "mapping._check",
        "written.isdisjoint({field.name, *field.made_of})", "written.isdisjoint({field.name})",
        "tests/unit/maps/test_business_central.py::test_a_map_may_create_people",
        f"{_TESTS}::test_a_map_that_says_so_creates_people_by_itself"),
    _of("what is needed is there once any field is sent", "mapping._check",
        "written.isdisjoint({field.name, *field.made_of})", "not written",
        "tests/unit/maps/test_business_central.py::test_a_map_may_create_people"),
    _of("a filter asks for what its page works out", "systems._business_central",
        "if each[0].name != COMPANY and not each[0].unfiltered]", "if each[0].name != COMPANY]",
        f"{_TESTS}::test_people_are_matched_by_company_and_mail_or_name"),
    _of("a scope asks the server for what its page works out", "mapping._scopes",
        "and not found.unfiltered", "", "tests/unit/mapping/test_scopes.py"),
    _of("what leaves out a person is not told when he is there", "engine.record._pointing",
        'return line.dataverse.type == "lookup" and line.update and line.missing in LEAVING', "return False",
        "tests/simulation/test_central_primary.py::test_a_primary_contact_that_comes_later"),
    _of("whom a field of the ERP names is asked for by his id", "engine.record._pointing",
        "if (field := target.coded(line.erp)) is not None:", "if (field := None) is not None:",
        "tests/simulation/test_central_primary.py::test_a_primary_contact_that_comes_later"),
    _of("a flow comes after whatever it fills in later", "mapping._catalogue",
        "if line.lookup is None or line.deferred:", "if line.lookup is None:",
        "tests/unit/maps/test_business_central.py::test_customers_come_before_their_people"),
    _of("behind a lookup to several tables stands the first of them", "systems._looked_into",
        "table, wire = entity(of.system, name), column.wire_name",
        "table, wire = entity(of.system, next(iter(reversed(column.targets)))), column.wire_name",
        f"{_TESTS}::test_a_contact_of_nobody_is_left_alone"),
)  # fmt: skip
