"""A copy of the ledger is put back as if nothing had happened since."""

from __future__ import annotations

from typing import Final

from tests.simulation.seeded.mutant import Mutant
from tests.simulation.seeded.mutant import of as _of

_COPIES: Final = "tests/simulation/test_copies.py"

MUTANTS: Final[tuple[Mutant, ...]] = (
    _of("a restored pair goes by the master", "engine.passes._restore",
        '        pair = replace(pair, agreed=begun_with(self.map, "none"))\n', "",
        f"{_COPIES}::test_what_differs_is_asked"),
    _of("a copy is put back over what stands", "engine.passes._restore",
        "await self.house.commits.commit(part.partition, writes)",
        'await self.house.commits.commit(part.partition, writes if not (found := await self.house.commits.get('
        'part.partition, writes[0].key)) else [replace(writes[0], kind="replace", etag=found.etag)])',
        f"{_COPIES}::test_a_ledger_that_is_not_empty_is_named"),
    _of("a copy is put back into any ledger", "engine.passes._restore",
        "        await _demand_named(house, known, into)\n", "",
        f"{_COPIES}::test_a_ledger_that_is_not_empty_is_named"),
    _of("a copy is put back while flows run", "engine.passes._restore",
        "        await _demand_quiet(house)\n", "", f"{_COPIES}::test_while_anything_runs_nothing_is_put_back"),
    _of("a restore goes on in a flow that runs", "engine.passes._restore",
        "if why := is_at_work(value, await state_of(house, name)):", 'if why := "":',
        f"{_COPIES}::test_a_flow_that_begins_ends_the_restore_in_it"),
    _of("a copy of another environment is put back", "engine.passes._restore",
        "    _demand_same(about, known)\n", "", f"{_COPIES}::test_only_a_whole_copy_of_this_environment_is_put_back"),
    _of("a copy that is not whole is put back", "engine.passes._restore",
        'if about["state"] != WHOLE:', "if False:",
        f"{_COPIES}::test_only_a_whole_copy_of_this_environment_is_put_back"),
    _of("whoever goes on with a restore counts what is back as strange", "engine.passes._restore",
        "return what if await self._is_ours(part, writes) else", "return",
        f"{_COPIES}::test_whoever_dies_has_done_nothing_twice"),
    _of("a copy holds claims", "engine.passes._copy",
        'if coupling.state == "claimed":', "if False:", f"{_COPIES}::test_nothing_of_what_is_under_way_is_in_it"),
    _of("a copy holds a record in two pairs", "engine.passes._copy",
        '[*now, *[Write("delete", row.key, etag=row.etag) for row in former]]', "now",
        f"{_COPIES}::test_a_record_that_changes_its_partner_meanwhile_is_in_one_pair"),
    _of("copies of a lost ledger are thinned out", "engine.passes._copy",
        'ours = [each for each in found if each["ledger"] == ledger]', "ours = [*found]",
        f"{_COPIES}::test_copies_of_a_lost_ledger_outlast_those_of_the_next_one"),
    _of("a copy is carried on from its beginning", "engine.passes._carry",
        'self.value.get("places", {}).get(self.name, (0, ""))', '(0, "")',
        f"{_COPIES}::test_both_are_carried_on_where_they_stand"),
)  # fmt: skip
