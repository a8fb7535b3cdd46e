"""Filing: a report becomes a ticket, joins one that is known, or waits as a candidate for the leader's word."""

from dataclasses import dataclass, replace
from datetime import datetime

from actions.corrections import keep_example
from actions.history import move, note_event
from actions.outbox import ANSWER, URGENT, say, say_above, say_to_person
from actions.passing import card, dispatch_to_room
from actions.work import Work
from rules.case_types import CaseType, Route
from rules.deadlines import Urgency, due, promised
from rules.numbers import day_of, format_number
from rules.org import LEVELS, RoomKind
from rules.roles import GRID, SYSTEM, THREE_LEADERS, Verb
from rules.sayings import CandidateAsked, Filed, Joined, PlaceAsked
from rules.talk import Mention
from rules.text import short
from rules.tickets import State
from storage.queries import outbox as outbox_q
from storage.queries import tickets as q
from storage.queries.org import names_of
from storage.queries.rooms import ContactView, RoomView, rooms_by_ids
from storage.queries.tickets import ReportView, TicketView
from storage.types import JsonValue

LOWEST = LEVELS[-1]  # a room of one unit tells the place well enough
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


async def file_ticket(work: Work, report: Report, *, candidate: bool) -> None:
    """File a report as a new ticket and say so, or keep it as a candidate and ask the leader.

    The room must be bound. The ticket belongs to the room's node and carries the serial of its subdistrict.
    """
    path = report.room.path
    if path is None or report.room.node_id is None:
        raise ValueError("a report from an unbound room cannot be filed")
    above = await work.lookups.nodes_above(work.tx, path)
    area = next((node for node in above if node.level == "subdistrict"), above[0])
    local = report.at.astimezone(work.house.zone)
    opened_on = local.strftime("%Y-%m-%d")
    serial = await q.next_serial(work.tx, area.id, opened_on)
    case_type = _case_type(work, report.case_type)
    state = State.CANDIDATE if candidate else State.FILED
    clock, due_at = due(state, report.urgency, work.now)
    assignee = await _assignee(work, path, case_type)
    ticket = await q.insert_ticket(
        work.tx,
        node_path=path,
        node_name=above[-1].name,
        reporter_name=report.contact.name,
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
    await _add_word(work, ticket.id, report, "report")
    await note_event(work, ticket.id, "file", source=None, target=state, clock=clock, due_at=due_at)
    work.fresh[ticket.id] = ticket
    if candidate:
        await _ask_leader(work, ticket, report, assignee)
    else:
        await _acknowledge(work, ticket, report.room, [_reporter(report)], assignee)
        await _pass_on(work, ticket, assignee)


async def announce(
    work: Work, ticket: TicketView, assignee: tuple[int, str] | None, *, taken_by: str | None = None
) -> None:
    """Acknowledge a filed ticket where it was reported, and let whoever should take it know.

    `taken_by` is the name of who has taken it in the same breath: nobody else needs to be asked then.
    """
    reports = [one for one in await q.reports_of(work.tx, [ticket.id]) if one.kind == "report"]
    rooms = await rooms_by_ids(work.tx, {one.room_id for one in reports})
    for room_id in dict.fromkeys(one.room_id for one in reports):
        here = [one for one in reports if one.room_id == room_id]
        mentions = name_reporters(here)
        if room_id == ticket.room_id:
            await _acknowledge(work, ticket, rooms[room_id], mentions, assignee, taken_by)
        else:
            mouths = len({one.contact_id for one in reports})
            await _say_joined(work, ticket, rooms[room_id], taken_by, mouths, mentions)
    if taken_by is None:
        await _pass_on(work, ticket, assignee)


async def _acknowledge(
    work: Work, ticket: TicketView, room: RoomView, mentions: list[Mention], assignee: tuple[int, str] | None,
    taken_by: str | None = None,
) -> None:  # fmt: skip
    """Say what was filed, who has it and by when; ask for the place where the type needs one."""
    leader = await work.lookups.contact_of(work.tx, room.account, assignee[0]) if assignee and not taken_by else None
    if leader and leader.external_id != mentions[0].person_id:
        mentions = [*mentions, Mention(leader.external_id, leader.name)]
    case_type, place = _case_type(work, ticket.case_type), place_words(ticket.understood)
    saying = Filed(
        number=ticket.number,
        type_name=case_type.name,
        place=place,
        reporter=ticket.reporter_name,
        holder=taken_by or (assignee and assignee[1]),
        due=ticket.promised_at,
        critical=ticket.urgency is Urgency.CRITICAL,
        case_type=ticket.case_type,
        now=work.now,
    )
    priority = URGENT if ticket.urgency is Urgency.CRITICAL else ANSWER
    await say(work, room, saying, mentions=mentions, ticket_id=ticket.id, priority=priority)
    if case_type.needs_place and not place and ticket.level != LOWEST:
        asked = PlaceAsked(ticket.number, ticket.reporter_name)
        await say(work, room, asked, ticket_id=ticket.id, topic=f"place:{ticket.id}:")


async def _pass_on(work: Work, ticket: TicketView, assignee: tuple[int, str] | None) -> None:
    """Pass on what has no leader of its own, what the type sends to all, and what can't wait."""
    case_type = _case_type(work, ticket.case_type)
    critical = ticket.urgency is Urgency.CRITICAL
    if case_type.route is Route.LEADER and assignee is not None and not critical:
        return
    system = replace(work, by=SYSTEM)
    dispatched = await dispatch_to_room(system, ticket, department=case_type.department)
    work.said = system.said
    if not dispatched or critical:
        told = frozenset({assignee[0]}) if assignee else frozenset()
        await say_above(work, ticket.node_path, card(work, ticket), ticket_id=ticket.id, told=told)


def name_reporters(reports: list[ReportView]) -> list[Mention]:
    """Name each reporter once, the first ten of them: nobody reads a longer list."""
    people = {one.contact_id: Mention(one.contact_external_id, one.contact_name) for one in reports}
    return list(people.values())[:10]


async def join_ticket(work: Work, ticket: TicketView, report: Report, why: str) -> None:
    """Put another report of the same trouble on its ticket; each room gets one reply, not one per reporter."""
    await _put_word(work, ticket, report, "report", "join", why)
    if ticket.state is State.CANDIDATE:
        return
    mouths = len({one.contact_id for one in await q.reports_of(work.tx, [ticket.id]) if one.kind == "report"})
    topic = f"joined:{ticket.id}:{report.room.id}:"
    last = await outbox_q.last_said(work.tx, topic)
    if last is not None and (work.now - last).total_seconds() < JOINED_AGAIN_AFTER:
        return
    await _say_joined(work, ticket, report.room, ticket.holder_name, mouths, [_reporter(report)], topic=topic)


def _reporter(report: Report) -> Mention:
    return Mention(report.contact.external_id, report.contact.name)


async def _say_joined(
    work: Work, ticket: TicketView, room: RoomView, holder: str | None, mouths: int, mentions: list[Mention], *,
    topic: str = "",
) -> None:  # fmt: skip
    saying = Joined(
        number=ticket.number,
        type_name=work.house.case_types.name(ticket.case_type),
        reporter=mentions[0].name,
        holder=holder,
        mouths=mouths,
    )
    await say(work, room, saying, mentions=mentions, ticket_id=ticket.id, topic=topic)


async def note_word(work: Work, ticket: TicketView, report: Report, kind: str) -> None:
    """Put a resident's later word (a fact, +1, thanks, the missing place) on a ticket."""
    await _put_word(work, ticket, report, kind, kind)


async def _put_word(work: Work, ticket: TicketView, report: Report, kind: str, verb: str, note: str = "") -> None:
    """Put a word on a ticket that doesn't move by it: who knew how it stands still does."""
    unmoved = ticket.id not in work.touched
    await _add_word(work, ticket.id, report, kind)
    await note_event(work, ticket.id, verb, source=ticket.state, target=ticket.state, note=note)
    if unmoved:
        work.fresh[ticket.id] = ticket


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
    room = await work.lookups.nearest_room(work.tx, report.room.path or "/", RoomKind.DISPATCH)
    if room is not None:
        await say(work, room, saying, ticket_id=ticket.id)


async def _assignee(work: Work, path: str, case_type: CaseType) -> tuple[int, str] | None:
    """Return (person id, name) of who should take a ticket first."""
    if case_type.route is Route.DISPATCH:
        return None
    if case_type.route is Route.DEPARTMENT and case_type.department is not None:
        called = await work.lookups.holders_above(work.tx, path, [case_type.department])
        return (called[0][0], called[0][1]) if called else None
    leaders = await work.lookups.holders_above(work.tx, path, THREE_LEADERS | GRID)
    return (leaders[0][0], leaders[0][1]) if leaders else None


def _case_type(work: Work, code: str) -> CaseType:
    return work.house.case_types.by_code.get(code) or CaseType(code=code, name=code)


async def _get(work: Work, ticket_id: int) -> TicketView:
    ticket = await q.ticket_by_id(work.tx, ticket_id)
    if ticket is None:
        raise LookupError(f"ticket {ticket_id} vanished within its own transaction")
    return ticket


async def confirm_ticket(work: Work, ticket: TicketView) -> None:
    """Let a candidate be filed by the leader's word, and acknowledge it where it was reported."""
    await _confirm(work, ticket)
    names = await names_of(work.tx, [ticket.assignee_id] if ticket.assignee_id else [])
    await announce(work, await _get(work, ticket.id), next(iter(names.items()), None))


async def confirmed(work: Work, ticket: TicketView, *, aloud: bool = False) -> TicketView:
    """Let a candidate be filed because somebody who may say so takes it, finishes it or passes it on.

    `aloud` acknowledges it where it was reported; otherwise what follows does.
    """
    if ticket.state is not State.CANDIDATE or not work.by.may(Verb.CONFIRM, ticket.node_path):
        return ticket
    if aloud:
        await confirm_ticket(work, ticket)
    else:
        await _confirm(work, ticket)
    return await _get(work, ticket.id)


async def _confirm(work: Work, ticket: TicketView) -> None:
    await move(work, ticket, Verb.CONFIRM)
    await keep_example(work, ticket, ticket.case_type)


def place_words(understood: JsonValue) -> str:
    """Return the words for the place that were kept with what was understood."""
    return str(understood.get("place_words") or "")


async def add_place(work: Work, ticket: TicketView, place: JsonValue, words: str) -> None:
    """Give a ticket the place that was missing."""
    understood = {**ticket.understood, "place": place, "place_words": words}
    await q.change_ticket(work.tx, ticket.id, understood=understood)
    work.touch(ticket.id)
