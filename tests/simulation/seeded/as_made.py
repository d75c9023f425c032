"""New records whose defaults count as a word, or whose initial values as a difference."""

from __future__ import annotations

from typing import Final

from tests.simulation.seeded.mutant import Mutant
from tests.simulation.seeded.mutant import of as _of

HERE: Final = "tests/simulation/test_as_made.py"

MUTANTS: Final[tuple[Mutant, ...]] = (
    _of("an initial value counts as a difference that a server made", "reconcile._reconcile",
        "    return not beside and value in line.initial.get(side, {}).values()\n", "    return False\n",
        f"{HERE}::test_an_initial_value_stands_beside_a_blank"),
    _of("every company begins with the value of all others", "reconcile._creation",
        "line.begin(target, context.company)", 'line.begin(target, "")',
        f"{HERE}::test_an_initial_value_may_hang_on_the_company"),
    _of("the default of a new row overwrites what it was made of", "reconcile._creation",
        "            elif not line.create and stored is not None and stored[line.index] is not ABSENT:\n",
        "            elif False:\n",
        f"{HERE}::test_the_default_of_a_new_row_overwrites_nothing"),
    _of("what a target has filled in goes if the create is found", "reconcile._creation",
        "            or (line.index not in sent and _is_untold(line, source, values[line.index]))\n", "",
        "tests/unit/reconcile/test_creation.py"),
    _of("what was never sent counts as a difference that a server made", "reconcile._coerced",
        " or is_unsent(line, agreed):", ":",
        f"{HERE}::test_the_default_of_a_new_row_overwrites_nothing"),
    _of("a new row that nobody has seen overwrites what it was made of", "reconcile._creation",
        "            elif not line.create and line.flows_from(source):\n", "            elif False:\n",
        "tests/unit/reconcile/test_creation.py::test_update_only_without_an_answer"),
    _of("a new row that is found overwrites what it was made of", "reconcile._creation",
        " and values[line.index] is not ABSENT and _rules(line, values[line.index]):\n            marks",
        " and _carried(line, source, values):\n            marks",
        "tests/unit/reconcile/test_creation.py::test_update_only_of_a_create_that_is_found"),
    _of("a 0 that the ERP fills in rules the account that it was made of", "reconcile._creation",
        "= first[line.definition] = prints(line, *pair)\n    return", "= prints(line, *pair)\n    return",
        f"{HERE}::test_a_source_that_is_made_of_its_target_rules_once_it_is_edited"),
    _of("the first edit of a target makes its source rule", "reconcile._reconcile",
        "            self.left += [line.index] * (line.definition in self.agreed.first)\n", "",
        f"{HERE}::test_a_source_that_is_made_of_its_target_rules_once_it_is_edited"),
    _of("a dry run leaves enumerations blank", "systems._rehearsal",
        "return found.members[0] if found.members else False", "return False",
        f"{HERE}::test_a_report_knows_that_an_enumeration_is_never_blank"),
    _of("a No of an account that is found rules the customer that it was made of", "reconcile._creation",
        "            _by_default(line, source, stored)\n            or (", "            (",
        f"{HERE}::test_whoever_dies_over_such_a_create_changes_nothing_about_it"),
)  # fmt: skip
