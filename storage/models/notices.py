"""Notices and their deliveries, one per room."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from storage.types import Base, BigId, JsonValue


class Notice(Base):
    """What a leader announces. States: draft, sending, stopped, done, cancelled."""

    __tablename__ = "notices"
    __table_args__ = (Index("ix_notices_sender_id_state", "sender_id", "state"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    sender_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    contact_id: Mapped[int | None] = mapped_column(ForeignKey("contacts.id"))  # whom to tell how it went
    state: Mapped[str] = mapped_column(String(16))
    audience: Mapped[JsonValue]
    text: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[datetime]
    published_at: Mapped[datetime | None]
    done_at: Mapped[datetime | None]


class NoticePart(Base):
    """A picture or file of a notice, sent after its text; taken from a message or from a path."""

    __tablename__ = "notice_parts"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    notice_id: Mapped[int] = mapped_column(ForeignKey("notices.id"), index=True)
    name: Mapped[str] = mapped_column(String(255))
    path: Mapped[str | None] = mapped_column(String(255))
    attachment_id: Mapped[int | None] = mapped_column(ForeignKey("attachments.id"))


class Delivery(Base):
    """One notice to one room; how it went is told by its outbox items."""

    __tablename__ = "deliveries"
    __table_args__ = (UniqueConstraint("notice_id", "room_id"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    notice_id: Mapped[int] = mapped_column(ForeignKey("notices.id"))
    room_id: Mapped[int] = mapped_column(ForeignKey("rooms.id"))
