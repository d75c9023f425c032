"""What an erasure leaves of a pair that has ended."""

from __future__ import annotations

from typing import Final

from tests.simulation.seeded.mutant import Mutant
from tests.simulation.seeded.mutant import of as _of

TESTS: Final = "tests/simulation/test_erased.py"

MUTANTS: Final[tuple[Mutant, ...]] = (
    _of("a tombstone keeps all that the two agreed on", "ledger._coupling",
        "        if self.late:\n            return replace(\n", "        if True:\n            return replace(\n",
        f"{TESTS}::test_a_tombstone_keeps_who_they_were_and_nothing_of_what_they_agreed_on"),
    _of("an erasure leaves tombstones as they are", "engine.record._erase",
        "        await bury(each.flow, [left for left in await _erased(each) if left.ended])\n",
        "        await _erased(each)\n",
        f"{TESTS}::test_nobody_reads_from_the_ledger_whom_an_erased_tombstone_was_about"),
    _of("the digests of erased tombstones are made under no key", "ledger._buried",
        "    keys = [BURIED + printer.fingerprint(end).hex()",
        "    keys = [BURIED + printer.at(0).fingerprint(end).hex()",
        f"{TESTS}::test_nobody_reads_from_the_ledger_whom_an_erased_tombstone_was_about"),
    _of("under a newer key erased tombstones are nobody's", "ledger._buried",
        "                made = printer.carried(bytes.fromhex(row.key.removeprefix(BURIED)), number)\n",
        "                made = bytes.fromhex(row.key.removeprefix(BURIED))\n",
        f"{TESTS}::test_an_erased_record_that_comes_back_is_left_to_a_person"),
    _of("an erased pair is coupled again", "engine.record._create",
        "    if (stone := await ended_before(flow, source)) is not None and (alone := left_alone(stone)) is not None:",
        "    if (stone := None) and (alone := None):",
        f"{TESTS}::test_nobody_reads_from_the_ledger_whom_an_erased_tombstone_was_about"),
    _of("a record is created where an erased one was", "engine.record._buried",
        "    if source.side == DATAVERSE and (identity := erp_identity(flow, source)):\n", "    if identity := ():\n",
        f"{TESTS}::test_who_makes_an_account_in_place_of_an_erased_one_is_told"),
    _of("a tombstone goes before everybody has seen its digests", "engine.record._buried",
        "        await asyncio.sleep(2 * FRESH)\n", "        await asyncio.sleep(0)\n",
        f"{TESTS}::test_whoever_is_at_work_meanwhile_does_not_couple_them"),
    _of("a deleted record that may begin anew leaves a digest", "engine.record._buried",
        "    kept = [each for each in stones if not begins_anew(flow, each)]\n", "    kept = [*stones]\n",
        f"{TESTS}::test_where_a_deleted_record_may_begin_anew_nothing_is_left_of_it"),
    _of("what a person couples is still taken for erased", "engine.record._by_hand",
        "        await unbury(flow, [end])\n", "        pass\n", f"{TESTS}::test_a_person_may_couple_what_was_erased"),
)  # fmt: skip
