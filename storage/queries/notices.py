"""Notices: drafts, deliveries, and how each of them went."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, insert, select, update

from rules.notice import NoticeState
from storage.engine import Tx
from storage.models import Delivery, Notice, NoticePart, OutboxItem, Room
from storage.types import JsonValue


@dataclass(frozen=True, slots=True)
class NoticeView:
    """A notice as its sender knows it."""

    id: int
    sender_id: int
    contact_id: int | None
    state: NoticeState
    audience: JsonValue
    text: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Part:
    """A picture or file of a notice."""

    name: str
    path: str | None
    attachment_id: int | None


@dataclass(frozen=True, slots=True)
class RoomResult:
    """How a notice went in one room: the worst state of its messages."""

    delivery_id: int
    room_id: int
    topic: str
    state: str
    trouble: str


_COLUMNS = (
    Notice.id, Notice.sender_id, Notice.contact_id, Notice.state, Notice.audience, Notice.text, Notice.created_at,
)  # fmt: skip


async def insert_notice(
    tx: Tx,
    *,
    sender_id: int,
    contact_id: int | None,
    state: NoticeState,
    audience: JsonValue,
    text: str,
    now: datetime,
) -> int:
    """Add a notice."""
    row = await tx.execute(
        insert(Notice)
        .values(sender_id=sender_id, contact_id=contact_id, state=state, audience=audience, text=text, created_at=now)
        .returning(Notice.id)
    )
    return row.scalar_one()


async def notice_by_id(tx: Tx, notice_id: int) -> NoticeView | None:
    """Find a notice."""
    row = (await tx.execute(select(*_COLUMNS).where(Notice.id == notice_id))).one_or_none()
    return _view(*row) if row else None


def _view(
    notice_id: int,
    sender_id: int,
    contact_id: int | None,
    state: str,
    audience: JsonValue,
    text: str,
    created_at: datetime,
) -> NoticeView:
    return NoticeView(notice_id, sender_id, contact_id, NoticeState(state), audience, text, created_at)


async def draft_of(tx: Tx, sender_id: int) -> NoticeView | None:
    """Return the notice that somebody is writing, the last one begun."""
    query = (
        select(*_COLUMNS)
        .where(Notice.sender_id == sender_id, Notice.state == NoticeState.DRAFT)
        .order_by(Notice.id.desc())
        .limit(1)
    )
    row = (await tx.execute(query)).one_or_none()
    return _view(*row) if row else None


async def move_notice(
    tx: Tx, notice_id: int, sources: Iterable[NoticeState], target: NoticeState, **values: object
) -> bool:
    """Move a notice if it still stands where it was seen; tells whether this caller did it."""
    result = await tx.execute(
        update(Notice).where(Notice.id == notice_id, Notice.state.in_(list(sources))).values(state=target, **values)
    )
    return bool(result.rowcount)


async def set_text(tx: Tx, notice_id: int, text: str) -> None:
    """Give a draft its text."""
    await tx.execute(update(Notice).where(Notice.id == notice_id).values(text=text))


async def add_part(tx: Tx, notice_id: int, *, name: str, path: str | None, attachment_id: int | None) -> None:
    """Add a picture or file to a draft."""
    await tx.execute(insert(NoticePart).values(notice_id=notice_id, name=name, path=path, attachment_id=attachment_id))


async def parts_of(tx: Tx, notice_id: int) -> list[Part]:
    """Return a notice's pictures and files, in order."""
    rows = await tx.execute(
        select(NoticePart.name, NoticePart.path, NoticePart.attachment_id)
        .where(NoticePart.notice_id == notice_id)
        .order_by(NoticePart.id)
    )
    return [Part(*row) for row in rows]


async def insert_deliveries(tx: Tx, notice_id: int, room_ids: list[int]) -> list[int]:
    """Add one delivery per room; the unique key (notice, room) refuses a second. Returns the ids in order."""
    result = await tx.execute(
        insert(Delivery).returning(Delivery.id, sort_by_parameter_order=True),
        [{"notice_id": notice_id, "room_id": room_id} for room_id in room_ids],
    )
    return list(result.scalars())


_WORST = ("failed", "unconfirmed", "by_hand", "sending", "waiting", "held", "cancelled", "sent")


async def results(tx: Tx, notice_id: int) -> list[RoomResult]:
    """Return how a notice went, room by room."""
    rows = await tx.execute(
        select(
            Delivery.id,
            Delivery.room_id,
            Room.topic,
            OutboxItem.state,
            func.coalesce(OutboxItem.trouble, ""),
        )
        .join(Room, Room.id == Delivery.room_id)
        .join(OutboxItem, OutboxItem.delivery_id == Delivery.id)
        .where(Delivery.notice_id == notice_id)
        .order_by(Delivery.id, OutboxItem.id)
    )
    found: dict[int, RoomResult] = {}
    for delivery_id, room_id, topic, state, trouble in rows:
        before = found.get(delivery_id)
        if before is None or _WORST.index(state) < _WORST.index(before.state):
            found[delivery_id] = RoomResult(delivery_id, room_id, topic, state, trouble)
    return list(found.values())


async def cancel_waiting(tx: Tx, notice_id: int) -> int:
    """Take back what of a notice hasn't gone out yet; returns how many messages."""
    ours = select(Delivery.id).where(Delivery.notice_id == notice_id)
    result = await tx.execute(
        update(OutboxItem)
        .where(OutboxItem.delivery_id.in_(ours), OutboxItem.state.in_(["waiting", "held", "by_hand"]))
        .values(state="cancelled")
    )
    return result.rowcount


async def requeue(tx: Tx, notice_id: int, states: Iterable[str], now: datetime) -> int:
    """Let the messages of a notice in these states be sent again, by a person's word; returns how many."""
    ours = select(Delivery.id).where(Delivery.notice_id == notice_id)
    result = await tx.execute(
        update(OutboxItem)
        .where(OutboxItem.delivery_id.in_(ours), OutboxItem.state.in_(list(states)))
        .values(state="waiting", due_at=now, trouble=None, tries=0)
    )
    return result.rowcount


async def finished(tx: Tx) -> list[NoticeView]:
    """Return the notices that are still marked as sending although nothing of them waits any more."""
    waiting = (
        select(Delivery.notice_id)
        .join(OutboxItem, OutboxItem.delivery_id == Delivery.id)
        .where(OutboxItem.state.in_(["waiting", "held", "sending", "by_hand"]))
    )
    rows = await tx.execute(select(*_COLUMNS).where(Notice.state == NoticeState.SENDING, Notice.id.not_in(waiting)))
    return [_view(*row) for row in rows]


async def count_notices(tx: Tx) -> tuple[int, int]:
    """Count the notices that were published, and their deliveries."""
    published = await tx.execute(select(func.count()).select_from(Notice).where(Notice.published_at.is_not(None)))
    deliveries = await tx.execute(select(func.count()).select_from(Delivery))
    return published.scalar_one(), deliveries.scalar_one()


async def last_of(tx: Tx, sender_id: int) -> NoticeView | None:
    """Return the last notice that somebody published."""
    query = (
        select(*_COLUMNS)
        .where(Notice.sender_id == sender_id, Notice.published_at.is_not(None))
        .order_by(Notice.id.desc())
        .limit(1)
    )
    row = (await tx.execute(query)).one_or_none()
    return _view(*row) if row else None


async def settle_unconfirmed(tx: Tx, notice_id: int, now: datetime) -> int:
    """Settle the unconfirmed messages of a notice as sent, by a person's word; returns how many."""
    ours = select(Delivery.id).where(Delivery.notice_id == notice_id)
    result = await tx.execute(
        update(OutboxItem)
        .where(OutboxItem.delivery_id.in_(ours), OutboxItem.state == "unconfirmed")
        .values(state="sent", sent_at=now, trouble=None)
    )
    return result.rowcount
