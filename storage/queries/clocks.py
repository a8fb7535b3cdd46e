"""Whose clock has run out, and when the next one does."""

from datetime import datetime

from sqlalchemy import func, select

from rules.tickets import State
from storage.engine import Tx
from storage.models import Ticket
from storage.queries.tickets import TICKETS, TicketView, ticket_view


async def due_tickets(tx: Tx, state: State, now: datetime, limit: int) -> list[TicketView]:
    """Return the tickets of a state whose clock has run out."""
    query = TICKETS.where(Ticket.state == state, Ticket.due_at <= now).order_by(Ticket.due_at).limit(limit)
    return [ticket_view(row) for row in await tx.execute(query)]


async def held_until(tx: Tx, now: datetime, limit: int) -> list[TicketView]:
    """Return the tickets on hold whose day has come."""
    query = TICKETS.where(Ticket.state == State.ON_HOLD, Ticket.hold_until <= now).order_by(Ticket.hold_until)
    return [ticket_view(row) for row in await tx.execute(query.limit(limit))]


async def next_resuming(tx: Tx) -> datetime | None:
    """Return when the next ticket on hold goes on."""
    query = select(func.min(Ticket.hold_until)).where(Ticket.state == State.ON_HOLD)
    return (await tx.execute(query)).scalar_one_or_none()


async def next_due(tx: Tx, state: State) -> datetime | None:
    """Return when the next clock of this state runs out."""
    query = select(func.min(Ticket.due_at)).where(Ticket.state == state)
    return (await tx.execute(query)).scalar_one_or_none()
