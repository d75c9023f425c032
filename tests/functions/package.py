"""The package as the deployment tool makes it (Azure/azure-dev, pkg/project/project_utils.go): all that .funcignore
lets through, read as git reads its own.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import PurePosixPath

import pathspec

from tests.emulator.azurite import ROOT

RULES = (ROOT / ".funcignore").read_text("utf-8").splitlines()


def packed(names: Iterable[str]) -> list[str]:
    """Of the files of a project, those that are deployed. Three the tool leaves out by itself."""
    spec = pathspec.GitIgnoreSpec.from_lines(RULES)
    left = [name for name in names if not spec.match_file(name)]
    own = {".azure", ".funcignore", "local.settings.json"}
    return [name for name in left if not own & {*PurePosixPath(name).parts}]
