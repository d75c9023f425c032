"""The app under the engine that runs it in Azure on Python 3.13: indexed and invoked by azure-functions-runtime.

The engine speaks to the host in protocol messages whose classes its caller brings. The ones here hold what they are
given and nothing else, so everything that is decided is decided by the engine.
"""

from __future__ import annotations

import asyncio
import json
import sys
from importlib import import_module
from importlib.util import find_spec
from types import SimpleNamespace
from typing import Any, Final

import pytest

from tests.emulator.azurite import ROOT
from tests.functions.stage import Stage, context, on_stage, the_host

pytestmark = pytest.mark.skipif(
    find_spec("azure_functions_runtime") is None,
    reason="azure-functions-runtime exists for Python 3.13 and later; older ones run in a worker of the platform",
)


class BindingInfo(SimpleNamespace):
    """A binding, and the numbers of its directions."""

    undefined = 0
    out = 1
    inout = 2


class StatusResult(SimpleNamespace):
    """How something ended."""

    Success = "success"
    Failure = "failure"


PROTOCOL: Final = SimpleNamespace(
    BindingInfo=BindingInfo,
    StatusResult=StatusResult,
    **dict.fromkeys(
        ("WorkerInitResponse", "WorkerMetadata", "RpcFunctionMetadata", "FunctionMetadataResponse", "RpcException"),
        SimpleNamespace,
    ),
)


@pytest.fixture
def indexed(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The functions as the engine tells the host about them, by name."""
    return asyncio.run(_indexed(monkeypatch))


async def _indexed(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    worker = import_module("azure_functions_runtime")
    monkeypatch.delitem(sys.modules, "function_app", raising=False)
    monkeypatch.syspath_prepend(str(ROOT))
    start = SimpleNamespace(capabilities={}, function_app_directory=str(ROOT))
    message = SimpleNamespace(
        request=SimpleNamespace(worker_init_request=start), properties={"host": "", "protos": PROTOCOL}
    )
    started = await worker.worker_init_request(message)
    assert started.result.status == StatusResult.Success, started.result
    told = await worker.functions_metadata_request(message)
    return {each.name: each for each in told.function_metadata_results}


async def invoke(function_id: str, **inputs: Any) -> Any:
    """One invocation. What the function returns, as the engine hands it to the host."""
    native = import_module("azure_functions_runtime.native_invocation")
    ok, returned, _, said, trace = await native.invocation_request_native("1", function_id, list(inputs.items()), {})
    assert ok, f"{said}\n{trace}"
    return returned


def datum(value: Any, kind: str) -> Any:
    return import_module("azure_functions_runtime.bindings.datumdef").Datum(value, kind)


def request(body: object, **route: str) -> Any:
    """An HTTP request as the host hands it over."""
    texts = {name: datum(value, "string") for name, value in route.items()}
    content = datum(json.dumps(body).encode(), "bytes")
    parts = {"method": datum("POST", "string"), "url": datum("http://koppel", "string"), "headers": {}, "query": {}}
    return datum({**parts, "params": texts, "body": content}, "http")


def test_indexed(indexed: dict[str, Any]) -> None:
    """The engine finds the same functions with the same triggers as the local host does."""
    triggers = {name: [json.loads(raw) for raw in each.raw_bindings] for name, each in indexed.items()}
    assert set(triggers) == set(the_host().functions)
    for name, registered in the_host().functions.items():
        (trigger,) = [each for each in triggers[name] if each["type"].endswith("Trigger")]
        assert {part: trigger.get(part) for part in ("type", "route", "schedule")} == {
            part: registered.trigger.get(part) for part in ("type", "route", "schedule")
        }


def test_invoked(indexed: dict[str, Any]) -> None:
    """An event handed over by the engine reaches the other side; a refusal keeps its shape; a timer runs."""

    async def story(stage: Stage) -> None:
        row_id = stage.rig.account()
        events = indexed["dual_write_customers_v3_accounts"].function_id
        answer = (await invoke(events, req=request(context(row_id), source="dataverse"))).value
        assert answer["status_code"].value == "202"
        assert not answer["body"].value
        assert stage.rig.erp() is not None
        refused = (await invoke(events, req=request([], source="dataverse"))).value
        assert refused["status_code"].value == "400"
        assert refused["headers"]["content-type"].value == "application/problem+json"
        await stage.rig.hint("dataverse", (row_id,))
        timer = datum(json.dumps({"IsPastDue": False}), "json")
        assert (await invoke(indexed["operations_pump"].function_id, timer=timer)) is None
        assert stage.rig.counts()["hints"] == 0

    on_stage(story)
