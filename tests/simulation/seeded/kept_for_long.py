"""What is kept for long costs every minute, or for ever; or what is still of use is forgotten."""

from __future__ import annotations

from typing import Final

from tests.simulation.seeded.mutant import Mutant
from tests.simulation.seeded.mutant import of as _of

_TESTS: Final = "tests/simulation/test_kept_for_long.py::test_"
_GONE: Final = "tests/simulation/test_forgotten.py::test_"

MUTANTS: Final[tuple[Mutant, ...]] = (
    _of("jobs that are done stay in the list of open ones", "engine.passes._orders",
        "                await documents.drop(row)\n", "                pass\n",
        _TESTS + "jobs_that_are_done_cost_the_pump_nothing"),
    _of("what another version has left open is forgotten", "engine.passes._orders",
        "        await _list_open(house, today)\n", "        pass\n",
        _TESTS + "a_job_that_an_earlier_version_left_open_goes_on"),
    _of("a job that is just being ordered is taken off the list", "engine.passes._orders",
        "elif value or began(row.key) < house.clock() - ORPHANED:", "elif value or began(row.key):",
        _TESTS + "who_dies_while_he_orders_a_job_leaves_nothing_for_ever"),
    _of("tombstones stand for ever", "engine.passes._compare",
        "            await drop_stones(self.flow, wave)\n", "",
        _GONE + "the_tombstone_of_a_deleted_pair_goes_after_ninety_days"),
    _of("a tombstone is young and goes", "engine.passes._snapshot",
        "KEPT: Final = timedelta(days=90)", "KEPT: Final = timedelta(days=70)",
        _GONE + "the_tombstone_of_a_deleted_pair_goes_after_ninety_days"),
    _of("a tombstone goes while one of the two is there", "engine.passes._stones",
        "                return False\n", "                continue\n",
        _GONE + "a_survivor_out_of_scope_keeps_the_tombstone"),
    _of("whom a pass has not read is gone", "engine.passes._stones",
        "and await _is_all_gone(flow, stone)", "and stone.state",
        _GONE + "a_survivor_out_of_scope_keeps_the_tombstone"),
    _of("whom a pass has met is asked for all the same", "engine.passes._snapshot",
        "if not (rows.met(key_of(end)) or records.met(key_of(theirs)))]", "if end or theirs]",
        _GONE + "the_tombstone_of_a_parted_pair_stays_while_one_of_the_two_is_there"),
    _of("what is hidden is gone, and its tombstone goes", "engine.passes._stones",
        "            await flow.confirm_gone(side, stone.identity(side))\n", "",
        _GONE + "a_record_that_only_seems_to_be_gone_keeps_its_tombstone"),
    _of("an owner row outlives its record", "engine.passes._stones",
        "                await flow.owners.forget(stone.dataverse)\n", "                pass\n",
        _GONE + "the_owner_row_goes_with_the_last_tombstone"),
    _of("an owner row goes while another flow needs it", "engine._owners",
        "if row.etag and not any([await self._in_hand(each.name, dataverse_end(row_id)) for each in self.others]):",
        "if row.etag:",
        _GONE + "the_owner_row_goes_with_the_last_tombstone"),
    _of("values that lost are kept for ever", "engine.passes._retention",
        "FIRST: Final = CONFLICT", "FIRST: Final = FORMER",
        _GONE + "a_value_that_lost_goes_with_the_journal"),
    _of("what nobody has decided goes after some time", "engine.passes._retention",
        "    return coupling.intent is None and not found.open\n", "    return coupling.intent is None\n",
        _GONE + "what_nobody_has_decided_stays_while_its_record_does"),
    _of("what was never decided outlives its record", "engine.passes._retention",
        "if coupling is None or coupling.ended:", "if coupling is None:",
        _GONE + "what_nobody_has_decided_stays_while_its_record_does"),
    _of("former partners are kept for ever", "engine.record._former",
        '{"at": flow.now(), **cells}', '{"at": "9", **cells}',
        _GONE + "a_former_partner_is_remembered_as_long_as_its_journal"),
    _of("a former partner without a date goes at once", "engine.passes._retention",
        '{"at": moment(ledger.clock())}', '{"at": ""}',
        _GONE + "a_former_partner_without_a_date_is_kept_from_now_on"),
    _of("an old report shows records for ever", "engine.passes._retention",
        "    await fade_report(house, name, moment(house.clock() - house.options.journal))\n", "",
        _GONE + "a_report_shows_no_records_once_it_is_as_old_as_the_journal"),
    _of("what is parked for long keeps its values in a flow that stands", "engine.passes._retention",
        "    if found.since >= oldest or items == found.items:\n", "    if True:\n",
        "tests/simulation/test_journal.py::"
        "test_what_is_parked_for_long_keeps_no_values_where_nobody_says_it_anew"),
    _of("what is parked in a flow that runs is faded, and said anew, every day", "engine.passes._retention",
        "    if kind == PARKED and (await state_of", "    if False and (await state_of",
        "tests/simulation/test_journal.py::"
        "test_what_is_parked_for_long_keeps_no_values_where_nobody_says_it_anew"),
)  # fmt: skip
