"""A ticket's history, as it is shown."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from storage.engine import Tx
from storage.models import Contact, Person, TicketEvent


@dataclass(frozen=True, slots=True)
class EventView:
    """One line of a ticket's history."""

    at: datetime
    verb: str
    source: str | None
    target: str
    by: str | None
    note: str


async def history(tx: Tx, ticket_id: int) -> list[EventView]:
    """Return a ticket's history, oldest first."""
    by = func.coalesce(Person.name, Contact.name)
    rows = await tx.execute(
        select(TicketEvent.at, TicketEvent.verb, TicketEvent.source, TicketEvent.target, by, TicketEvent.note)
        .outerjoin(Person, Person.id == TicketEvent.person_id)
        .outerjoin(Contact, Contact.id == TicketEvent.contact_id)
        .where(TicketEvent.ticket_id == ticket_id)
        .order_by(TicketEvent.id)
    )
    return [EventView(*row) for row in rows]
