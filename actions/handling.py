"""What staff do with a ticket: every verb one function, each with its step, history, audit and what it says."""

from dataclasses import replace
from datetime import datetime

from actions.answers import answer_residents, keep_pictures
from actions.corrections import NO_REPORT, keep_example
from actions.history import move, note_event
from actions.outbox import say, say_above, say_to_person
from actions.passing import dispatch_to_room
from actions.tickets import announce, confirmed
from actions.work import Work
from rules.case_types import CaseType
from rules.errors import InvalidInput, NotAllowed, NotFound, WrongState
from rules.roles import ROLE_NAMES, SYSTEM, Role, Verb
from rules.sayings import (
    CantStep,
    Claimed,
    NeedsDate,
    NeedsTwo,
    NobodyThere,
    OnHold,
    OwnWork,
    PassedToYou,
    Rejected,
    Reopened,
    Resumed,
    SentBack,
    TakenBy,
    VerifyAsked,
)
from rules.talk import Mention
from rules.text import short
from rules.tickets import OPEN, STATE_NAMES, UNCLAIMED, State
from storage.queries import clocks
from storage.queries import tickets as q
from storage.queries.messages import Said
from storage.queries.rooms import contacts_by_ids, rooms_by_ids
from storage.queries.tickets import TicketView


async def claim_ticket(work: Work, ticket: TicketView) -> None:
    """Take a ticket; the first wins and the others are told who. The residents' rooms hear who has it.

    Raises:
        WrongState: somebody has it already; the saying tells who.

    """
    if ticket.state not in {*UNCLAIMED, State.CANDIDATE} and ticket.holder_name:
        raise WrongState(TakenBy(ticket.number, ticket.holder_name))
    asked = ticket.state is State.CANDIDATE
    try:
        ticket = await confirmed(work, ticket)
        await move(work, ticket, Verb.CLAIM, holder_id=work.by.person_id, claimed_at=work.now)
    except WrongState:
        current = await q.ticket_by_id(work.tx, ticket.id)
        if current is not None and current.holder_name:
            raise WrongState(TakenBy(ticket.number, current.holder_name)) from None
        raise
    if asked:
        await announce(work, await _again(work, ticket), None, taken_by=work.by.name)
        return
    saying = Claimed(
        number=ticket.number,
        type_name=work.house.case_types.name(ticket.case_type),
        holder=work.by.name,
        due=ticket.promised_at,
        now=work.now,
    )
    await _tell_rooms(work, ticket, saying)


async def resolve_ticket(work: Work, ticket: TicketView, outcome: str, pictures: list[Said]) -> None:
    """Finish a ticket: the answer goes to the rooms, unless the type asks for another pair of eyes first.

    Where it was never claimed, resolving it claims it as well: whoever mended it had it. Pictures are the handler's
    own, kept with the ticket and sent along to rooms where they weren't shown.
    """
    ticket = await confirmed(work, ticket)
    if ticket.state in UNCLAIMED:
        await move(work, ticket, Verb.CLAIM, holder_id=work.by.person_id, claimed_at=work.now)
        ticket = await _again(work, ticket)
    await move(work, ticket, Verb.RESOLVE, note=outcome, resolved_at=work.now, outcome=outcome)
    ticket = await keep_pictures(work, await _again(work, ticket), pictures)
    if _type(work, ticket).verify:
        saying = VerifyAsked(ticket.number, _type(work, ticket).name, work.by.name, outcome)
        await say_above(work, ticket.node_path, saying, ticket_id=ticket.id)
        return
    system = replace(work, by=SYSTEM)  # nobody looked at it: the type doesn't ask for it
    await move(system, ticket, Verb.VERIFY, answered_at=work.now)
    await answer_residents(work, await _again(work, ticket))


async def verify_ticket(work: Work, ticket: TicketView) -> None:
    """Confirm another's work and let the answer go out.

    Raises:
        NotAllowed: it is their own work, and the type asks for another pair of eyes.

    """
    if ticket.holder_id == work.by.person_id and _type(work, ticket).verify:
        raise NotAllowed(OwnWork(ticket.number))
    await move(work, ticket, Verb.VERIFY, answered_at=work.now)
    await answer_residents(work, await _again(work, ticket))


async def send_back_ticket(work: Work, ticket: TicketView, reason: str) -> None:
    """Give a resolved ticket back to its handler."""
    await move(work, ticket, Verb.SEND_BACK, note=reason, resolved_at=None)
    if ticket.holder_id is not None:
        await say_to_person(work, ticket.holder_id, SentBack(ticket.number, reason), ticket_id=ticket.id)


async def return_ticket(work: Work, ticket: TicketView, reason: str) -> None:
    """Give a ticket back with a reason: it is offered to the dispatch room again, where there is one."""
    await move(work, ticket, Verb.RETURN, note=reason, holder_id=None, claimed_at=None, department=None)
    await dispatch_to_room(work, await _again(work, ticket), note=reason, again=True)


async def transfer_ticket(work: Work, ticket: TicketView, whom: str) -> str:
    """Pass a ticket on to a role (物业, 社区民警, 网格员 ...) or a person over its place; returns to whom.

    Raises:
        NotFound: nobody there is called so.

    """
    whom = whom.split()[0].strip("，,。") if whom.split() else ""
    role = next((role for role, name in ROLE_NAMES.items() if whom and (whom in name or whom == role)), None)
    roles = [role] if role else list(Role)
    holders = await work.lookups.holders_above(work.tx, ticket.node_path, roles)
    found = [h for h in holders if role or whom == h[1]]
    if not whom or not found:
        raise NotFound(NobodyThere(whom[:20]))
    ticket = await confirmed(work, ticket, aloud=True)
    person_id, name, their_role, _ = found[0]
    department = their_role if role else None
    await move(
        work, ticket, Verb.TRANSFER, note=whom, target=State.DISPATCHED, holder_id=None, assignee_id=person_id,
        department=department,
    )  # fmt: skip
    ticket = await _again(work, ticket)
    told = PassedToYou(
        number=ticket.number,
        type_name=_type(work, ticket).name,
        node=ticket.node_name,
        words=short(ticket.summary, 60),
        by=work.by.name,
        due=ticket.promised_at,
        now=work.now,
    )
    await say_to_person(work, person_id, told, ticket_id=ticket.id)
    return name


async def hold_ticket(work: Work, ticket: TicketView, reason: str, until: datetime | None) -> None:
    """Let a ticket wait, with a reason and a day; the clock stands still and the residents hear why.

    Raises:
        WrongState: the day is missing or past.

    """
    if until is None or until <= work.now:
        raise WrongState(NeedsDate())
    await move(work, ticket, Verb.HOLD, note=reason, hold_until=until)
    await _tell_rooms(work, ticket, OnHold(ticket.number, until, reason, work.now))


async def resume_ticket(work: Work, ticket: TicketView) -> None:
    """Take a waiting ticket up again."""
    await move(work, ticket, Verb.RESUME, hold_until=None)


async def resume_due(work: Work, limit: int = 100) -> int:
    """Take up again what had to wait until now: the handler and the residents' rooms hear that it goes on."""
    work.by = SYSTEM
    resumed = 0
    for ticket in await clocks.held_until(work.tx, work.now, limit):
        try:
            await resume_ticket(work, ticket)
        except WrongState:
            continue  # another worker was faster
        resumed += 1
        saying = Resumed(ticket.number, _type(work, ticket).name, ticket.holder_name)
        if ticket.holder_id is not None:
            await say_to_person(work, ticket.holder_id, saying, ticket_id=ticket.id)
        await _tell_rooms(work, ticket, saying)
    return resumed


async def reject_ticket(work: Work, ticket: TicketView, reason: str) -> None:
    """Don't take a ticket up, and tell whoever reported why."""
    await move(work, ticket, Verb.REJECT, note=reason, closed_at=work.now)
    await _tell_rooms(work, ticket, Rejected(ticket.number, ticket.reporter_name, reason), to_reporter=True)


async def dismiss_ticket(work: Work, ticket: TicketView) -> None:
    """Say that it was no report: undone in one step, and kept as an example to learn from. Nothing is said aloud."""
    await move(work, ticket, Verb.DISMISS, closed_at=work.now)
    await keep_example(work, ticket, NO_REPORT)


async def retype_ticket(work: Work, ticket: TicketView, case_type: CaseType) -> None:
    """Give a ticket its right type, in any state, and keep the correction as an example."""
    await q.change_ticket(work.tx, ticket.id, case_type=case_type.code)
    note = f"{ticket.case_type} → {case_type.code}"
    await note_event(work, ticket.id, Verb.RETYPE, source=ticket.state, target=ticket.state, note=note)
    await keep_example(work, ticket, case_type.code)


async def merge_ticket(work: Work, ticket: TicketView, into: TicketView) -> None:
    """Let a ticket go on as part of another: its reporters are answered with that one.

    Raises:
        InvalidInput: both are the same.
        WrongState: the other is over, or waits for an answer only.

    """
    if ticket.id == into.id:
        raise InvalidInput(NeedsTwo())
    if into.state not in OPEN:
        raise WrongState(CantStep(into.number, STATE_NAMES[into.state]))
    await move(work, ticket, Verb.MERGE, note=into.number, merged_into_id=into.id, closed_at=work.now)
    await q.move_reports(work.tx, ticket.id, into.id)
    await note_event(work, into.id, "join", source=into.state, target=into.state, note=ticket.number)


async def reopen_ticket(work: Work, ticket: TicketView) -> None:
    """Take an answered or closed ticket up again, by staff's word, with the same handler."""
    await move(
        work, ticket, Verb.REOPEN, reopened=ticket.reopened + 1, rating=None, closed_at=None, answered_at=None,
        resolved_at=None,
    )  # fmt: skip
    await _tell_rooms(work, ticket, Reopened(ticket.number, ticket.holder_name, by_resident=False))


async def _tell_rooms(
    work: Work,
    ticket: TicketView,
    saying: Claimed | OnHold | Rejected | Reopened | Resumed,
    *,
    to_reporter: bool = False,
) -> None:
    """Say something in every room from which a ticket was reported."""
    rooms = await rooms_by_ids(work.tx, await q.rooms_of(work.tx, ticket.id))
    reporter = (await contacts_by_ids(work.tx, [ticket.reporter_id]))[ticket.reporter_id]
    for room_id, room in rooms.items():
        mine = to_reporter and room_id == ticket.room_id
        mentions = [Mention(reporter.external_id, reporter.name)] if mine else []
        await say(work, room, saying, mentions=mentions, ticket_id=ticket.id)


def _type(work: Work, ticket: TicketView) -> CaseType:
    return work.house.case_types.by_code.get(ticket.case_type) or CaseType(ticket.case_type, ticket.case_type)


async def _again(work: Work, ticket: TicketView) -> TicketView:
    found = await q.ticket_by_id(work.tx, ticket.id)
    if found is None:
        raise LookupError(f"ticket {ticket.id} vanished")
    return found
