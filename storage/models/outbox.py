"""What is to be said: every effect on WeChat is a row here first; and which worker speaks for an account."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from storage.types import Base, BigId, JsonValue, bytewise


class OutboxItem(Base):
    """One WeChat message to send.

    States: held (its attachment isn't here yet), waiting, sending (claimed), sent, failed (refused for good),
    unconfirmed (may have arrived; only an echo or a person settles it), by_hand (a person has to paste it), cancelled.
    `cause` is unique, so that whatever is handled twice still speaks once. Lower `priority` goes first.
    """

    __tablename__ = "outbox"
    __table_args__ = (
        Index(
            "ix_outbox_waiting",
            "account",
            "priority",
            "due_at",
            sqlite_where=text("state = 'waiting'"),
            postgresql_where=text("state = 'waiting'"),
        ),
        Index("ix_outbox_external_id", "external_id"),
        Index("ix_outbox_delivery_id", "delivery_id"),
        Index("ix_outbox_state", "state"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    cause: Mapped[str] = mapped_column(bytewise(128), unique=True)
    account: Mapped[str] = mapped_column(String(64))
    room_id: Mapped[int | None] = mapped_column(ForeignKey("rooms.id"))
    contact_id: Mapped[int | None] = mapped_column(ForeignKey("contacts.id"))
    priority: Mapped[int]
    state: Mapped[str] = mapped_column(String(16))
    due_at: Mapped[datetime]
    created_at: Mapped[datetime]
    tries: Mapped[int] = mapped_column(default=0)
    text: Mapped[str] = mapped_column(Text, default="")
    mentions: Mapped[JsonValue | None]
    file_name: Mapped[str | None] = mapped_column(String(255))
    file_path: Mapped[str | None] = mapped_column(String(255))
    attachment_id: Mapped[int | None] = mapped_column(ForeignKey("attachments.id"), index=True)
    ticket_id: Mapped[int | None] = mapped_column(ForeignKey("tickets.id"))
    delivery_id: Mapped[int | None] = mapped_column(ForeignKey("deliveries.id"))
    claimed_by: Mapped[str | None] = mapped_column(String(64))
    sent_at: Mapped[datetime | None]
    external_id: Mapped[str | None] = mapped_column(String(128))
    trouble: Mapped[str | None] = mapped_column(Text)


class Lease(Base):
    """Which worker owns an account, and until when."""

    __tablename__ = "leases"

    account: Mapped[str] = mapped_column(String(64), primary_key=True)
    holder: Mapped[str] = mapped_column(String(64))
    expires_at: Mapped[datetime]
