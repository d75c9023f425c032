"""What the tests of the templates share."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which whichever worker asks first leaves what the compiler answered, for all others of the run."""
    folder = tmp_path_factory.getbasetemp().parent / "bicep"
    folder.mkdir(exist_ok=True)
    return folder
