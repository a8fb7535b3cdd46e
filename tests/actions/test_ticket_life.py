"""The whole state table through the actions: any sequence of verbs, and two people at the same moment."""

import asyncio
import shutil
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from actions import handling
from actions.access import access_ticket
from actions.answers import close_unrated, rate_ticket
from actions.handling import resume_due
from actions.passing import dispatch_to_room
from actions.tickets import confirm_ticket
from actions.work import House, Work
from bot.case_types import load_case_types
from bot.scene import ACCOUNT, ZONE
from handlers.texts import voice
from nlp.classify import Understanding
from rules.errors import RuleViolation, WrongState
from rules.roles import SYSTEM, Actor, Verb
from rules.tickets import CLOCKS, FINAL, State
from storage.engine import Database
from storage.models import AuditEntry, Contact, TicketEvent
from storage.queries import org
from storage.queries.rooms import rooms_by_ids
from storage.queries.tickets import TicketView, ticket_by_id
from tests.talk import LEADER, NOISE, OFFICER, SECRETARY, Talk, settle_in

NUMBER = "0511-001"
PEOPLE = (LEADER, OFFICER, SECRETARY, "wx-zhou", "wx-zhao", "resident-a")


@pytest.fixture(scope="module")
def understanding() -> Understanding:
    return Understanding.load()


async def actor_of(database: Database, external_id: str) -> Actor:
    async with database.read() as tx:
        query = select(Contact.id, Contact.person_id).where(Contact.external_id == external_id)
        contact_id, person_id = (await tx.execute(query)).one()
        if person_id is None:
            return Actor(contact_id, None, external_id)
        names, posts = await org.names_of(tx, [person_id]), await org.posts_of(tx, [person_id])
        return Actor(contact_id, person_id, names[person_id], posts[person_id])


class Desk:
    """One ticket and those who may do things to it, each step in a transaction of its own."""

    def __init__(self, talk: Talk) -> None:
        self.talk = talk
        self.house = House(load_case_types(), ZONE, voice)
        self.steps = 0

    async def step(self, who: str, act: Callable[[Work, TicketView], Awaitable[object]], verb: Verb) -> bool:
        """Do one thing as somebody; False where the rules refuse it."""
        by = await actor_of(self.talk.database, who)
        self.steps += 1
        try:
            async with self.talk.database.write() as tx:
                work = Work(self.house, tx, self.talk.clock(), by, f"step{self.steps}", ACCOUNT)
                await act(work, await access_ticket(work, NUMBER, verb))
        except RuleViolation:
            return False
        return True

    async def tick(self) -> None:
        async with self.talk.database.write() as tx:
            self.steps += 1
            work = Work(self.house, tx, self.talk.clock(), SYSTEM, f"tick{self.steps}", ACCOUNT)
            await close_unrated(work)
            await resume_due(work)

    async def ticket(self) -> TicketView:
        async with self.talk.database.read() as tx:
            found = await ticket_by_id(tx, 1)
        assert found is not None
        return found

    async def lines(self) -> tuple[int, int]:
        """How many lines of history and audit entries there are of the ticket."""
        async with self.talk.database.read() as tx:
            events = select(func.count()).select_from(TicketEvent).where(TicketEvent.ticket_id == 1)
            audits = select(func.count()).select_from(AuditEntry).where(AuditEntry.target == "ticket:1")
            return (await tx.execute(events)).scalar_one(), (await tx.execute(audits)).scalar_one()


async def _rate(work: Work, ticket: TicketView, *, satisfied: bool) -> None:
    room = (await rooms_by_ids(work.tx, [ticket.room_id]))[ticket.room_id]
    await rate_ticket(work, ticket, room, satisfied=satisfied, words="1" if satisfied else "2")


ACTS: dict[str, tuple[Verb, Callable[[Work, TicketView], Awaitable[object]]]] = {
    "confirm": (Verb.CONFIRM, confirm_ticket),
    "dismiss": (Verb.DISMISS, handling.dismiss_ticket),
    "dispatch": (Verb.DISPATCH, dispatch_to_room),
    "claim": (Verb.CLAIM, handling.claim_ticket),
    "return": (Verb.RETURN, lambda w, t: handling.return_ticket(w, t, "不归我管")),
    "return without a reason": (Verb.RETURN, lambda w, t: handling.return_ticket(w, t, " ")),
    "transfer": (Verb.TRANSFER, lambda w, t: handling.transfer_ticket(w, t, "物业")),
    "transfer to nobody": (Verb.TRANSFER, lambda w, t: handling.transfer_ticket(w, t, "月亮")),
    "hold": (Verb.HOLD, lambda w, t: handling.hold_ticket(w, t, "等配件", w.now + timedelta(days=2))),
    "hold until yesterday": (Verb.HOLD, lambda w, t: handling.hold_ticket(w, t, "等", w.now - timedelta(days=1))),
    "resume": (Verb.RESUME, handling.resume_ticket),
    "resolve": (Verb.RESOLVE, lambda w, t: handling.resolve_ticket(w, t, "办好了", [])),
    "verify": (Verb.VERIFY, handling.verify_ticket),
    "send back": (Verb.SEND_BACK, lambda w, t: handling.send_back_ticket(w, t, "没弄干净")),
    "reject": (Verb.REJECT, lambda w, t: handling.reject_ticket(w, t, "不归这里管")),
    "reopen": (Verb.REOPEN, handling.reopen_ticket),
    "retype to fire": (Verb.RETYPE, lambda w, t: handling.retype_ticket(w, t, w.house.case_types.by_code["fire"])),
    "satisfied": (Verb.QUERY, lambda w, t: _rate(w, t, satisfied=True)),
    "unsatisfied": (Verb.QUERY, lambda w, t: _rate(w, t, satisfied=False)),
}
PASSES = {"an hour": timedelta(hours=1), "three days": timedelta(days=3), "ten days": timedelta(days=10)}


def check(ticket: TicketView) -> None:
    """Exactly one clock, or a final state, or on hold until a day."""
    if ticket.state in FINAL:
        assert (ticket.clock, ticket.due_at) == (None, None)
        assert ticket.closed_at is not None
    elif ticket.state is State.ON_HOLD:
        assert (ticket.clock, ticket.due_at) == (None, None)
        assert ticket.hold_until is not None
    else:
        assert ticket.clock is CLOCKS[ticket.state]
        assert ticket.due_at is not None
        assert ticket.closed_at is None
    if ticket.state in (State.FILED, State.DISPATCHED, State.CANDIDATE):
        assert ticket.holder_id is None
    if ticket.state in (State.IN_PROGRESS, State.ON_HOLD, State.RESOLVED):
        assert ticket.holder_id is not None
    if ticket.state is State.ANSWERED:
        assert ticket.outcome == "办好了"
        assert ticket.rating in (None, "unsatisfied")  # the word on the answer before, where there was one
    assert (ticket.hold_until is not None) == (ticket.state is State.ON_HOLD)


BY_SOMEBODY = st.tuples(st.sampled_from(PEOPLE), st.sampled_from(list(ACTS)))
STEPS = st.lists(st.one_of(BY_SOMEBODY, st.sampled_from(list(PASSES))), max_size=25)


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(steps=STEPS)
async def test_any_sequence_leaves_one_clock_or_a_final_state(
    steps: list[tuple[str, str] | str],
    understanding: Understanding,
    sqlite_template: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    path = shutil.copy(sqlite_template, tmp_path_factory.mktemp("life"))
    database = Database(f"sqlite:///{path}", durable=False)
    await settle_in(database)
    await _live(Desk(Talk(database, understanding)), steps)
    await database.close()


WHOLE_LIFE: list[tuple[str, str] | str] = [
    (LEADER, "dispatch"), (OFFICER, "claim"), (OFFICER, "return"), (LEADER, "transfer"), ("wx-zhou", "claim"),
    ("wx-zhou", "hold"), "three days", (LEADER, "retype to fire"), ("wx-zhou", "resolve"), ("wx-zhou", "verify"),
    (SECRETARY, "send back"), ("wx-zhou", "resolve"), (SECRETARY, "verify"), (LEADER, "unsatisfied"),
    ("wx-zhou", "resolve"), (OFFICER, "verify"), "three days", (LEADER, "reopen"), (LEADER, "resolve"),
    (SECRETARY, "verify"), (LEADER, "satisfied"), "ten days", (LEADER, "reopen"),
]  # fmt: skip


async def test_a_whole_life(database: Database, understanding: Understanding) -> None:
    await settle_in(database)
    desk = Desk(Talk(database, understanding))
    await _live(desk, WHOLE_LIFE)
    ticket = await desk.ticket()
    assert (ticket.state, ticket.rating, ticket.reopened) == (State.CLOSED, "satisfied", 2)
    assert await desk.talk.verbs() == [
        "file", "dispatch", "claim", "return", "dispatch", "transfer", "claim", "hold", "resume", "retype", "resolve",
        "send_back", "resolve", "verify", "reopen", "resolve", "verify", "expire", "reopen", "resolve", "verify",
        "rate",
    ]  # fmt: skip


async def _live(desk: Desk, steps: list[tuple[str, str] | str]) -> None:
    await desk.talk.say(NOISE)
    check(await desk.ticket())
    for step in steps:
        before, ticket = await desk.lines(), await desk.ticket()
        if isinstance(step, str):
            desk.talk.clock.advance(PASSES[step])
            await desk.tick()
            done = (await desk.ticket()).state is not ticket.state
        else:
            who, name = step
            verb, act = ACTS[name]
            done = await desk.step(who, act, verb)
        after = await desk.lines()
        check(await desk.ticket())
        assert after[0] == after[1]  # every line of history has its audit entry
        assert after > before if done and await _moved(desk, ticket) else after >= before
        if not done:
            assert (after, await desk.ticket()) == (before, ticket)


async def _moved(desk: Desk, before: TicketView) -> bool:
    return (await desk.ticket()).state is not before.state


async def test_two_claim_at_the_same_moment_and_one_wins(database: Database, understanding: Understanding) -> None:
    await settle_in(database)
    desk = Desk(Talk(database, understanding))
    await desk.talk.say(NOISE)
    people = [LEADER, OFFICER, SECRETARY, "wx-zhou"] * 2
    actors = {who: await actor_of(database, who) for who in people}
    start = asyncio.Barrier(len(people))
    refused: list[str] = []

    async def claim(number: int, who: str) -> str | None:
        await start.wait()
        try:
            async with database.write() as tx:
                work = Work(desk.house, tx, desk.talk.clock(), actors[who], f"claim{number}", ACCOUNT)
                await handling.claim_ticket(work, await access_ticket(work, NUMBER, Verb.CLAIM))
        except WrongState as refusal:
            refused.append(voice(refusal.saying, ZONE))
            return None
        return who

    winners = [who for who in await asyncio.gather(*(claim(*one) for one in enumerate(people))) if who]
    assert len(winners) == 1
    ticket = await desk.ticket()
    assert ticket.holder_id == actors[winners[0]].person_id
    assert refused == [f"{NUMBER} {ticket.holder_name}已经接了，谢谢。"] * 7
    assert (await desk.talk.verbs()).count("claim") == 1
