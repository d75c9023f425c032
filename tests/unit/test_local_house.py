"""The local house before it starts: which suites it takes, and what it tells the app."""

from __future__ import annotations

import io
import json
import os
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any

import httpx
import pytest
from rich.console import Console

from functions.suites import configured, shipped
from tests.emulator import options
from tests.emulator.azurite import ROOT, SetUpError
from tests.emulator.business_central.twin import BusinessCentralTwin
from tests.emulator.identity import Identity
from tests.emulator.local import BUSINESS_CENTRAL, CENTRAL_COMPANIES, ELSEWHERE, OF_SUITES, SUITES, Ports
from tests.emulator.operating import House
from tests.emulator.own_settings import prepare, settings_of
from tests.emulator.suites import chosen_suites
from tests.emulator.summary import left_alone
from tests.emulator.watching import told, watched


@pytest.mark.parametrize("suite", shipped())
def test_a_suite_finds_its_settings(suite: str) -> None:
    """Whatever suite is on, no setting that it needs is missing."""
    os.environ.update(Ports().app_settings([suite]))
    configured.cache_clear()
    assert list(configured().suites) == [suite]


def test_the_companies_of_business_central() -> None:
    """Their ids are those that the twin gives them."""
    twin = BusinessCentralTwin(clock=lambda: datetime.now(UTC), identity=Identity(lambda: datetime.now(UTC)))
    found = OF_SUITES[BUSINESS_CENTRAL]["BUSINESS_CENTRAL_COMPANIES"]
    assert ",".join(twin.company(each).id for each in CENTRAL_COMPANIES) == found


def test_suites_are_named_once() -> None:
    """Blanks and repeats do no harm."""
    assert chosen_suites(" prospect_to_cash,prospect_to_cash, ") == ["prospect_to_cash"]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "name any of business_central, dual_write, prospect_to_cash"),
        ("dual-write", "name any of business_central, dual_write, prospect_to_cash"),
        ("operations", "name any of business_central, dual_write, prospect_to_cash"),
        ("dual_write,prospect_to_cash", "would both keep the same rows of contacts; name one of these suites"),
    ],
)
def test_suites_that_cannot_run(text: str, says: str) -> None:
    """A name that is none, and alternatives, are refused before anything starts."""
    with pytest.raises(SetUpError, match=says):
        chosen_suites(text)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--host-port", "0"], "'0' is no port: use a number from 1 to 65535"),
        (["--finops-port", "70000"], "'70000' is no port"),
        (["--azurite-port", "http"], "'http' is no port"),
        (["--host-port", "7082"], "--host-port and --finops-port are both 7082: each needs a port of its own"),
        (["--customers", "0"], "'0' is no number above 0"),
    ],
)
def test_ports_that_cannot_be(arguments: list[str], says: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A port out of range or named twice is refused by its option."""
    parser = options.up()
    with pytest.raises(SystemExit):
        options.ports_of(parser, parser.parse_args(arguments))
    assert says in capsys.readouterr().err


@pytest.fixture
def _environment() -> Iterator[None]:
    """What a test sets is set for it alone."""
    before = dict(os.environ)
    yield
    os.environ.clear()
    os.environ.update(before)


@pytest.mark.usefixtures("_environment")
def test_settings_of_ones_own(tmp_path: Path) -> None:
    """`local.settings.json` counts, the environment before it, and the local house's own addresses before both."""
    file = tmp_path / "local.settings.json"
    values = {"DELETE_BUDGET": "7", "OLDER_BUDGET": "8", "DATAVERSE_URL": "https://contoso.crm4.dynamics.com"}
    values |= dict.fromkeys(ELSEWHERE, "somewhere else")
    file.write_text(json.dumps({"IsEncrypted": False, "Values": values}))
    os.environ["OLDER_BUDGET"] = "9"
    prepare(SUITES, Ports(), file)
    house = configured().house
    assert (house.delete_budget, house.older_budget) == (7, 9)
    assert house.dataverse_url == Ports().dataverse_url
    assert all(os.environ[name] == "" for name in ELSEWHERE)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{", "local.settings.json is no JSON: "),
        ("[]", 'has no "Values" that are all texts: begin with local.settings.sample.json'),
        ('{"Values": {"DELETE_BUDGET": 5}}', "that are all texts"),
    ],
)
def test_a_settings_file_that_cannot_be_used(tmp_path: Path, text: str, says: str) -> None:
    """It is refused in words before anything starts."""
    file = tmp_path / "local.settings.json"
    file.write_text(text)
    with pytest.raises(SetUpError, match=says):
        settings_of(file)


@pytest.mark.usefixtures("_environment")
@pytest.mark.parametrize(
    ("setting", "value", "says"),
    [
        ("MAP_OVERLAYS", "dual_write.customers_v3_accounts=nothing", "MAP_OVERLAYS: 'dual_write.customers_v3_accounts"),
        ("MAP_OVERLAYS", "dual_write.customer_groups={}", "these maps cannot be used:\n"),
        ("DELETE_BUDGET", "many", "DELETE_BUDGET: "),
    ],
)
def test_what_would_not_run(tmp_path: Path, setting: str, value: str, says: str) -> None:
    """Settings and overlays with which nothing would run are told before anything starts."""
    broken = ROOT / "tests" / "unit" / f"broken_{os.getpid()}.yaml"
    broken.write_text("extends: customer_groups\nfields: [\n")
    try:
        os.environ[setting] = value.format(broken.relative_to(ROOT))
        with pytest.raises(SetUpError, match=says):
            prepare(SUITES, Ports(), tmp_path / "none.json")
    finally:
        broken.unlink()


def jobs(*seen: int) -> Iterator[Mapping[str, Any]]:
    """A job over two flows, each time with as many records."""
    for number, records in enumerate(seen):
        tallies = {"s.a": {"counts": {"created": records}}}
        yield {"flows": ["s.a", "s.b"], "at": number, "tallies": tallies, "errors": {}, "state": "running"}


def test_progress_without_a_terminal() -> None:
    """Every few seconds a line says which flow of how many it is, how many records were seen, and how fast."""
    out, seconds = io.StringIO(), count(0, 3)
    watched(jobs(0, 60, 90), "planning", lambda: None, Console(file=out, width=120), lambda: float(next(seconds)))
    assert out.getvalue().splitlines() == ["planning b (2 of 2): 60 records, 10 a second"]


def test_progress_counts_what_is_left_alone_once() -> None:
    """A pass over thousands of records that nothing matches is no standstill either."""
    counts = {"ignored": 50, "updated": 6, "updated erp": 2, "updated dataverse": 4, "parked": 4}
    job = {**next(jobs(0)), "tallies": {"s.a": {"counts": counts}}}
    assert told("planning", job, 6) == "planning a (1 of 2): 60 records, 10 a second"


def test_progress_says_what_a_job_waits_for() -> None:
    """A system that asks for a pause of minutes is no standstill: the line says which does. What another flow met is
    no news of this one.
    """
    why = "https://contoso.crm4.dynamics.com/api/data/v9.2 has asked to wait 240 s"
    job = {**next(jobs(60)), "failing": {"s.a": {"why": why}, "s.b": {"why": "it is busy"}}}
    assert told("planning", job, 6) == f"planning a (1 of 2): 60 records, 10 a second; goes on by itself: {why}"


@pytest.mark.parametrize("status", [200, 503])
def test_calls_are_counted_while_a_system_asks_for_a_pause(status: int) -> None:
    """A first synchronisation may use up what a system allows: the summary of what was done is told all the same."""
    body = {"status": "not ready", "calls": {"dataverse": {"page": 7}}}
    with httpx.Client(transport=httpx.MockTransport(lambda _request: httpx.Response(status, json=body))) as client:
        assert House(Ports(), client).calls() == body["calls"]


@pytest.mark.parametrize(
    ("counts", "reasons", "says"),
    [
        ({"equal": 3}, {}, []),
        ({"ignored": 3}, {"creates": 3}, ["3 left alone in terms: nothing matches"]),
        ({"ignored": 3}, {}, ["3 left alone in terms: out of scope"]),
        ({"ignored": 3, "parked": 1}, {"creates": 1, "scope": 3},
         ["1 left alone in terms: nothing matches", "2 left alone in terms: out of scope"]),
        ({"conflict": 2, "matched": 1}, {"conflict": 2}, ["2 in conflict in terms: both sides differ"]),
    ],
)  # fmt: skip
def test_what_is_left_as_it_is_is_told(counts: Mapping[str, int], reasons: Mapping[str, int], says: list[str]) -> None:
    """By number and reason; nothing is said where there is none."""
    told = list(left_alone({"shop.terms": {"counts": counts, "reasons": reasons}}))
    assert len(told) == len(says)
    assert all(line.strip().startswith(text) for line, text in zip(told, says, strict=True))


@pytest.mark.parametrize(
    ("suites", "served"),
    [(("dual_write",), False), (("business_central",), True), (("dual_write", "business_central"), True)],
)
def test_ports_of_what_is_not_served_are_nobodys(suites: tuple[str, ...], served: bool) -> None:
    """A house neither names nor needs the port of a system that no suite of it has."""
    found = Ports(business_central=9).serving(suites)
    assert ("business-central" in found) is served
    assert {"host", "azurite", "dataverse", "finops"} <= found.keys()
