"""What a scope says of a record, of a day, and of the scope before it."""

from __future__ import annotations

from typing import Final

from tests.simulation.seeded.mutant import Mutant
from tests.simulation.seeded.mutant import of as _of

HERE: Final = "tests/simulation/test_scopes.py"
PARTS: Final = "tests/unit/mapping/test_scope_parts.py"
LOOKED: Final = "tests/simulation/test_looked_up_scopes.py"
DAYS: Final = "tests/unit/mapping/test_scope_days.py"

MUTANTS: Final[tuple[Mutant, ...]] = (
    _of("what an overlay adds to a scope takes its place", "mapping._scope_parts",
        "            before = (*before, Piece(", "            before = (Piece(",
        f"{HERE}::test_what_is_added_to_a_scope_makes_no_customers_of_prospects"),
    _of("an `or` that is added to a scope opens it", "mapping._scope_parts",
        '" and ".join(f"({text})" for text in texts)', '" and ".join(texts)',
        f"{PARTS}::test_the_scope_as_it_holds"),
    _of("an overlay drops a condition unsaid", "mapping._scope_parts",
        "        if dropped := [", "        if dropped := [] and [",
        f"{PARTS}::test_a_condition_is_not_dropped_unsaid"),
    _of("one value of a list is asked of every record", "mapping._scopes",
        "self.asks = asks if len(each) > 1 else self.asks\n", "pass\n",
        "tests/unit/mapping/test_scopes.py::test_what_a_scope_asks_whatever_else_it_says"),
    _of("what ages out counts as taken out by people", "engine.record._leave",
        "    if flow.map.side(side).scope.lapsed(row):\n", "    if False:\n",
        f"{HERE}::test_what_ages_out_sleeps_and_nobody_is_asked"),
    _of("whatever leaves a scope that hangs on the day has aged", "mapping._scopes",
        "any(self.test(row, day) is True for day in days if day < self._today())", "True",
        f"{HERE}::test_what_people_take_out_is_still_counted"),
    _of("a side that has aged altogether is taken for a fault", "engine.passes._aged",
        "    if not flow.map.side(side).scope.moving:\n", "    if True:\n",
        f"{HERE}::test_what_ages_out_sleeps_and_nobody_is_asked"),
    _of("what is created today was created long ago", "engine.record._outside",
        "    row |= {name: flow.now() for", "    _ = {name: flow.now() for",
        f"{HERE}::test_an_old_record_is_not_met"),
    _of("the day is that of the server's clock on the wall", "mapping._scopes",
        "self.clock().astimezone(UTC).date()", "self.clock().date()", f"{DAYS}::test_the_server_is_told_a_moment"),
    _of("a line that replaces none any more is kept beside the map's own unsaid", "engine._reports",
        '        if deed.does == "adds" and deed.line in replaced:\n', "        if False:\n",
        "tests/simulation/test_reports.py::test_a_line_of_an_overlay_that_a_later_version_passes_by_is_said"),
    _of("a column of another row is taken for one of the record's own", "mapping._scopes",
        "self._behind(steps) if len(steps) > 1 else", "",
        f"{LOOKED}::test_accounts_of_one_currency"),
    _of("what changed is not looked into", "systems._dataverse",
        "            rows = await looked_into(self._sought, entity, columns, there)\n", "            rows = there\n",
        f"{LOOKED}::test_whoever_points_elsewhere_leaves_and_comes_back"),
    _of("what a query leaves out is not there", "systems._dataverse",
        "return found[0] if found else await self.read(entity, identity, columns)",
        "return found[0] if found else None",
        "tests/unit/systems/dataverse/test_rows_behind.py::"
        "test_a_row_behind_that_is_hidden_keeps_its_own_record_back"),
    _of("a single record is not looked into", "systems._dataverse",
        "return await self._looked(entity, columns, observed(answer.row))", "return observed(answer.row)",
        f"{LOOKED}::test_accounts_of_one_currency"),
    _of("a match is drawn out of another flow's scope", "engine.record._outside",
        "    if _kept_by(flow, source, found):\n        return None\n", "",
        "tests/simulation/test_central_flows.py::test_a_customer_is_given_no_account_of_a_vendor"),
    _of("a record without a partner is made whatever it would point to", "engine.record._outside",
        "    return not part.scope.includes(new.row)\n",
        "    return not part.scope.paths and not part.scope.includes(new.row)\n",
        f"{LOOKED}::test_a_customer_becomes_an_account_if_that_would_be_inside"),
    _of("a lookup that is blank says nothing of what stands behind it", "systems._looked_into",
        "dict.fromkeys(names) if not row[wire] else {}", "{}",
        "tests/unit/systems/test_looked_into.py"),
    _of("a server is asked to join where a row may point nowhere", "mapping._scopes",
        "before, self.joins = self.joins, False\n", "before = self.joins\n",
        "tests/unit/mapping/test_scopes.py::test_what_may_hold_for_a_row_that_points_nowhere_is_not_pushed"),
    _of("a column behind a lookup may be hidden unseen", "mapping._unseen",
        "for path in side.dataverse.scope.paths", "for path in ()",
        f"{LOOKED}::test_a_flow_that_cannot_see_the_column_it_asks_about_stops"),
    _of("an edit of another row deletes", "mapping._check",
        "            if any(looks_into_other_rows(each, of) for each in pieces):\n", "            if False:\n",
        f"{DAYS}::test_an_edit_of_another_row_deletes_nothing"),
    _of("time alone deletes", "mapping._check",
        "            if any(hangs_on_the_day(each, of) for each in pieces):\n", "            if False:\n",
        f"{DAYS}::test_time_alone_deletes_nothing"),
)  # fmt: skip
