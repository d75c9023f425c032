"""Operators in histories: they give every order, what comes of each is counted, and every refusal has to be so."""

from __future__ import annotations

import ast
import asyncio
import re
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from random import Random
from typing import Final

import pytest

from shared.engine import set_state, uncouple
from shared.errors import KoppelError
from shared.ledger import end_of
from shared.mapping import Side
from tests.emulator.azurite import ROOT
from tests.simulation.counted import told
from tests.simulation.judge import Judge
from tests.simulation.operators import WISHES, Operator, let_run
from tests.simulation.reasons import RULES, untrue
from tests.simulation.rig import ACCOUNT, CUSTOMERS, DATAVERSE, ERP, Rig, coupled, on_stage
from tests.simulation.seen import Order
from tests.simulation.trace import Trace

KINDS: Final = (
    "run", "pause flow", "resume flow", "stop", "plan", "approve", "couple", "uncouple", "undo", "rebuild", "erase",
    "accept", "restore", "sync record", "release", "clear", "retry",
)  # fmt: skip


def operator_on(rig: Rig) -> Operator:
    """Somebody who gives every order, watched by a judge."""
    world = rig.world
    operator = Operator(Random(1), Judge(world), Trace(world.loop), does_all=True)

    def watch(partition: str, writes: object) -> None:
        if not partition.startswith("plan~"):
            operator.judge.watch(partition, writes)  # type: ignore[arg-type] # as the ledger tells it
            operator.seen.watch(partition, writes)  # type: ignore[arg-type] # the same

    world.on_applied = watch
    rig.house = world.house()
    return operator


def test_every_kind_of_order_is_given_and_counted() -> None:
    """Some are accepted, some are refused, and nothing that is said is untrue."""

    async def story(rig: Rig) -> None:
        operator = operator_on(rig)
        await coupled(rig)
        given = [*dict.fromkeys((*WISHES, *operator.desk.orders))]
        assert set(KINDS) <= set(given)
        for _ in range(6):
            for what in operator.random.sample(given, len(given)):
                rig.edit(SalesMemo=what)
                with suppress(KoppelError):
                    await operator.give(rig.house, CUSTOMERS, what)
                await rig.pump()
        assert operator.judge.wrong == []
        assert {what for what, _ in operator.counts} == set(given)
        assert sum(operator.counts.values()) == 6 * len(given)
        assert {"accepted", "refused"} <= {end for _, end in operator.counts}
        assert len(told(operator.counts)) == len(given) + 1

    on_stage(story)


async def _nothing(_rig: Rig) -> None:
    """The flow runs, and its pair stands."""


async def _parted(rig: Rig) -> None:
    await uncouple(rig.flow(), ERP, ("usmf", ACCOUNT))


async def _paused(rig: Rig) -> None:
    await set_state(rig.house, CUSTOMERS, "paused", "the operator")


@pytest.mark.parametrize(
    ("text", "makes_it_so"),
    [
        (f"{CUSTOMERS} is paused: it cannot run; possible now: resume, stop", _paused),
        (f"{CUSTOMERS}: still at work, so nothing was done; pause or stop it first, and ask again", _nothing),
        ("the record is uncoupled already (uncoupled by an operator)", _parted),
        ("the record is coupled: there is no tombstone to clear", _nothing),
        ("PrimaryContactPhone > telephone1 flows one way only: correct the value in its source", None),
        (f"{CUSTOMERS} has no report yet: plan it first", _nothing),
    ],
)
def test_a_refusal_is_held_against_what_was_so(text: str, makes_it_so: Callable[[Rig], Awaitable[None]] | None) -> None:
    """What is so only after something happened is a lie before that, and the other way round."""

    async def story(rig: Rig) -> None:
        operator = operator_on(rig)
        row_id = await coupled(rig)
        await set_state(rig.house, CUSTOMERS, "running")
        end = end_of(DATAVERSE, (row_id,))
        if makes_it_so not in {None, _nothing}:
            assert untrue(operator.seen, Order(CUSTOMERS, rig.world.loop.time(), (end,)), text)
        since = rig.world.loop.time()
        if makes_it_so is not None:
            await makes_it_so(rig)
        assert bool(untrue(operator.seen, Order(CUSTOMERS, since, (end,)), text)) is (makes_it_so is None)

    on_stage(story)


BOTH_HOLD: Final = f"{CUSTOMERS}: both sides hold rows; plan it, look at the match report, and approve it first"
TRUE: Final = (
    BOTH_HOLD,
    "usmf US-001 and US-001 Contoso are coupled with each other already: nothing is to be done",
    "OrganizationName = name: Dataverse holds 'Contoso' by now, and not 'Fabrikam': look again",
    f"{CUSTOMERS} has no conflict 'c~1~2~open'",
)
"""What may be said of two records that are coupled and equal, in flows that run and that nobody has approved."""
FALSE: Final = (
    "usmf US-001 does not exist in the ERP",
    "US-001 Contoso was merged into D-1 Fabrikam: couple that one",
    "US-001 Contoso is outside the flow's scope in Dataverse: bring it into that first",
    "US-001 Contoso is of usmf, which is not synchronised: add the company first",
    "usmf US-001 is of usmf and US-001 Contoso of demf: choose two of one company",
    "US-001 Contoso belongs to dual_write.customers_v3_contacts: uncouple it there first",
    "usmf US-001 has another partner, D-1 Fabrikam: uncouple the two first",
    "D-1 Fabrikam was created for it: couple it with that one, or retry it",
    "what was to be created for the record may still be under way until 2026: try again then",
    "an earlier request to create the record may still be under way until 2026: try again then",
    "nobody knows under which number the record may have been created: uncouple it first",
    "usmf US-001 seems to have been renamed to usmf E-9: couple usmf E-9 with US-001 Contoso in Dataverse by hand",
    "nothing is kept about usmf US-001 in dual_write.customers_v3_accounts: see how the record is spelled",
    "something came in about the record while it was being erased: erase it again",
    "the record is not coupled any more: couple the two again first, or set the value by hand",
    "the record is dormant: nothing is written to it",
    "the record is of usmf, which is not synchronised: nothing is written to it",
    "SalesMemo = description: Dataverse has won there already; restore what lost, if it is to stand",
    "SalesMemo = description: nobody has won yet; name the side that wins, erp or dataverse",
    "SalesMemo = description: nobody has lost yet; decide which side wins",
    "SalesMemo = description: what lost is not kept, or was too long to be kept whole: set it by hand",
    "SalesMemo = description: edited since it was listed, and open again: the ERP 'A' and Dataverse 'B'. Look at both",
    "the map has no line 'SalesMemo = description' any more",
    "SalesMemo = description is part of the record's key, and cannot be written to a record that exists",
    "SalesMemo = description is enforced, and would replace the value again: take `enforced` off the line in the map",
    "Dataverse does not take the value back: it is not in the mood",
    "the record is gone in Dataverse, or keeps changing: look at it, and try again",
    "OrganizationName = name: Dataverse holds 'Fabrikam' by now, and not 'Contoso': look again",
    "OrganizationName = name: what Dataverse holds was typed there anew, and has not reached the ERP yet: restore once",
    "OrganizationName = name: Dataverse only receives as the record stands, and would be given the other value again",
    "CustomerGroupId = msdyn_customergroupid.msdyn_groupid: '10' is not in the ERP any more, and cannot stand there",
    "dual_write.customers_v3_contacts needs dual_write.customers_v3_accounts, which is not running: run it first",
    f"{CUSTOMERS}: the map has changed since the report was made; plan it again",
    f"{CUSTOMERS}: its map has changed since it was approved; plan it, look at the report, approve it",
    f"{CUSTOMERS}: a run with the master erp was approved, not a run without a master; plan it, look at the report",
    f"{CUSTOMERS}: what was approved says nothing about demf; plan it, look at the report, approve it",
    f"{CUSTOMERS}: accounts.name is secured, and cannot be read: add Koppel's user to a column security profile",
    "the job 8214748364-01234567 is done already",
    "flows/dual_write.customers_v3_accounts is being changed by many at once",
    "usmf US-001 is being coupled, and may be usmf E-9 under a new key",
    "usmf US-001 is being written in dual_write.customers_v3_contacts",
)
"""And what may not."""


@pytest.mark.parametrize("text", [*TRUE, *FALSE])
def test_what_is_said_of_two_records_at_rest_is_held_against_them(text: str) -> None:
    """Every rule tells a lie from the truth."""

    async def story(rig: Rig) -> None:
        operator, row_id = operator_on(rig), await coupled(rig)
        await asyncio.sleep(3600)
        records: dict[Side, tuple[str, ...]] = {ERP: ("usmf", ACCOUNT), DATAVERSE: (row_id,)}
        ends = tuple(end_of(side, name) for side, name in records.items())
        order = Order(CUSTOMERS, rig.world.loop.time(), ends, records=records, conflict=f"c~{row_id}~00~open")
        assert bool(untrue(operator.seen, order, text)) is (text in FALSE)

    on_stage(story)


@pytest.mark.parametrize(("words", "so"), [("It is not in the mood", True), ("It is shut", False)])
def test_a_refusal_is_told_without_what_frames_it(words: str, so: bool) -> None:
    """The ERP says for what row and where in its code something failed; the operator hears why."""

    async def story(rig: Rig) -> None:
        operator, row_id = operator_on(rig), await coupled(rig)
        framed = "Write failed for table row of type 'X'. Infolog: Warning: It is not in the mood.; Warning: it failed."
        rig.world.finops.environment.refused.append(
            ("CustomersV3", ("usmf", ACCOUNT), frozenset({"SalesMemo"}), framed)
        )
        order = Order(CUSTOMERS, rig.world.loop.time(), (end_of(DATAVERSE, (row_id,)),))
        assert bool(untrue(operator.seen, order, f"the ERP does not take the value back: {words}")) is not so

    on_stage(story)


def test_what_was_approved_needs_no_report() -> None:
    """Who is told so although there is one was told a lie."""

    async def story(rig: Rig) -> None:
        operator = operator_on(rig)
        await coupled(rig)
        await let_run(rig.house, [CUSTOMERS])
        assert untrue(operator.seen, Order(CUSTOMERS, rig.world.loop.time()), BOTH_HOLD)

    on_stage(story)


@pytest.mark.parametrize("what", ["accept", "restore"])
def test_a_decision_is_about_the_record_of_its_conflict(what: str) -> None:
    """Somebody is just writing that: the refusal says so, and it is so."""

    async def story(rig: Rig) -> None:
        operator = operator_on(rig)
        row_id = await coupled(rig)
        rig.edit(OrganizationName="ERP")
        rig.change(row_id, name="Dataverse")
        await rig.visit(DATAVERSE, (row_id,))
        rig.edit(SalesMemo="is just being written")
        await rig.dies(ERP, ("usmf", ACCOUNT), before="dataverse update")
        with suppress(KoppelError):
            await operator.give(rig.house, CUSTOMERS, what)
        assert (operator.counts[what, "refused"], operator.judge.wrong) == (1, [])

    on_stage(story)


def test_what_no_rule_knows_is_believed_of_nobody() -> None:
    """Else a new refusal would go unjudged."""

    async def story(rig: Rig) -> None:
        assert "no rule of the judge knows" in untrue(operator_on(rig).seen, Order(CUSTOMERS, 0.0), "it rains")[0]

    on_stage(story)


def _refusals() -> Iterator[tuple[str, str]]:
    """Every refusal that the engine, or the office of its operators, can give: its file, and its text with gaps."""
    files = [*(ROOT / "shared" / "engine").rglob("*.py"), *(ROOT / "shared" / "ledger").glob("*.py"),
             ROOT / "functions" / "operations" / "flows.py"]  # fmt: skip
    for path in sorted(files):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in {"Refused", "Busy", "NotFound"}:
                for part in ast.walk(node.args[0]):
                    if isinstance(part, ast.JoinedStr):
                        yield (
                            path.name,
                            "~".join(str(each.value) for each in part.values if isinstance(each, ast.Constant)),
                        )
                    elif part is node.args[0] and isinstance(part, ast.Constant):
                        yield path.name, str(part.value)


ELSEWHERE: Final = frozenset({
    "_beside.py", "_blanked.py", "_budget.py", "_called.py", "_copy.py", "_environment.py", "_named.py", "_one_pair.py",
    "_pairs.py", "_restore.py", "_review.py", "_review_orders.py", "_reviews.py", "_send.py", "_survivor.py",
    "_turned_back.py",
})  # fmt: skip
"""What no operator of a history asks for: copies, confirmations, other suites beside, records by their names, lists of
pairs, reviews.
"""
OTHERWISE: Final = ("leave creates out", "is not turned on here", "is not its last report",
                    "cannot be waived", "knows how to upgrade", "is being compared by the job",
                    "there is no flow ", "look at the report, approve it",
                    ": ~: set it in ", ": ~: wait until it is done, or stop")  # fmt: skip
"""The same; or what a job keeps to itself. The last three are told by their reasons, which have rules."""


@pytest.mark.parametrize(("file", "text"), sorted(each for each in set(_refusals()) if each[1].strip(": ~")))
def test_every_refusal_that_an_operator_may_hear_has_its_rule(file: str, text: str) -> None:
    """By the words that do not change."""
    known = any(_words(pattern) in text for pattern, _ in RULES)
    assert known or file in ELSEWHERE or any(each in text for each in OTHERWISE)


def _words(pattern: str) -> str:
    """The longest text of a pattern that stands for itself."""
    return max(
        (each.strip(" '") for each in re.split(r"\(\?P<[^)]*\)|[^\w',:; ]+", pattern.replace(r"\w", "~"))), key=len
    )
