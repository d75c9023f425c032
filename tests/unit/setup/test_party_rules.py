"""What is told of an environment with the party solutions of release 3 before anything is written there."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

from shared.mapping import Catalogue
from shared.setup import Finding
from tests.unit.setup.stage import ACCOUNTS, Stage, shipped

REVISIONS: Final = Path(__file__).parents[3] / "functions" / "dual_write" / "revisions"
SOLD_TO: Final = "dual_write.customers_v3_contacts"
PERSONS: Final = ("dual_write.cds_contacts_v2", "dual_write.cds_contacts_v2_customers")


async def told(flow: str, *, release: int = 1, word: str = "", parties: bool = True) -> list[Finding]:
    """What the preflight says of a flow there, tracking aside, which set-up switches on. word: of an overlay."""
    word = word or (f"r{release}" if release > 1 else "")
    overlays = {flow: [REVISIONS / f"{flow.partition('.')[2]}.{word}.yaml"]} if word else {}
    stage = Stage(customers=2, maps=Catalogue(shipped().files, overlays))
    if parties:
        stage.dataverse.install_parties()
    await stage.register()
    return [each for each in (await stage.report(flow)).findings if each.severity != "note"]


@pytest.mark.parametrize("release", [1, 3])
@pytest.mark.parametrize("flow", PERSONS)
async def test_contact_persons(flow: str, release: int) -> None:
    """Their company is emptied or refused there, so their flows cannot work."""
    (finding,) = [each for each in await told(flow, release=release) if each.severity == "error"]
    assert "let no row of contacts have a company that is neither customer nor vendor" in finding.what
    assert finding.remedy.startswith("turn the flow off, as the product does")
    assert finding.flows == (flow,)


@pytest.mark.parametrize("flow", [ACCOUNTS, SOLD_TO])
async def test_customers(flow: str) -> None:
    """The maps of release 3 fit the solutions."""
    assert await told(flow, release=3) == []


@pytest.mark.parametrize("flow", [ACCOUNTS, SOLD_TO])
async def test_numbers(flow: str) -> None:
    """A party number that the platform makes up is none that came from the ERP; the maps of release 3 send it."""
    (finding,) = await told(flow, release=1)
    assert (finding.severity, finding.flows) == ("warning", (flow,))
    assert "msdyn_partynumber by itself (PAR-{SEQNUM:5}-{RANDSTRING:4}), and PartyNumber takes none" in finding.what
    assert "each new row is parked" in finding.what
    assert f"the overlay {flow}=typed_party in MAP_OVERLAYS" in finding.remedy


@pytest.mark.parametrize("flow", [ACCOUNTS, SOLD_TO])
async def test_numbers_that_go_along(flow: str) -> None:
    """Whoever has read what the overlay opens is told nothing more."""
    assert await told(flow, word="typed_party") == []


async def test_without_them() -> None:
    """Where they are not installed, there is nothing to tell."""
    assert await told(PERSONS[0], release=1, parties=False) == []
