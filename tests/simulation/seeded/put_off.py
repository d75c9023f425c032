"""What cannot be read holds what can."""

from __future__ import annotations

from typing import Final

from tests.simulation.seeded.mutant import Mutant
from tests.simulation.seeded.mutant import of as _of

_TESTS: Final = "tests/simulation/test_put_off.py::test_"

MUTANTS: Final[tuple[Mutant, ...]] = (
    _of("a job stands still at a table that cannot be read", "engine.passes._put_off",
        "if kind in IN_ORDER or flows[at : at + 1] != [name]:", "if kind:",
        _TESTS + "a_table_that_cannot_be_read_holds_no_flow_behind_it"),
    _of("a pass never gives a table up", "engine.passes._put_off",
        "since < moment(now - GIVEN_UP)", "since < moment(now - 99 * GIVEN_UP)",
        _TESTS + "a_pass_gives_a_table_up_that_cannot_be_read_for_hours"),
    _of("a first synchronisation gives its table up", "engine.passes._put_off",
        'if not value.get("begin") and since', "if since",
        _TESTS + "a_job_that_brings_flows_up_never_gives_up"),
    _of("a row that fails is passed over", "engine.passes._compare",
        "        await self._visit(await self.suspects.known([Wake(side, each) for each in broken]))\n", "",
        _TESTS + "a_record_that_fails_is_set_aside_and_the_rest_of_its_page_compared"),
    _of("a slice begins at the page that fails", "systems._dataverse",
        'page.cursor and {"next": page.cursor["next"], "apart": True}', "page.cursor",
        _TESTS + "a_pass_in_slices_goes_on_behind_the_record_that_fails"),
    _of("what is read row by row begins at the first row", "systems._dataverse",
        'following = self._row_by_row(entity, reading, {"after": last}, failed)',
        'following = self._row_by_row(entity, reading, {"after": ""}, failed)',
        _TESTS + "a_pass_in_slices_goes_on_behind_the_record_that_fails"),
    _of("whatever fails is the fault of single rows", "systems._client",
        "        if not rows and (lone is None or", "        if not rows and (not broken or",
        _TESTS + "a_column_that_is_gone_is_no_fault_of_records"),
    _of("a field that is refused is the fault of the only record", "systems._client",
        " and not await self._takes(entity, lone, columns)", " and False",
        _TESTS + "the_only_record_of_a_page_is_at_fault_if_nothing_else_is"),
    _of("the only record of a page is never at fault", "systems._client",
        " and not await self._takes(entity, lone, columns)", "",
        _TESTS + "the_only_record_of_a_page_is_at_fault_if_nothing_else_is"),
    _of("a feed that fails is read for ever", "engine.passes._jobs",
        'return bool(found["since"] <= moment(house.clock() - STUCK))', "return not found",
        _TESTS + "a_feed_that_fails_for_an_hour_is_begun_anew_without_it"),
    _of("a table without tracking is compared with every catch-up", "engine.passes._feed",
        "return UNTRACKED in cursor", "return False",
        _TESTS + "a_feed_that_fails_for_an_hour_is_begun_anew_without_it"),
    _of("a table without tracking is never tracked again", "engine.passes._compare",
        "(not self.feed.cursor or is_untracked(self.feed.cursor))", "not self.feed.cursor",
        _TESTS + "a_feed_that_fails_for_an_hour_is_begun_anew_without_it"),
)  # fmt: skip
