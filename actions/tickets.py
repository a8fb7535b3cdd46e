"""Filing: a report becomes a ticket, joins one that is known, or waits as a candidate for the leader's word."""

from dataclasses import dataclass, replace
from datetime import datetime

from actions.history import move, note_event
from actions.outbox import URGENT, say, say_to_person
from actions.passing import dispatch_to_room
from actions.work import Work
from rules.case_types import CaseType, Route
from rules.deadlines import Urgency, due, promised
from rules.numbers import day_of, format_number
from rules.org import RoomKind
from rules.roles import GRID, SYSTEM, THREE_LEADERS, Verb
from rules.sayings import CandidateAsked, Filed, Joined, PlaceAsked
from rules.talk import Mention
from rules.text import short
from rules.tickets import State
from storage.queries import outbox as outbox_q
from storage.queries import tickets as q
from storage.queries.org import holders_above, names_of, nodes_above
from storage.queries.rooms import (
    ContactView,
    RoomView,
    contacts_by_ids,
    contacts_of_people,
    nearest_room,
    rooms_by_ids,
)
from storage.queries.tickets import TicketView
from storage.types import JsonValue

JOINED_AGAIN_AFTER = 1800  # seconds of silence in a room before the bot says again that a trouble is known


@dataclass(frozen=True, slots=True)
class Report:
    """What a resident reported, as it was understood; `place` are the words for where it is."""

    utterance_id: int
    room: RoomView
    contact: ContactView
    text: str
    at: datetime
    case_type: str
    score: float
    urgency: Urgency
    place: str
    understood: JsonValue


async def file_ticket(work: Work, report: Report, *, candidate: bool) -> TicketView:
    """File a report as a new ticket and say so, or keep it as a candidate and ask the leader.

    The room must be bound. The ticket belongs to the room's node and carries the serial of its subdistrict.
    """
    path = report.room.path
    if path is None or report.room.node_id is None:
        raise ValueError("a report from an unbound room cannot be filed")
    above = await nodes_above(work.tx, path)
    area = next((node for node in above if node.level == "subdistrict"), above[0])
    local = report.at.astimezone(work.house.zone)
    opened_on = local.strftime("%Y-%m-%d")
    serial = await q.next_serial(work.tx, area.id, opened_on)
    case_type = _case_type(work, report.case_type)
    state = State.CANDIDATE if candidate else State.FILED
    clock, due_at = due(state, report.urgency, work.now)
    assignee = await _assignee(work, path, case_type)
    ticket_id = await q.insert_ticket(
        work.tx,
        area_id=area.id,
        opened_on=opened_on,
        number=format_number(day_of(report.at, work.house.zone), serial),
        node_id=report.room.node_id,
        room_id=report.room.id,
        state=state,
        case_type=report.case_type,
        urgency=report.urgency,
        level=above[-1].level,
        score=report.score,
        summary=report.text,
        understood=report.understood,
        reporter_id=report.contact.id,
        assignee_id=assignee[0] if assignee else None,
        reported_at=report.at,
        clock=clock,
        due_at=due_at,
        promised_at=promised(report.urgency, report.at),
        reopened=0,
    )
    await _add_word(work, ticket_id, report, "report")
    await note_event(work, ticket_id, "file", source=None, target=state, clock=clock, due_at=due_at)
    ticket = await _get(work, ticket_id)
    if candidate:
        await _ask_leader(work, ticket, report, assignee)
    else:
        await announce(work, ticket, report.room, report.contact, report.place, assignee)
    return await _get(work, ticket_id)


async def announce(
    work: Work,
    ticket: TicketView,
    room: RoomView,
    reporter: ContactView,
    place: str,
    assignee: tuple[int, str] | None,
) -> None:
    """Acknowledge a filed ticket in the room it came from, and let whoever should take it know."""
    case_type = _case_type(work, ticket.case_type)
    mentions = [Mention(reporter.external_id, reporter.name)]
    holder = assignee[1] if assignee else None
    if assignee and assignee[0] != reporter.person_id:
        contacts = await contacts_of_people(work.tx, room.account, [assignee[0]])
        mentions += [Mention(c.external_id, c.name) for c in contacts.values()]
    saying = Filed(
        number=ticket.number,
        type_name=case_type.name,
        place=place,
        reporter=reporter.name,
        holder=holder,
        due=ticket.promised_at,
        critical=ticket.urgency is Urgency.CRITICAL,
        case_type=ticket.case_type,
        now=work.now,
    )
    priority = URGENT if ticket.urgency is Urgency.CRITICAL else 10
    await say(work, room, saying, mentions=mentions, ticket_id=ticket.id, priority=priority)
    if case_type.needs_place and not place and (room.path or "").count("/") < 6:
        asked = PlaceAsked(ticket.number, reporter.name)
        await say(work, room, asked, ticket_id=ticket.id, topic=f"place:{ticket.id}:")
    # The house is the first to pass on what has no leader of its own, and what the type sends to all.
    if case_type.route is not Route.LEADER or assignee is None or ticket.urgency is Urgency.CRITICAL:
        system = replace(work, by=SYSTEM)
        await dispatch_to_room(system, ticket, department=case_type.department)


async def join_ticket(work: Work, ticket: TicketView, report: Report, why: str) -> None:
    """Put another report of the same trouble on its ticket; each room gets one reply, not one per reporter."""
    await _add_word(work, ticket.id, report, "report")
    await note_event(work, ticket.id, "join", source=ticket.state, target=ticket.state, note=why)
    if ticket.state is State.CANDIDATE:
        return
    mouths = len({one.contact_id for one in await q.reports_of(work.tx, [ticket.id]) if one.kind == "report"})
    topic = f"joined:{ticket.id}:{report.room.id}:"
    last = await outbox_q.last_said(work.tx, topic)
    if last is not None and (work.now - last).total_seconds() < JOINED_AGAIN_AFTER:
        return
    saying = Joined(
        number=ticket.number,
        type_name=work.house.case_types.name(ticket.case_type),
        reporter=report.contact.name,
        holder=ticket.holder_name,
        mouths=mouths,
    )
    mention = Mention(report.contact.external_id, report.contact.name)
    await say(work, report.room, saying, mentions=[mention], ticket_id=ticket.id, topic=topic)


async def note_word(work: Work, ticket: TicketView, report: Report, kind: str) -> None:
    """Put a resident's later word (a fact, +1, thanks, the missing place) on a ticket."""
    await _add_word(work, ticket.id, report, kind)
    await note_event(work, ticket.id, kind, source=ticket.state, target=ticket.state)


async def _add_word(work: Work, ticket_id: int, report: Report, kind: str) -> None:
    await q.add_report(
        work.tx,
        ticket_id=ticket_id,
        utterance_id=report.utterance_id,
        contact_id=report.contact.id,
        room_id=report.room.id,
        kind=kind,
        text=report.text,
        at=report.at,
    )


async def _ask_leader(work: Work, ticket: TicketView, report: Report, assignee: tuple[int, str] | None) -> None:
    """Ask the leader in a direct chat whether this is a report; where none can be reached, the dispatch room."""
    saying = CandidateAsked(
        number=ticket.number,
        type_name=work.house.case_types.name(ticket.case_type),
        room=report.room.topic,
        words=short(report.text, 60),
    )
    if assignee and await say_to_person(work, assignee[0], saying, ticket_id=ticket.id):
        return
    room = await nearest_room(work.tx, report.room.path or "/", RoomKind.DISPATCH)
    if room is not None:
        await say(work, room, saying, ticket_id=ticket.id)


async def _assignee(work: Work, path: str, case_type: CaseType) -> tuple[int, str] | None:
    """Return (person id, name) of who should take a ticket first."""
    if case_type.route is Route.DISPATCH:
        return None
    if case_type.route is Route.DEPARTMENT and case_type.department is not None:
        called = await holders_above(work.tx, path, [case_type.department])
        return (called[0][0], called[0][1]) if called else None
    leaders = await holders_above(work.tx, path, THREE_LEADERS | GRID)
    return (leaders[0][0], leaders[0][1]) if leaders else None


def _case_type(work: Work, code: str) -> CaseType:
    return work.house.case_types.by_code.get(code) or CaseType(code=code, name=code)


async def _get(work: Work, ticket_id: int) -> TicketView:
    ticket = await q.ticket_by_id(work.tx, ticket_id)
    if ticket is None:
        raise LookupError(f"ticket {ticket_id} vanished within its own transaction")
    return ticket


async def confirm_ticket(work: Work, ticket: TicketView) -> None:
    """Let a candidate be filed by the leader's word, and acknowledge it in its room."""
    await move(work, ticket, Verb.CONFIRM)
    room = (await rooms_by_ids(work.tx, [ticket.room_id]))[ticket.room_id]
    reporter = (await contacts_by_ids(work.tx, [ticket.reporter_id]))[ticket.reporter_id]
    names = await names_of(work.tx, [ticket.assignee_id] if ticket.assignee_id else [])
    assignee = next(iter(names.items()), None)
    await announce(work, await _get(work, ticket.id), room, reporter, place_words(ticket.understood), assignee)


def place_words(understood: JsonValue) -> str:
    """Return the words for the place that were kept with what was understood."""
    return str(understood.get("place_words") or "")


async def add_place(work: Work, ticket: TicketView, place: JsonValue, words: str) -> None:
    """Give a ticket the place that was missing."""
    understood = {**ticket.understood, "place": place, "place_words": words}
    await q.change_ticket(work.tx, ticket.id, understood=understood)
    work.wrote = True
