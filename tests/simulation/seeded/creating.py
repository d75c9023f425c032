"""Creates without a claim, or taken for what they are not; recovery of claims."""

from __future__ import annotations

from typing import Final

from tests.simulation.seeded.mutant import Mutant
from tests.simulation.seeded.mutant import of as _of

MUTANTS: Final[tuple[Mutant, ...]] = (
    _of("a create carries what Dataverse refuses on create", "mapping._check_lines",
        "    if column is None or not (column.update_only and", "    if column is None or not (False and",
        "tests/unit/mapping/test_checks_of_lines.py::test_a_column_that_dataverse_refuses_on_create"),
    _of("what comes from the ERP belongs to the app's user", "engine.record._owning",
        "owner = team or flow.suite.owner", "owner = flow.suite.owner",
        "tests/simulation/test_owning.py"),
    _of("the suite's owner goes before the company's team", "engine.record._owning",
        "owner = team or flow.suite.owner", "owner = flow.suite.owner or team",
        "tests/simulation/test_owning.py"),
    _of("a line about the owner has no say", "engine.record._owning",
        "    if MEMBER in body:\n        return dict(body)\n", "",
        "tests/simulation/test_owning.py"),
    _of("an owner is sent to tables that have none", "engine.record._owning",
        "or not await flow.dataverse.has_owners(flow.map.dataverse.entity)", "",
        "tests/simulation/test_owning.py"),
    _of("a company without a team is asked about for every row", "engine.lookups._rows",
        "or nobody", "or None",
        "tests/simulation/test_owning.py"),
    _of("a line may assign a row again and again", "mapping._check_lines",
        'and "create" not in options:\n        what = "assigning', 'and False:\n        what = "assigning',
        "tests/unit/mapping/test_checks_of_lines.py"),
    _of("a row of Dataverse is created before it is claimed", "engine.record._create",
        "        held = await claim(flow, wake, source)\n",
        "        sound = not source.plan.problems and not source.plan.missing\n"
        "        if sound and source.target == DATAVERSE and not await matches(flow, source):\n"
        '            early = Coupling(flow.guid(), source.identity, "claimed")\n'
        "            try:\n"
        "                await Creation(Claim(flow, wake, source, early))._send()\n"
        "            except (Exists, Rejected):\n"
        "                pass\n"
        "        held = await claim(flow, wake, source)\n",
        "tests/simulation/test_claims.py::test_a_claim_is_given_back_if_the_systems_go_away_before_anything_is_sent"),
    _of("a renumbered record holds on to the number that it was claimed under", "engine.record._create",
        "if there is not None and not numbered and await self._is_anothers(there):", "if False:",
        "tests/simulation/test_claims.py::test_a_claim_whose_number_went_to_another_account_is_given_back"),
    _of("what an earlier create sent is taken for what was cut off", "engine.record._created",
        "less = stored and not found and", "less = stored and",
        "tests/simulation/test_recovery.py::test_an_edit_since_a_create_that_nobody_heard_of_arrives"),
    _of("a create that was found is taken for what we see now", "engine.record._created",
        "found_created(held.flow.map, source.side, source.values, stored, sent_lines)",
        "created(held.flow.map, source.side, source.values, source.plan, None)",
        "tests/simulation/test_repairs.py"),
    _of("`already exists` is taken for our own success", "engine.record._create",
        "        if len(found) == 1:\n            return await self._couple_match(found[0])\n",
        "        if found:\n            return await couple_created(self.held, None)\n",
        "tests/simulation/test_in_between.py"),
    _of("a claim is given back although its request may be under way", "engine.record._create",
        "        except Unanswered:\n            raise\n        except KoppelError:\n", "        except KoppelError:\n",
        "tests/simulation/test_recovery.py", "tests/simulation/test_crashes.py", "tests/simulation/test_visits.py"),
    _of("what the ERP numbered and nobody finds any more is created again", "engine.record._create",
        "if there is None and numbered:", "if False:",
        "tests/simulation/test_numbered.py::test_what_was_numbered_for_an_account_and_is_gone_is_not_created_again"),
)  # fmt: skip
