"""Tickets, who reported them, their history, and the corrections from which the lexicon learns."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from storage.types import Base, BigId, JsonValue


class Ticket(Base):
    """One trouble on its way through the levels; `area_id` is the subdistrict whose serial it carries."""

    __tablename__ = "tickets"
    __table_args__ = (
        UniqueConstraint("area_id", "opened_on", "number"),
        Index("ix_tickets_room_id_state", "room_id", "state"),
        Index("ix_tickets_node_id_state", "node_id", "state"),
        Index(
            "ix_tickets_due_at",
            "due_at",
            sqlite_where=text("due_at IS NOT NULL"),
            postgresql_where=text("due_at IS NOT NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    area_id: Mapped[int] = mapped_column(ForeignKey("nodes.id"))
    opened_on: Mapped[str] = mapped_column(String(10))  # the local day, YYYY-MM-DD
    number: Mapped[str] = mapped_column(String(16), index=True)
    node_id: Mapped[int] = mapped_column(ForeignKey("nodes.id"))
    room_id: Mapped[int] = mapped_column(ForeignKey("rooms.id"))
    state: Mapped[str] = mapped_column(String(16))
    case_type: Mapped[str] = mapped_column(String(32))
    urgency: Mapped[str] = mapped_column(String(16))
    level: Mapped[str] = mapped_column(String(32))  # the level of the tree that it has risen to
    score: Mapped[float]
    summary: Mapped[str] = mapped_column(Text)  # the resident's words
    understood: Mapped[JsonValue]
    reporter_id: Mapped[int] = mapped_column(ForeignKey("contacts.id"))
    assignee_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))  # who should take it
    holder_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))  # who took it
    department: Mapped[str | None] = mapped_column(String(32))
    reported_at: Mapped[datetime]
    clock: Mapped[str | None] = mapped_column(String(16))
    due_at: Mapped[datetime | None]
    promised_at: Mapped[datetime]
    claimed_at: Mapped[datetime | None]
    resolved_at: Mapped[datetime | None]
    answered_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    outcome: Mapped[str | None] = mapped_column(Text)  # what was done, in the handler's words
    rating: Mapped[str | None] = mapped_column(String(16))  # satisfied, unsatisfied, no_answer
    reopened: Mapped[int] = mapped_column(default=0)
    hold_until: Mapped[datetime | None]
    merged_into_id: Mapped[int | None] = mapped_column(ForeignKey("tickets.id"))


class TicketReport(Base):
    """One resident's word on a ticket: its first report, another's of the same trouble, or a later fact."""

    __tablename__ = "ticket_reports"
    __table_args__ = (
        UniqueConstraint("ticket_id", "utterance_id"),
        Index("ix_ticket_reports_room_id_at", "room_id", "at"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("tickets.id"))
    utterance_id: Mapped[int] = mapped_column(ForeignKey("utterances.id"), index=True)
    contact_id: Mapped[int] = mapped_column(ForeignKey("contacts.id"))
    room_id: Mapped[int] = mapped_column(ForeignKey("rooms.id"))
    kind: Mapped[str] = mapped_column(String(16))  # report, progress, thanks, answer
    text: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime]


class TicketEvent(Base):
    """One line of a ticket's history, for everyone on the ticket; rates are computed from these alone."""

    __tablename__ = "ticket_events"
    __table_args__ = (Index("ix_ticket_events_ticket_id_at", "ticket_id", "at"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("tickets.id"))
    at: Mapped[datetime]
    verb: Mapped[str] = mapped_column(String(16))
    source: Mapped[str | None] = mapped_column(String(16))
    target: Mapped[str] = mapped_column(String(16))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    contact_id: Mapped[int | None] = mapped_column(ForeignKey("contacts.id"))
    note: Mapped[str] = mapped_column(Text, default="")
    clock: Mapped[str | None] = mapped_column(String(16))
    due_at: Mapped[datetime | None]


class Serial(Base):
    """The last serial number given in an area on a day."""

    __tablename__ = "serials"

    area_id: Mapped[int] = mapped_column(ForeignKey("nodes.id"), primary_key=True)
    day: Mapped[str] = mapped_column(String(10), primary_key=True)
    last: Mapped[int]


class Correction(Base):
    """A leader's word on what the bot understood, kept as an example; `was` and `now` agree where 是 confirms."""

    __tablename__ = "corrections"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    utterance_id: Mapped[int] = mapped_column(ForeignKey("utterances.id"))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    at: Mapped[datetime]
    text: Mapped[str] = mapped_column(Text)
    was: Mapped[str] = mapped_column(String(32))  # the case type that the bot gave
    now: Mapped[str] = mapped_column(String(32))  # the right one, the same where it was confirmed; `-` for no report
