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
)
