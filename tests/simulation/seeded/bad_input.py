"""What people type otherwise than it was meant: codes, names, and what messages call their records."""

from __future__ import annotations

from typing import Final

from tests.simulation.seeded.mutant import Mutant

_TESTS: Final = "tests/simulation/test_central_bad_input.py"
_UNITS: Final = "tests/simulation/test_central_units.py"

MUTANTS: Final[tuple[Mutant, ...]] = (
    Mutant(
        "blanks around a code are sent to Business Central",
        "shared.mapping._lines",
        'return value.strip(" ")',
        "return value",
        (f"{_TESTS}::test_a_code_is_the_same_in_any_letters_and_with_blanks_around_it",),
    ),
    Mutant(
        "a unit group is known in capitals only",
        "functions.business_central.units_of_measure",
        "if name[: len(PREFIX)].upper() != PREFIX:",
        "if name[: len(PREFIX)] != PREFIX:",
        (f"{_UNITS}::test_a_group_is_that_of_its_code_in_any_letters",),
    ),
    Mutant(
        "a unit group whose name says no code breaks off whoever looks at it",
        "functions.business_central.unit_actions",
        "except ValueError as no_code:",
        "except LookupError as no_code:",
        (f"{_UNITS}::test_a_group_that_somebody_called_otherwise_is_explained_and_put_back",),
    ),
    Mutant(
        "records are told by their ids in messages",
        "shared.engine._named",
        'return repr(name) if name else " ".join(identity)\n\n\nasync def told_now',
        'return " ".join(identity)\n\n\nasync def told_now',
        (f"{_TESTS}::test_two_customers_of_one_account_are_told_by_their_numbers",),
    ),
    Mutant(
        "two of one name are told by that name alone",
        "shared.engine.record._aside",
        "if namesakes[name] > 1 else name",
        "if namesakes[name] > 2 else name",
        (f"{_TESTS}::test_two_accounts_of_one_customer_are_told_apart",),
    ),
    Mutant(
        "a pair that is in the way is told by its ids",
        "shared.engine._named",
        "return await told_anew(flow, side, identity) if flow.map.has_given_id else",
        "return",
        (f"{_TESTS}::test_a_match_that_is_coupled_with_another_is_told_with_both_names",),
    ),
    Mutant(
        "a pair that lost a record is told by its ids",
        "shared.engine._named",
        "for side in SIDES if side in rows] if found.has_given_id else []",
        "for side in SIDES if side in rows] if not found.has_given_id else []",
        (f"{_TESTS}::test_a_partner_that_is_gone_is_told_by_what_the_other_one_is_called",),
    ),
)
