"""What a run amounts to, for its summary: what was kept of what people said, and what should have arrived."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from storage.engine import Tx
from storage.models import Contact, Message, OutboxItem, Room, Utterance


@dataclass(frozen=True, slots=True)
class Planned:
    """A message of ours that was due; `place` is the gateway's id of the room or person."""

    place: str
    text: str
    file_name: str | None


async def planned(tx: Tx, account: str, now: datetime) -> list[Planned]:
    """Return all messages of an account that should have arrived by now; what was taken back is left out."""
    rows = await tx.execute(
        select(func.coalesce(Room.external_id, Contact.external_id), OutboxItem.text, OutboxItem.file_name)
        .select_from(OutboxItem)
        .outerjoin(Room, Room.id == OutboxItem.room_id)
        .outerjoin(Contact, Contact.id == OutboxItem.contact_id)
        .where(OutboxItem.account == account, OutboxItem.state != "cancelled", OutboxItem.due_at <= now)
    )
    return [Planned(place, text, file_name) for place, text, file_name in rows]


async def kept_messages(tx: Tx, account: str) -> set[str]:
    """Return the gateway's ids of all messages of an account that are kept."""
    rows = await tx.execute(select(Message.external_id).where(Message.account == account))
    return set(rows.scalars())


async def count_open(tx: Tx) -> int:
    """Count the utterances that aren't handled yet."""
    query = select(func.count()).select_from(Utterance).where(Utterance.state == "open")
    return (await tx.execute(query)).scalar_one()


async def count_messages(tx: Tx) -> int:
    """Count all messages."""
    return (await tx.execute(select(func.count()).select_from(Message))).scalar_one()
