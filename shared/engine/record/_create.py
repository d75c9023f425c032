"""Create: claim, match, create, in that order."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from shared.engine._emptied import points_to_nobody
from shared.engine._flow import Flow, Outcome, Wake
from shared.engine._named import unread
from shared.engine.record._again import over_at
from shared.engine.record._aside import (
    belonging,
    doubt_about,
    doubt_about_match,
    formerly,
    owner_of,
    refused_create,
    set_down,
    several_match,
    still_aside,
    unsearchable,
)
from shared.engine.record._buried import ended_before, in_its_way, left_alone
from shared.engine.record._claim import Claim, SetAside, claim, couple_with_gone, found_entry, given_up, in_the_way
from shared.engine.record._conclude import keep
from shared.engine.record._content import as_sent
from shared.engine.record._created import constants, couple_created, couple_found
from shared.engine.record._encode import body_of, company_body, constant_body, lines_of, values_of
from shared.engine.record._landing import holds_what_was_sent, sent_for
from shared.engine.record._match import enforced, has_another_key, has_namesake, matches
from shared.engine.record._merged import is_merged
from shared.engine.record._merged_away import namesake
from shared.engine.record._numbered import Origin, give_to, looks_like, origin_of, was_numbered
from shared.engine.record._observe import Observed, observed
from shared.engine.record._outside import drawn_in, outside, would_be_outside
from shared.engine.record._owning import owned
from shared.engine.record._reborn import made_again
from shared.engine.record._rename import went_by
from shared.engine.record._source import Source, source_of
from shared.engine.record._strangers import strangers_in
from shared.engine.record._troubles import (
    Item,
    parked_items,
    standing,
    told,
    trouble,
    waiting_items,
    whole_record,
)
from shared.engine.record._update import carry_out
from shared.engine.record._work import Again, Work
from shared.errors import Denied, Exists, Halted, KoppelError, LedgerMoved, Rejected, TryLater, Unanswered, in_one
from shared.ledger import TO_BE_DRAWN_IN, Coupling, Write, end_of
from shared.mapping import DATAVERSE, ERP, SIDES, Agreed, Row, Side, Values, writer
from shared.reconcile import reconcile
from shared.systems import Observation


async def uncoupled(flow: Flow, wake: Wake) -> Outcome:
    """A record without a coupling: out of scope, or claimed, matched, and created if nobody matches."""
    seen = wake.seen or await flow.read(wake.side, wake.identity)
    if seen is None and wake.overtook(flow.options, "create", "update"):
        raise TryLater(f"{unread(flow.map, wake.side, wake.identity)} cannot be seen yet, although an event told of it")
    if seen is None:
        return await set_down(flow, wake, Outcome("gone"))
    if not flow.map.side(wake.side).scope.includes(seen.row) or is_merged(seen):
        return await set_down(flow, wake, Outcome("ignored"))
    source = await source_of(flow, wake.side, wake.identity, seen)
    if source is None:
        return await set_down(flow, wake, Outcome("ignored", codes=("company",)))
    if (left := await _left(flow, wake, source)) is not None:
        return left
    try:
        held = await claim(flow, wake, source)
    except SetAside as reason:
        if (again := await made_again(flow, wake, source, reason.blocker)) is not None:
            return again
        row = trouble(flow, "parked", wake, wake.end, [reason.item])
        return await set_down(flow, wake, told(row), [row])
    if await ended_before(flow, source) is not None:
        await held.release()  # it was erased between the two looks
        raise Again
    return await Creation(held).match()


async def _left(flow: Flow, wake: Wake, source: Source) -> Outcome | None:
    """How the visit ends to a record that stays as it is: its pair has ended, and was erased since; nothing is created
    for it; or it was set aside, and nothing has changed.
    """
    if (stone := await ended_before(flow, source)) is not None and (alone := left_alone(stone)) is not None:
        return await set_down(flow, wake, alone)
    if stone is None and (why := await stays_alone(flow, source)) and not await has_match(flow, source):
        return await set_down(flow, wake, Outcome("ignored", codes=(why,)))
    aside = trouble(flow, "parked", wake, wake.end, [in_its_way(stone)]) if stone else None
    aside = aside or await still_aside(flow, wake, source)
    return await set_down(flow, wake, told(aside), [aside]) if aside else None


async def stays_alone(flow: Flow, source: Source) -> str:
    """Why nothing is created for a record that nothing matches; empty if it is."""
    if source.target not in flow.creates(source.rows):
        return "creates"
    if flow.chosen is None and not flow.map.at(source.rows).side(source.side).rules(source.observation.row):
        return "authority"
    return "scope" if await would_be_outside(flow, source) else ""


async def has_match(flow: Flow, source: Source) -> bool:
    """True if something over there matches, or cannot be looked for: both are the claim's to deal with."""
    try:
        return bool(await matches(flow, source))
    except Rejected:
        return True


@dataclass(slots=True)
class Creation:
    """One record on its way to the other side, its claim in hand. sent: a request may be under way, or is answered.

    began: before anything was looked for on the other side.
    """

    held: Claim
    sent: bool = False
    began: str = ""

    def __post_init__(self) -> None:
        self.began = self.flow.now()

    @property
    def flow(self) -> Flow:
        return self.held.flow

    @property
    def source(self) -> Source:
        return self.held.source

    async def resume(self) -> Outcome:
        """From what an earlier owner of the claim may have done."""
        if self.source.target == DATAVERSE and (minted := await self._minted()) is not None:
            return await couple_found(self.held, minted, self.began)
        claimed = self.held.coupling.erp
        if self.source.target == ERP and claimed and has_another_key(self.flow, self.source, claimed):
            return await self._under_its_old_key(claimed)
        return await self.match()

    async def _under_its_old_key(self, claimed: tuple[str, ...]) -> Outcome:
        """What the record matched when it was claimed, or what was created for it then, is its partner.

        A stranger under that key is neither: its number was corrected here. Nor is what another record has by now.
        """
        there, numbered = await self.flow.read(ERP, claimed), was_numbered(self.held.coupling)
        if there is not None and not numbered and await self._is_anothers(there):
            there = None
        if there is None and numbered:
            await couple_with_gone(self.flow, self.held.coupling)
        if there is None and not self.held.alone:
            return await keep(self.flow, self.held.wake)
        if there is None:
            await self.held.release()
            raise Again
        return await (self._couple(there) if numbered else self._couple_match(there))

    async def _is_anothers(self, found: Observation) -> bool:
        if await holds_what_was_sent(self.flow, self.held.coupling, ERP, found):
            return False
        return await doubt_about_match(self.flow, self.source, found) is not None

    async def _minted(self) -> Observation | None:
        """The record under the id that the claim minted: nobody else knows it, so it is ours."""
        return await self.flow.read(DATAVERSE, (self.held.coupling.dataverse,))

    async def match(self) -> Outcome:
        """Couples the record with its match, or creates it. A claim under which nothing was sent is given back."""
        try:
            return await self._match()
        except (TryLater, Denied, Halted):
            if not self.held.recovering and not self.sent:
                await self.held.release()
            raise

    async def _match(self) -> Outcome:
        held = self.held
        own, there = self.source.identity[0], self.source.observation.row
        if self.source.side == DATAVERSE and (aside := await self._owned(own, there)):
            return aside
        if ours := await self._numbered():
            return await self._couple(ours)
        try:
            found = await matches(self.flow, self.source)
        except Rejected as refusal:
            return await held.park([unsearchable(refusal)])
        if len(found) > 1:
            return await held.park([several_match(self.flow, self.source, found)])
        recovered = found and held.recovering and not held.wake.by_hand
        if recovered and (doubt := await doubt_about(self.flow, self.source, held.coupling, found)):
            return await held.park([doubt], keep=True)
        return await self._couple_match(found[0]) if found else await self._create()

    async def _owned(self, row_id: str, row: Row | None = None, *, minted: bool = False) -> Outcome | None:
        """Takes the owner row where the table is shared. How the visit ends if another flow has the record."""
        flow, held = self.flow, self.held
        other = await flow.owners.take(row_id, held.coupling.key, minted=minted) if flow.owners else ""
        return await self._belongs(row_id, other, row) if other else None

    async def _belongs(self, row_id: str, other: str, row: Row | None) -> Outcome:
        """Sets the record aside, for another flow has the row."""
        held = self.held
        return await held.set_aside([await belonging(self.flow, held.wake, row_id, other, row)], keep=False)

    async def _numbered(self) -> Observation | None:
        """The record that an earlier owner of the claim created in the ERP, if its number came to light since."""
        held, claim = self.held, self.held.coupling
        if not held.recovering or self.source.target != ERP:
            return None
        known = await self.flow.ledger.seen_of(claim.key) if claim.numberless else claim.erp
        return await self.flow.read(ERP, known) if known and (claim.numberless or was_numbered(claim)) else None

    def _identity(self, row: Observation) -> tuple[str, ...]:
        return self.flow.map.identity_of(self.source.target, row.row)

    # -- a match

    async def _couple_match(self, found: Observation) -> Outcome:
        """Couples the record with what carries its number, unless that seems to be somebody else."""
        held, target = self.held, self.source.target
        if held.recovering and await holds_what_was_sent(self.flow, held.coupling, target, found):
            return await self._couple(found)
        if (item := await doubt_about_match(self.flow, self.source, found)) is not None:
            return await self._not_this(found, item)
        if pair := strangers_in(self.flow, self.source, found):
            await self.flow.approved.note(pair)
        return await self._couple(found)

    async def _couple(self, found: Observation) -> Outcome:
        """The claim becomes the coupling of the two, and what differs flows as the master says.

        The source is read once more: both were read at different times, and agreeing rests on no conditional write.
        """
        flow, source, held = self.flow, self.source, self.held
        if source.target == DATAVERSE and (aside := await self._owned(self._identity(found)[0], found.row)):
            return aside
        again = await flow.read(source.side, source.identity)
        if again is None or again.version != source.observation.version:
            await self._let_go()
            raise Again
        erp, dataverse = (again, found) if source.side == ERP else (found, again)
        seen = await observed(flow, erp, dataverse, source.company)
        agreed = await self._emptied_since(found, seen)
        plan = replace(reconcile(flow.map, agreed, *seen.values, seen.context(flow)), confirm=False)
        if (forced := drawn_in(flow, source, found)) is None:
            return await self._not_this(found, outside(flow, source, found))
        row_id, identity = flow.map.dataverse_identity(dataverse.row), flow.map.erp_identity(erp.row)
        reason = TO_BE_DRAWN_IN if forced else ""
        known = held.coupling.looked_at((source.target,), self.began)
        late = known.late if row_id == known.dataverse else ()
        coupling = Coupling(row_id, identity, "coupled", agreed, reason=reason, since=flow.now(), late=late,
                            job=held.coupling.job, etag=held.coupling.etag)  # fmt: skip
        troubles = held.troubles | await standing(flow, [end_of(source.target, self._identity(found))])
        store = await self._storing(found, row_id)
        work = Work(flow, held.wake, coupling, seen, plan, troubles, store, stored=False)
        work.outside = work.forced = forced
        await flow.go_on()
        return await self._matched(work)

    async def _not_this(self, found: Observation, item: Item) -> Outcome:
        """Sets the record aside for what is said of its match; if that stands in another coupling, for that.

        Or for the other flow that has it: in the order in which a look tells.
        """
        identity = self._identity(found)
        blocker = await self.flow.ledger.coupling(end_of(self.source.target, identity))
        if blocker is None or blocker.key == self.held.coupling.key:
            return await self.held.park([item])
        if self.source.target == DATAVERSE and (other := await owner_of(self.flow, identity[0])):
            return await self._belongs(identity[0], other, found.row)
        return await self._met(blocker.key)

    async def _emptied_since(self, found: Observation, seen: Observed) -> Agreed:
        """What is known of a match in the ERP that holds what a create of this claim has sent: where its source is
        blank by now, somebody has emptied it since, and the source wins. In Dataverse a row of ours has the claim's id.
        """
        flow, source, claim = self.flow, self.source, self.held.coupling
        nothing, may_be_ours = Agreed(), self.held.recovering and source.target == ERP
        if not may_be_ours or not await holds_what_was_sent(flow, claim, source.target, found):
            return nothing
        values: dict[Side, Values] = dict(zip(SIDES, seen.values, strict=True))
        sent = as_sent(flow, sent_for(claim, source.target), values[source.target])
        lines = [line for line in flow.map.lines if line.index in sent and not values[source.side][line.index]]
        return nothing.changed(flow.map, {}, {line.definition: source.side for line in lines})

    async def _matched(self, work: Work) -> Outcome:
        """Carries out the first plan of the two, unless somebody has coupled one of them meanwhile."""
        self.sent = True
        wake, target = self.held.wake, end_of(self.source.target, work.coupling.identity(self.source.target))
        try:
            outcome = await carry_out(work)
        except LedgerMoved as moved:
            if work.stored or moved.key not in {work.coupling.key, work.coupling.index_key}:
                raise
            return await self._met(moved.key)
        except Again:
            await over_at(self.flow, wake, wake.end, target)
            raise
        await over_at(self.flow, wake, wake.end, target)
        return replace(outcome, kind="matched") if outcome.kind == "equal" else outcome

    async def _storing(self, found: Observation, row_id: str) -> Callable[[Coupling], list[Write]]:
        """How the claim becomes the coupling. What an earlier owner of it may have created is journaled with that.

        A row with another id than the claim minted is none of ours: what came of that one is left to itself.
        """
        held, store = self.held, await self.held.storing()
        if not held.recovering:
            return store
        if self.source.target == DATAVERSE and row_id != held.coupling.dataverse:
            entry = given_up(self.flow, held.coupling)
        else:
            values = self.flow.map.side(self.source.target).read(found.row)
            entry = found_entry(self.flow, held.coupling, row_id, values)
        return lambda coupling: [*store(coupling), entry]

    async def _let_go(self) -> None:
        """Gives the claim back; where it alone knows what was created in the ERP, the next round takes it over."""
        held = self.held
        if held.recovering and self.source.target == ERP:
            assert held.coupling.intent is not None
            self.flow.lost.add(held.coupling.intent.attempt)
        else:
            await held.release()

    def _alone_knows(self) -> bool:
        """True if nothing but the claim leads from what the ERP may have numbered to its record."""
        claim = self.held.coupling
        return self.held.recovering and (claim.numberless or was_numbered(claim))

    async def _met(self, key: str) -> Outcome:
        """The match stands in another coupling: a finished one parks us, an unfinished one goes first."""
        if not self._alone_knows() and (known := await self._renamed()) is not None:
            return known
        blocker = await self.flow.ledger.coupling(key)
        item = await in_the_way(self.flow, blocker) if blocker else None
        if item is not None:
            return await self.held.park([item], keep=self._alone_knows())
        if self._alone_knows():
            return await keep(self.flow, self.held.wake)
        await self.held.release()
        raise Again

    # -- no match

    async def _not_new(self) -> Outcome | None:
        """How the visit ends for a record that nobody matches, and that may yet be there under another name."""
        flow, source, held = self.flow, self.source, self.held
        if (known := await self._renamed()) is not None:
            return known
        recovers = held.recovering and source.target == ERP and not held.wake.by_hand
        if recovers and (doubt := await doubt_about(flow, source, held.coupling, ())) is not None:
            return await held.park([doubt], keep=True)
        origin = await origin_of(flow, source)
        if origin is not None and origin.sure:
            return await give_to(held, origin.claim)
        if origin is not None and not held.wake.by_hand:
            return await self._alike(origin)
        return await held.park([await namesake(flow, source.merged)]) if has_namesake(flow, source) else None

    async def _renamed(self) -> Outcome | None:
        """How the visit ends for a record that seems to be a coupled one under a new key."""
        former = await went_by(self.flow, self.source)
        if former is None or former.erp is None:
            return None
        await self.flow.ledger.store_hint(ERP, former.erp, "renamed")
        return await self.held.park([await formerly(self.flow, self.source, former)])

    async def _alike(self, origin: Origin) -> Outcome:
        """Resembles what is to be created: while that is under way nobody can tell, and afterwards a person can."""
        held = self.held
        if not origin.is_under_way(self.flow):
            return await held.park([await looks_like(self.flow, origin)])
        if not held.recovering:
            await held.release()
        return await keep(self.flow, held.wake)

    async def _create(self) -> Outcome:
        flow, source, held = self.flow, self.source, self.held
        if (known := await self._not_new()) is not None:
            return known
        if source.target not in flow.creates(source.rows):
            return await self._unmade()
        if source.plan.problems:
            return await held.park(parked_items(flow, source.plan.problems))
        if any(not each.deferred for each in source.plan.missing):
            items = waiting_items(flow, source.plan.missing)
            row = trouble(flow, "waiting", held.wake, held.wake.end, items)
            return await held.set_aside([row], keep=held.recovering)
        if source.target == DATAVERSE and (
            aside := await self._owned(held.coupling.dataverse, minted=not held.recovering)
        ):
            return aside
        await flow.go_on()
        try:
            answer = await self._send()
        except Exists as exists:
            return await self._exists(exists)
        except Rejected as refusal:
            if await points_to_nobody(flow, source.target, refusal, source.plan.writes):
                await self._let_go()
                raise Again from refusal
            item = refused_create(flow, source, refusal)
            doubtful = held.recovering and not held.alone and not enforced(flow, source.target)
            return await held.park([item], keep=doubtful)
        return await couple_created(self.held, answer, self.began)

    async def _unmade(self) -> Outcome:
        """The map creates nothing over there, and what matched is gone, or the map said otherwise once."""
        if not self.held.alone:
            return await keep(self.flow, self.held.wake)
        await self.held.release()
        raise Again

    async def _send(self) -> Observation | None:
        """The one request that creates. Whatever refuses it, nothing is under way then."""
        part = self.flow.map.side(self.source.target)
        body = self._body()
        body = await owned(self.flow, self.source.mark, body) if self.source.target == DATAVERSE else body
        await self.held.sends(self.source.plan.writes)
        self._begin()
        try:
            return await self.flow.system(self.source.target).create(part.entity, body, part.columns)
        except Unanswered:
            raise
        except KoppelError:
            self.sent = False
            raise

    def _begin(self) -> None:
        """From now on a request may be under way. Raises Again if somebody has counted on that none would be."""
        intent, unsent = self.held.coupling.intent, self.flow.unsent
        assert intent is not None
        if intent.attempt not in unsent:
            raise Again
        unsent.discard(intent.attempt)
        self.sent = True

    def _body(self) -> dict[str, str]:
        """What the map itself gives stands first: it says what kind of record it is, and one ERP carries out a body
        field by field.
        """
        flow, source = self.flow, self.source
        given = constant_body(flow, source.target, values_of(constants(self.held)))
        body = {**given, **body_of(flow, source.target, lines_of(flow, source.plan.writes), source.codes), **given}
        company = flow.map.company
        if source.target == ERP:
            body.update({company.erp.name: writer(flow.map.erp.system, company.erp)(source.company)} if company else {})
            return body
        body[flow.map.dataverse.entity.id] = f'"{self.held.coupling.dataverse}"'
        body.update(company_body(flow, source.mark))
        return body

    async def _exists(self, refusal: Exists) -> Outcome:
        """`Already exists` is a match to examine. Only the id that we minted ourselves proves our own success."""
        if self.source.target == DATAVERSE and (minted := await self._minted()) is not None:
            return await couple_found(self.held, minted, self.began)
        try:
            found = await matches(self.flow, self.source)
        except Rejected as alike:
            return await self.held.park([unsearchable(alike)])
        if len(found) == 1:
            return await self._couple_match(found[0])
        message = in_one(
            f"it exists, but its key does not find it: {refusal}",
            "if it is hidden from us, let it be seen and retry",
            "otherwise couple the two by hand, or change a key and retry",
        )
        return await self.held.park([whole_record("exists", message)])
