"""What was heard: messages, the utterances they form, their attachments, and when we were listening at all."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from storage.types import Base, BigId, JsonValue


class Utterance(Base):
    """What one speaker said in a breath. States: open (may grow or waits its turn), handled, failed (set aside)."""

    __tablename__ = "utterances"
    __table_args__ = (
        Index(
            "ix_utterances_open",
            "closes_at",
            sqlite_where=text("state = 'open'"),
            postgresql_where=text("state = 'open'"),
        ),
        Index(
            "ix_utterances_open_in_room",
            "room_id",
            "id",
            sqlite_where=text("state = 'open'"),
            postgresql_where=text("state = 'open'"),
        ),
        Index("ix_utterances_room_id_id", "room_id", "id"),
        Index("ix_utterances_contact_id_last_at", "contact_id", "last_at"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    account: Mapped[str] = mapped_column(String(64))
    room_id: Mapped[int | None] = mapped_column(ForeignKey("rooms.id"))
    contact_id: Mapped[int] = mapped_column(ForeignKey("contacts.id"))
    first_at: Mapped[datetime]
    last_at: Mapped[datetime]
    closes_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(String(16), default="open")
    tries: Mapped[int] = mapped_column(default=0)
    kind: Mapped[str | None] = mapped_column(String(16))
    case_type: Mapped[str | None] = mapped_column(String(32))
    score: Mapped[float | None]
    understood: Mapped[JsonValue | None]  # evidence, place, time and urgency, as decided then


class Message(Base):
    """One message as the gateway gave it, kept once however often it was repeated."""

    __tablename__ = "messages"
    __table_args__ = (
        UniqueConstraint("account", "external_id"),
        Index("ix_messages_utterance_id", "utterance_id"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    account: Mapped[str] = mapped_column(String(64))
    external_id: Mapped[str] = mapped_column(String(128))
    utterance_id: Mapped[int | None] = mapped_column(ForeignKey("utterances.id"))
    at: Mapped[datetime]
    form: Mapped[str] = mapped_column(String(16))
    text: Mapped[str] = mapped_column(Text)
    quoted_id: Mapped[str | None] = mapped_column(String(128))
    quoted_text: Mapped[str | None] = mapped_column(Text)
    file_name: Mapped[str | None] = mapped_column(String(255))


class Attachment(Base):
    """A picture, voice or file of a message that a ticket or notice needs. States: wanted, kept, lost."""

    __tablename__ = "attachments"
    __table_args__ = (Index("ix_attachments_state", "state"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    message_id: Mapped[int] = mapped_column(ForeignKey("messages.id"), unique=True)
    state: Mapped[str] = mapped_column(String(16), default="wanted")
    tries: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[datetime]
    name: Mapped[str] = mapped_column(String(255))
    path: Mapped[str | None] = mapped_column(String(255))
    sha256: Mapped[str | None] = mapped_column(String(64))
    size: Mapped[int | None]


class Connection(Base):
    """An interval in which an account was listening; what was said outside of them is lost."""

    __tablename__ = "connections"
    __table_args__ = (Index("ix_connections_account_began_at", "account", "began_at"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    account: Mapped[str] = mapped_column(String(64))
    began_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    reason: Mapped[str | None] = mapped_column(String(255))
