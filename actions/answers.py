"""Closing the loop: the answer goes to where it began, and the resident says whether it is really done."""

from datetime import timedelta

from actions.history import move, note_event
from actions.outbox import say, say_above, say_to_person
from actions.tickets import name_reporters
from actions.work import Work
from rules.errors import WrongState
from rules.roles import SYSTEM, Verb
from rules.sayings import Answered, RatedWell, Reopened, WentBack
from rules.talk import Mention
from rules.text import short
from rules.tickets import Move, State
from storage.queries import attachments, clocks
from storage.queries import outbox as outbox_q
from storage.queries import tickets as q
from storage.queries.messages import Said
from storage.queries.rooms import RoomView, contacts_by_ids, rooms_by_ids
from storage.queries.tickets import TicketView

SATISFIED, UNSATISFIED, NO_ANSWER = "satisfied", "unsatisfied", "no_answer"


async def answer_residents(work: Work, ticket: TicketView) -> None:
    """Say in every room where it was reported what was done, naming all who reported there, and ask to rate it."""
    reports = [one for one in await q.reports_of(work.tx, [ticket.id]) if one.kind == "report"]
    rooms = await rooms_by_ids(work.tx, {one.room_id for one in reports})
    for room_id, room in rooms.items():
        here = [one for one in reports if one.room_id == room_id]
        first = here[0]
        mentions = name_reporters(here)
        saying = Answered(
            number=ticket.number,
            reporter=first.contact_name,
            words=short(first.text, 30),
            reported_at=first.at,
            outcome=ticket.outcome or "",
            took=max(work.now - first.at, timedelta(0)),
            now=work.now,
        )
        await say(work, room, saying, mentions=mentions, ticket_id=ticket.id)
        await _send_pictures(work, ticket, room)


async def keep_pictures(work: Work, ticket: TicketView, pictures: list[Said]) -> TicketView:
    """Keep the handler's pictures with what they did."""
    kept = list(ticket.understood.get("pictures", []))
    for said in pictures:
        attachment_id, _ = await attachments.want(work.tx, said.id, said.file_name or "照片.jpg", work.now)
        kept += [attachment_id] if attachment_id not in kept else []
    if not kept:
        return ticket
    await q.change_ticket(work.tx, ticket.id, understood={**ticket.understood, "pictures": kept})
    return await _again(work, ticket)


async def add_pictures(work: Work, ticket: TicketView, pictures: list[Said]) -> None:
    """Send after an answer the pictures that its handler shows only now, to the rooms that haven't seen them."""
    ticket = await keep_pictures(work, ticket, pictures)
    await note_event(work, ticket.id, "picture", source=ticket.state, target=ticket.state)
    if ticket.state is State.ANSWERED:
        for room in (await rooms_by_ids(work.tx, await q.rooms_of(work.tx, ticket.id))).values():
            await _send_pictures(work, ticket, room)


async def _send_pictures(work: Work, ticket: TicketView, room: RoomView) -> None:
    """Queue the handler's pictures for a room, unless they were shown there: they wait until they are fetched."""
    wanted = ticket.understood.get("pictures", [])
    copies = await attachments.copies(work.tx, wanted) if wanted else {}
    for attachment_id, copy in copies.items():
        where = await attachments.source_of(work.tx, attachment_id)
        if where is None or where.room_id == room.id or copy.lost:
            continue
        await outbox_q.queue(
            work.tx,
            [
                {
                    "cause": f"picture:{ticket.id}:{attachment_id}:{room.id}",
                    "account": room.account,
                    "room_id": room.id,
                    "priority": 11,
                    "state": "waiting" if copy.path else "held",
                    "due_at": work.now,
                    "created_at": work.now,
                    "tries": 0,
                    "text": "",
                    "file_name": where.name,
                    "file_path": copy.path,
                    "attachment_id": attachment_id,
                    "ticket_id": ticket.id,
                }
            ],
        )


async def rate_ticket(work: Work, ticket: TicketView, room: RoomView, *, satisfied: bool, words: str) -> None:
    """Take a resident's word on the answer: satisfied closes the ticket, anything else opens it again.

    Reopening goes to the same handler and tells the level above.
    """
    if satisfied:
        await move(work, ticket, Move.RATE, note=words, rating=SATISFIED, closed_at=work.now)
        await say(work, room, RatedWell(ticket.number), ticket_id=ticket.id)
        return
    await reopen_by_resident(work, ticket, room, words)


async def reopen_by_resident(work: Work, ticket: TicketView, room: RoomView, words: str) -> None:
    """Take an answered or lately closed ticket up again because a resident says it isn't done."""
    await move(
        work, ticket, Verb.REOPEN, note=words, rating=UNSATISFIED, reopened=ticket.reopened + 1, closed_at=None,
        answered_at=None, resolved_at=None,
    )  # fmt: skip
    saying = Reopened(ticket.number, ticket.holder_name, by_resident=True)
    contact = (await contacts_by_ids(work.tx, [work.by.contact_id or 0])).get(work.by.contact_id or 0)
    mentions = [Mention(contact.external_id, contact.name)] if contact else []
    await say(work, room, saying, mentions=mentions, ticket_id=ticket.id)
    back = WentBack(
        number=ticket.number,
        type_name=work.house.case_types.name(ticket.case_type),
        node=ticket.node_name,
        words=short(words, 40),
        holder=ticket.holder_name,
        times=ticket.reopened + 1,
    )
    told: frozenset[int] = frozenset()
    if ticket.holder_id is not None and await say_to_person(work, ticket.holder_id, back, ticket_id=ticket.id):
        told = frozenset({ticket.holder_id})
    await say_above(work, ticket.node_path, back, ticket_id=ticket.id, told=told)


async def close_unrated(work: Work, limit: int = 100) -> int:
    """Close the answered tickets whose window has passed: recorded as no answer, never as satisfied."""
    work.by = SYSTEM
    closed = 0
    for ticket in await clocks.due_tickets(work.tx, State.ANSWERED, work.now, limit):
        try:
            await move(work, ticket, Move.EXPIRE, rating=NO_ANSWER, closed_at=work.now)
        except WrongState:
            continue  # somebody has just rated it, or another worker was faster
        closed += 1
    return closed


async def settle_by_reporter(work: Work, ticket: TicketView, room: RoomView, words: str) -> None:
    """Close a ticket because whoever reported it says it's fixed, though nobody had said so yet.

    Not where the type asks for another pair of eyes, and not while it waits for them.
    """
    case_type = work.house.case_types.by_code.get(ticket.case_type)
    if case_type is not None and case_type.verify:
        return
    resident, work.by = work.by, SYSTEM
    if ticket.state is State.ON_HOLD:
        await move(work, ticket, Verb.RESUME, hold_until=None)
        ticket = await _again(work, ticket)
    if ticket.state is not State.RESOLVED:
        await move(work, ticket, Verb.RESOLVE, note=words, outcome=words, resolved_at=work.now)
        ticket = await _again(work, ticket)
    await move(work, ticket, Verb.VERIFY, answered_at=work.now)
    work.by = resident
    await rate_ticket(work, await _again(work, ticket), room, satisfied=True, words=words)


async def _again(work: Work, ticket: TicketView) -> TicketView:
    found = await q.ticket_by_id(work.tx, ticket.id)
    if found is None:
        raise LookupError(f"ticket {ticket.id} vanished")
    return found
