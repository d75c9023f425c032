"""What users of either system could cause with rights that they do not have."""

from __future__ import annotations

from typing import Final

from tests.simulation.seeded.mutant import Mutant
from tests.simulation.seeded.mutant import of as _of

NUMBERS: Final = "tests/simulation/test_typed_numbers.py"
PARTIES: Final = "tests/simulation/test_typed_parties.py"

MUTANTS: Final[tuple[Mutant, ...]] = (
    _of("a row that carries a number and is not coupled is taken for the ERP record's", "engine.lookups._links",
        "        if found and not owner and (why := await self._no_proof(path, found, code)):\n",
        '        if (why := ""):\n',
        f"{NUMBERS}::test_contact_persons_do_not_arrive_under_a_prospect_of_the_users_own"),
    _of("the number of a row that is not coupled names the ERP record", "engine.lookups._links",
        "        if why := await self._no_proof(path, row_id, code):\n", '        if why := "":\n',
        f"{NUMBERS}::test_a_number_that_a_user_types_bills_nobody_else",
        f"{NUMBERS}::test_a_contact_of_a_prospect_is_nobodys_contact_person"),
    _of("a customer is looked up by its number where no flow keeps it", "engine.lookups._links",
        "        if names and entity(DATAVERSE, path.table).party:\n", "        if False:\n",
        f"{NUMBERS}::test_contact_persons_do_not_arrive_under_a_prospect_of_the_users_own"),
    _of("a flow that is paused keeps nothing", "engine._house",
        'found.get("state", "not running") != "not running"', 'found.get("state") in LIVE',
        f"{NUMBERS}::test_a_code_table_is_looked_up_by_its_key_where_no_flow_keeps_it"),
    _of("a party number that a user typed tells a rename", "engine.record._rename",
        "        return base[1] == line.print(value)\n", "        return bool(base or value)\n",
        f"{PARTIES}::test_a_typed_party_number_makes_no_rename"),
    _of("a party number that a user typed goes along", "engine.record._joins",
        '    if line is None or write is None or policy == "typed":\n',
        "    if line is None or write is None or policy:\n",
        f"{PARTIES}::test_a_party_number_that_a_user_types_joins_nobody",
        f"{PARTIES}::test_a_number_of_sales_that_is_somebodys_party_joins_nobody"),
    _of("a party number that nobody seems to have goes along", "engine.record._joins",
        '    if policy == "unused" and not holder:\n', "    if not holder:\n",
        f"{PARTIES}::test_a_number_that_nobody_seems_to_have_may_be_somebodys"),
    _of("the ledger is asked about every new number", "engine.record._joins",
        "    holder = await _holder(flow, row_id, code)\n",
        "    await _is_agreed(flow, line, row_id, write.source)\n    holder = await _holder(flow, row_id, code)\n",
        f"{PARTIES}::test_a_number_that_nobody_has_asks_the_ledger_no_more_than_one_that_nobody_asks_about"),
    _of("what is made again has lost its party", "engine.record._joins",
        "    if await had_agreed(flow, row_id, line, value):\n", "    if False:\n",
        f"{PARTIES}::test_what_is_made_again_keeps_the_party_that_it_had_and_no_other"),
    _of("whoever becomes a customer has lost the party of the contact person", "engine.record._joins",
        "        return any(theirs.comparable(each) == line.comparable(value) for each in held)\n",
        "        return False\n",
        f"{PARTIES}::test_a_person_who_buys_keeps_the_party_that_the_erp_gave"),
    _of("a party of another company is nobody's", "engine.record._joins",
        "            if not await _is_own(flow, each, row, row_id):\n",
        '            if row.row["dataAreaId"] == "usmf":\n',
        f"{PARTIES}::test_a_number_of_sales_that_is_somebodys_party_joins_nobody"),
    _of("an asterisk reads all records of finance and operations", "systems._finops",
        "    return field.type in QUOTED and WILDCARD in value\n", "    return False\n",
        "tests/unit/systems/finops/test_searching.py::test_wildcards_beside_others"),
    _of("anybody may send the tag of our own writes", "engine._house",
        "            return await asyncio.shield(self.itself) == user\n", "            return True\n",
        "tests/functions/test_webhooks.py::test_a_user_who_sends_our_tag_is_heard"),
)  # fmt: skip
