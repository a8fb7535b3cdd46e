"""Tickets: every step is one conditional statement, so that of a hundred people one wins."""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import and_, bindparam, func, insert, or_, select, update
from sqlalchemy.dialects.postgresql import insert as insert_or_postgresql
from sqlalchemy.dialects.sqlite import insert as insert_or_sqlite

from rules.deadlines import Urgency
from rules.roles import Role
from rules.tickets import FINAL, Clock, State
from storage.engine import Tx
from storage.models import (
    Contact,
    Correction,
    Node,
    Person,
    Room,
    Serial,
    Ticket,
    TicketEvent,
    TicketReport,
)
from storage.queries.prefix import begins_with
from storage.types import JsonValue


@dataclass(frozen=True, slots=True)
class TicketView:
    """A ticket with the names that are needed to speak of it."""

    id: int
    area_id: int
    number: str
    node_id: int
    node_path: str
    node_name: str
    room_id: int
    state: State
    case_type: str
    urgency: Urgency
    level: str
    score: float
    summary: str
    understood: JsonValue
    reporter_id: int
    reporter_name: str
    assignee_id: int | None
    holder_id: int | None
    holder_name: str | None
    department: Role | None
    reported_at: datetime
    clock: Clock | None
    due_at: datetime | None
    promised_at: datetime
    claimed_at: datetime | None
    resolved_at: datetime | None
    answered_at: datetime | None
    closed_at: datetime | None
    outcome: str | None
    rating: str | None
    reopened: int
    hold_until: datetime | None
    merged_into_id: int | None


_COLUMNS = (
    Ticket.id, Ticket.area_id, Ticket.number, Ticket.node_id, Node.path, Node.name, Ticket.room_id, Ticket.state,
    Ticket.case_type, Ticket.urgency, Ticket.level, Ticket.score, Ticket.summary, Ticket.understood,
    Ticket.reporter_id, Contact.name, Ticket.assignee_id, Ticket.holder_id, Person.name, Ticket.department,
    Ticket.reported_at, Ticket.clock, Ticket.due_at, Ticket.promised_at, Ticket.claimed_at, Ticket.resolved_at,
    Ticket.answered_at, Ticket.closed_at, Ticket.outcome, Ticket.rating, Ticket.reopened, Ticket.hold_until,
    Ticket.merged_into_id,
)  # fmt: skip
TICKETS = (
    select(*_COLUMNS)
    .join(Node, Node.id == Ticket.node_id)
    .join(Contact, Contact.id == Ticket.reporter_id)
    .outerjoin(Person, Person.id == Ticket.holder_id)
)
# Made once: to put these together costs as much as to run them.
_ONE = TICKETS.where(Ticket.id == bindparam("key"))
_REPORTED_NEAR = TICKETS.where(
    Ticket.case_type.in_(bindparam("case_types", expanding=True)),
    Ticket.state.not_in([state.value for state in FINAL]),
    Ticket.reported_at >= bindparam("since"),
).order_by(Ticket.id)
_NEW_TICKET = insert(Ticket).returning(Ticket.id)
_NEW_REPORT = insert(TicketReport)
_NEW_EVENT = insert(TicketEvent)


def ticket_view(row: Any) -> TicketView:
    """Give a row of `TICKETS` its shape."""
    values = list(row)
    values[7] = State(values[7])
    values[9] = Urgency(values[9])
    values[19] = Role(values[19]) if values[19] else None
    values[21] = Clock(values[21]) if values[21] else None
    return TicketView(*values)


async def ticket_by_id(tx: Tx, ticket_id: int) -> TicketView | None:
    """Find a ticket."""
    row = (await tx.execute(_ONE, {"key": ticket_id})).one_or_none()
    return ticket_view(row) if row else None


async def tickets_by_number(tx: Tx, number: str) -> list[TicketView]:
    """Return the tickets of this number, newest first: serials repeat between subdistricts and every year."""
    rows = await tx.execute(TICKETS.where(Ticket.number == number).order_by(Ticket.id.desc()))
    return [ticket_view(row) for row in rows]


async def tickets_in_rooms(tx: Tx, room_ids: Iterable[int], closed_since: datetime) -> list[TicketView]:
    """Return the tickets that these rooms may still speak of: not final, or closed since then; oldest first.

    A ticket belongs to every room from which it was reported.
    """
    wanted = set(room_ids)
    if not wanted:
        return []
    reported = select(TicketReport.ticket_id).where(TicketReport.room_id.in_(wanted))
    alive = or_(
        Ticket.state.not_in([state.value for state in FINAL]),
        and_(Ticket.state == State.CLOSED, Ticket.closed_at >= closed_since),
    )
    rows = await tx.execute(
        TICKETS.where(or_(Ticket.room_id.in_(wanted), Ticket.id.in_(reported)), alive).order_by(Ticket.id)
    )
    return [ticket_view(row) for row in rows]


async def tickets_near(tx: Tx, path: str, case_types: Iterable[str], since: datetime) -> list[TicketView]:
    """Return the tickets of these types at or below a node that aren't final and were reported since then."""
    query = _REPORTED_NEAR.where(begins_with(Node.path, path))
    rows = await tx.execute(query, {"case_types": list(case_types), "since": since})
    return [ticket_view(row) for row in rows]


async def open_tickets_below(tx: Tx, paths: Iterable[str], limit: int) -> list[TicketView]:
    """Return the tickets at or below these nodes that aren't final, those due first first."""
    ways = [begins_with(Node.path, path) for path in paths]
    if not ways:
        return []
    alive = Ticket.state.not_in([state.value for state in FINAL])
    query = TICKETS.where(or_(*ways), alive).order_by(Ticket.due_at.is_(None), Ticket.due_at, Ticket.id)
    return [ticket_view(row) for row in await tx.execute(query.limit(limit))]


async def next_serial(tx: Tx, area_id: int, day: str) -> int:
    """Draw the next serial number of an area and day; two at a time get two."""
    make = insert_or_sqlite if tx.dialect.name == "sqlite" else insert_or_postgresql
    statement = make(Serial).values(area_id=area_id, day=day, last=1)
    statement = statement.on_conflict_do_update(
        index_elements=[Serial.area_id, Serial.day], set_={"last": Serial.last + 1}
    )
    return (await tx.execute(statement.returning(Serial.last))).scalar_one()


async def insert_ticket(tx: Tx, *, node_path: str, node_name: str, reporter_name: str, **values: Any) -> TicketView:
    """Add a ticket, and return it as it would be read."""
    ticket_id = (await tx.execute(_NEW_TICKET, values)).scalar_one()
    known: dict[str, Any] = values | {
        "id": ticket_id, "node_path": node_path, "node_name": node_name, "reporter_name": reporter_name,
    }  # fmt: skip
    columns: dict[str, Any] = {field.name: known.get(field.name) for field in fields(TicketView)}
    return TicketView(**columns)


async def move_ticket(tx: Tx, ticket_id: int, source: State, target: State, **values: object) -> bool:
    """Move a ticket if it still stands where it was seen; tells whether this caller did it."""
    result = await tx.execute(
        update(Ticket).where(Ticket.id == ticket_id, Ticket.state == source).values(state=target, **values)
    )
    return bool(result.rowcount)


async def change_ticket(tx: Tx, ticket_id: int, **values: object) -> None:
    """Change what a ticket says without moving it."""
    await tx.execute(update(Ticket).where(Ticket.id == ticket_id).values(**values))


async def add_report(tx: Tx, **values: object) -> None:
    """Put somebody's word on a ticket."""
    await tx.execute(_NEW_REPORT, values)


async def add_event(tx: Tx, **values: object) -> None:
    """Write a line of a ticket's history."""
    await tx.execute(_NEW_EVENT, values)


async def add_correction(tx: Tx, **values: object) -> None:
    """Keep a leader's correction as a labelled example."""
    await tx.execute(insert(Correction).values(**values))


@dataclass(frozen=True, slots=True)
class ReportView:
    """One resident's word on a ticket."""

    ticket_id: int
    utterance_id: int
    contact_id: int
    contact_external_id: str
    contact_name: str
    room_id: int
    kind: str
    text: str
    at: datetime


async def reports_of(tx: Tx, ticket_ids: Iterable[int]) -> list[ReportView]:
    """Return what was said on these tickets, oldest first."""
    rows = await tx.execute(
        select(
            TicketReport.ticket_id,
            TicketReport.utterance_id,
            TicketReport.contact_id,
            Contact.external_id,
            Contact.name,
            TicketReport.room_id,
            TicketReport.kind,
            TicketReport.text,
            TicketReport.at,
        )
        .join(Contact, Contact.id == TicketReport.contact_id)
        .where(TicketReport.ticket_id.in_(set(ticket_ids)))
        .order_by(TicketReport.id)
    )
    return [ReportView(*row) for row in rows]


async def tickets_of_utterances(tx: Tx, utterance_ids: Iterable[int]) -> dict[int, tuple[int, str, str]]:
    """Return (ticket id, number, case type) of the ticket on which each utterance stands."""
    rows = await tx.execute(
        select(TicketReport.utterance_id, Ticket.id, Ticket.number, Ticket.case_type)
        .join(Ticket, Ticket.id == TicketReport.ticket_id)
        .where(TicketReport.utterance_id.in_(list(utterance_ids)))
    )
    return {utterance_id: (ticket_id, number, case_type) for utterance_id, ticket_id, number, case_type in rows}


async def move_reports(tx: Tx, source_id: int, target_id: int) -> None:
    """Let everybody's word on one ticket stand on another."""
    await tx.execute(update(TicketReport).where(TicketReport.ticket_id == source_id).values(ticket_id=target_id))


async def count_by_state(tx: Tx) -> dict[str, int]:
    """Count all tickets by state."""
    rows = await tx.execute(select(Ticket.state, func.count()).group_by(Ticket.state))
    return dict(rows.all())


async def words_since(tx: Tx, room_ids: Iterable[int], since: datetime) -> list[tuple[int, int, datetime, str]]:
    """Return (room, contact, when, case type) of what was said on tickets in these rooms, oldest first."""
    rows = await tx.execute(
        select(TicketReport.room_id, TicketReport.contact_id, TicketReport.at, Ticket.case_type)
        .join(Ticket, Ticket.id == TicketReport.ticket_id)
        .where(
            TicketReport.room_id.in_(list(room_ids)),
            TicketReport.at >= since,
            TicketReport.kind.in_(["report", "progress"]),
        )
        .order_by(TicketReport.at, TicketReport.id)
    )
    return [(room_id, contact_id, at, case_type) for room_id, contact_id, at, case_type in rows]


async def rooms_of_tickets(tx: Tx, ticket_ids: Iterable[int]) -> dict[int, set[int]]:
    """Return, by ticket, the rooms from which somebody spoke of it."""
    rows = await tx.execute(
        select(TicketReport.ticket_id, TicketReport.room_id)
        .where(TicketReport.ticket_id.in_(list(ticket_ids)))
        .distinct()
    )
    found: dict[int, set[int]] = {}
    for ticket_id, room_id in rows:
        found.setdefault(ticket_id, set()).add(room_id)
    return found


async def rooms_of(tx: Tx, ticket_id: int) -> list[int]:
    """Return the rooms from which a ticket was reported, the first one first."""
    rows = await tx.execute(
        select(TicketReport.room_id)
        .join(Room, Room.id == TicketReport.room_id)
        .where(TicketReport.ticket_id == ticket_id, TicketReport.kind == "report")
        .order_by(TicketReport.id)
    )
    return list(dict.fromkeys(rows.scalars()))
