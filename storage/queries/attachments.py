"""Pictures and files that are needed, from the wish to the copy on this machine."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert as insert_or_postgresql
from sqlalchemy.dialects.sqlite import insert as insert_or_sqlite

from rules.talk import Form
from storage.engine import Tx
from storage.models import Attachment, Message, Utterance
from storage.queries.messages import Said, messages_of


@dataclass(frozen=True, slots=True)
class Wanted:
    """An attachment that has to be fetched."""

    id: int
    account: str
    message_external_id: str
    name: str
    tries: int


async def want(tx: Tx, message_id: int, name: str, now: datetime) -> tuple[int, str | None]:
    """Ask for a message's attachment; returns its id, and its path where it is here already."""
    make = insert_or_sqlite if tx.dialect.name == "sqlite" else insert_or_postgresql
    statement = make(Attachment).values(message_id=message_id, state="wanted", tries=0, due_at=now, name=name)
    await tx.execute(statement.on_conflict_do_nothing(index_elements=[Attachment.message_id]))
    query = select(Attachment.id, Attachment.path).where(Attachment.message_id == message_id)
    attachment_id, path = (await tx.execute(query)).one()
    return attachment_id, path


@dataclass(frozen=True, slots=True)
class Copy:
    """How far an attachment has come: `path` once its copy is here; it may be lost for good."""

    path: str | None
    lost: bool


async def copies(tx: Tx, ids: Iterable[int]) -> dict[int, Copy]:
    """Return how far attachments have come, and keep them from coming further until this transaction ends."""
    rows = await tx.execute(
        select(Attachment.id, Attachment.path, Attachment.state).where(Attachment.id.in_(set(ids))).with_for_update()
    )
    return {attachment_id: Copy(path, state == "lost") for attachment_id, path, state in rows}


async def due_attachments(tx: Tx, account: str, now: datetime, limit: int) -> list[Wanted]:
    """Return attachments to fetch now."""
    rows = await tx.execute(
        select(Attachment.id, Message.account, Message.external_id, Attachment.name, Attachment.tries)
        .join(Message, Message.id == Attachment.message_id)
        .where(Attachment.state == "wanted", Attachment.due_at <= now, Message.account == account)
        .order_by(Attachment.id)
        .limit(limit)
    )
    return [Wanted(*row) for row in rows]


async def next_attachment(tx: Tx, account: str) -> datetime | None:
    """Return when the next attachment is to be fetched."""
    query = (
        select(func.min(Attachment.due_at))
        .join(Message, Message.id == Attachment.message_id)
        .where(Attachment.state == "wanted", Message.account == account)
    )
    return (await tx.execute(query)).scalar_one_or_none()


async def keep(tx: Tx, attachment_id: int, *, path: str, sha256: str, size: int) -> None:
    """Say where the copy lies."""
    await tx.execute(
        update(Attachment)
        .where(Attachment.id == attachment_id)
        .values(state="kept", path=path, sha256=sha256, size=size)
    )


async def not_yet(tx: Tx, attachment_id: int, due_at: datetime | None) -> None:
    """Count a failed try: again later, or lost where `due_at` is None."""
    values: dict[str, object] = {"tries": Attachment.tries + 1}
    values |= {"state": "lost"} if due_at is None else {"due_at": due_at}
    await tx.execute(update(Attachment).where(Attachment.id == attachment_id).values(values))


@dataclass(frozen=True, slots=True)
class Source:
    """Where an attachment was shown first, and where its copy lies."""

    room_id: int | None
    name: str
    path: str | None


async def source_of(tx: Tx, attachment_id: int) -> Source | None:
    """Return where an attachment comes from."""
    row = await tx.execute(
        select(Utterance.room_id, Attachment.name, Attachment.path)
        .join(Message, Message.id == Attachment.message_id)
        .join(Utterance, Utterance.id == Message.utterance_id)
        .where(Attachment.id == attachment_id)
    )
    found = row.one_or_none()
    return Source(*found) if found else None


async def recent_pictures(tx: Tx, *, contact_id: int, room_id: int | None, since: datetime) -> list[Said]:
    """Return the pictures and files that somebody sent into a room (or direct chat) since then."""
    where = Utterance.room_id.is_(None) if room_id is None else Utterance.room_id == room_id
    rows = await tx.execute(
        select(Utterance.id).where(
            Utterance.contact_id == contact_id, where, Utterance.last_at >= since - timedelta(seconds=1)
        )
    )
    said = await messages_of(tx, rows.scalars().all())
    carried = (Form.IMAGE, Form.FILE, Form.VIDEO)
    return [one for messages in said.values() for one in messages if one.form in carried and one.at >= since]
