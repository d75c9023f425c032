"""How the parts of the local house are started: ledger, both twins, host."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Sequence

from tests.emulator import azurite
from tests.emulator.local import BUSINESS_CENTRAL, SUITES, Ports
from tests.emulator.processes import Processes


def start(ports: Ports, running: Processes, customers: int, empty: str = "", suites: Sequence[str] = SUITES) -> None:
    """Starts everything. empty: the side that begins without the records that flows bring."""
    running.start("azurite", azurite.command(ports.tables))
    twins = [sys.executable, "-m", "tests.emulator.twins", "--customers", str(customers), "--suites", ",".join(suites)]
    twins += ["--host-port", str(ports.host), "--dataverse-port", str(ports.dataverse)]
    twins += ["--finops-port", str(ports.finops), "--business-central-port", str(ports.business_central)]
    twins += ["--empty", empty] if empty else []
    running.start("twins", twins)
    running.wait_for("azurite", ports.tables, 120)
    start_host(ports, running, suites)
    running.wait_for("twins (Dataverse)", ports.dataverse, 120)
    running.wait_for("twins (F&O)", ports.finops, 120)
    if BUSINESS_CENTRAL in suites:
        running.wait_for("twins (Business Central)", ports.business_central, 120)


def start_host(ports: Ports, running: Processes, suites: Sequence[str] = SUITES) -> None:
    """Starts the host and waits for it: Core Tools if they are on the path, else our own."""
    core_tools = shutil.which("func")
    serve = [sys.executable, "-m", "tests.emulator.serve", "--port", str(ports.host)]
    command = [core_tools, "start", "--port", str(ports.host)] if core_tools else serve
    running.start("host", command, {**os.environ, **ports.app_settings(suites)})
    running.wait_for("host", ports.host, 120)
