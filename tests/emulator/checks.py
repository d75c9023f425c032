"""`./koppel test` and `./koppel check`: everything that must pass, in the order in which it is quickest to fail.

`./koppel test --all` plays the long forms, too; what else follows goes to pytest.
"""

from __future__ import annotations

import subprocess
import sys
from typing import Final

from tests.emulator import azurite
from tests.emulator.azurite import ROOT, SetUpError

CHECKS: Final = (
    ("lint", ["-m", "ruff", "check", "."]),
    ("format", ["-m", "ruff", "format", "--check", "."]),
    ("types", ["-m", "mypy", "function_app.py", "functions", "shared", "tests"]),
    ("import rules", ["-c", "from importlinter.cli import lint_imports_command; lint_imports_command()", "--no-cache"]),
)
TESTS: Final = ["-m", "pytest", "-n", "auto", "--dist", "worksteal", "-q", "-rfEs"]


def main(arguments: list[str]) -> int:
    """Runs the checks, then the tests with any further arguments handed on. Stops at the first failure."""
    what, *rest = arguments or ["test"]
    for name, command in CHECKS:
        print(f"-- {name}", flush=True)  # noqa: T201 - this is the command's output
        if subprocess.run([sys.executable, *command], cwd=ROOT, check=False).returncode:  # noqa: S603 - our own commands
            print(f"koppel: {name} failed", file=sys.stderr)  # noqa: T201 - the same
            return 1
    if what == "check":
        return 0
    try:
        azurite.fetch()
    except SetUpError as problem:
        print(f"koppel: {problem}", file=sys.stderr)  # noqa: T201 - the same
        return 1
    return subprocess.run([sys.executable, *TESTS, *rest], cwd=ROOT, check=False).returncode  # noqa: S603 - our own command


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
