"""The outbox: queued in the transaction of what caused it, claimed by one conditional statement, settled."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, or_, select, update
from sqlalchemy.dialects.postgresql import insert as insert_or_postgresql
from sqlalchemy.dialects.sqlite import insert as insert_or_sqlite

from storage.engine import Tx
from storage.models import Contact, Lease, OutboxItem, Room
from storage.queries.prefix import begins_with
from storage.types import JsonValue

_QUEUE = {
    "sqlite": insert_or_sqlite(OutboxItem).on_conflict_do_nothing(index_elements=[OutboxItem.cause]),
    "postgresql": insert_or_postgresql(OutboxItem).on_conflict_do_nothing(index_elements=[OutboxItem.cause]),
}
PICTURE_LOST = "原图取不回来了"


@dataclass(frozen=True, slots=True)
class Item:
    """A claimed message, with where it goes."""

    id: int
    account: str
    room_external_id: str | None
    contact_external_id: str | None
    text: str
    mentions: JsonValue | None
    file_name: str | None
    file_path: str | None
    tries: int
    due_at: datetime
    delivery_id: int | None


async def queue(tx: Tx, rows: list[dict[str, object]]) -> None:
    """Add messages to send; one whose `cause` is known already is left as it is. All rows have the same keys."""
    if not rows:
        return
    if any(row.keys() != rows[0].keys() for row in rows):
        raise ValueError("rows queued together must have the same keys: others would silently be left out")
    await tx.execute(_QUEUE[tx.dialect.name], rows)


async def claim(tx: Tx, account: str, holder: str, now: datetime, limit: int) -> list[Item]:
    """Take the next due messages of an account, at most `limit`; each is taken by one caller only."""
    # A CTE is worked out once; PostgreSQL may run a plain subquery again for each row, and so take more than the limit.
    wanted = (
        select(OutboxItem.id)
        .where(OutboxItem.account == account, OutboxItem.state == "waiting", OutboxItem.due_at <= now)
        .order_by(OutboxItem.priority, OutboxItem.due_at, OutboxItem.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
        .cte("wanted")
    )
    taken = await tx.execute(
        update(OutboxItem)
        .where(OutboxItem.id.in_(select(wanted.c.id)), OutboxItem.state == "waiting")
        .values(state="sending", claimed_by=holder, tries=OutboxItem.tries + 1)
        .returning(OutboxItem.id)
    )
    ids = list(taken.scalars())
    if not ids:
        return []
    rows = await tx.execute(
        select(
            OutboxItem.id,
            OutboxItem.account,
            Room.external_id,
            Contact.external_id,
            OutboxItem.text,
            OutboxItem.mentions,
            OutboxItem.file_name,
            OutboxItem.file_path,
            OutboxItem.tries,
            OutboxItem.due_at,
            OutboxItem.delivery_id,
        )
        .outerjoin(Room, Room.id == OutboxItem.room_id)
        .outerjoin(Contact, Contact.id == OutboxItem.contact_id)
        .where(OutboxItem.id.in_(ids))
        .order_by(OutboxItem.priority, OutboxItem.due_at, OutboxItem.id)
    )
    return [Item(*row) for row in rows]


async def peek(tx: Tx, account: str, now: datetime) -> str | None:
    """Return where the next due message of an account goes (the gateway's id of the room or person)."""
    row = await tx.execute(
        select(func.coalesce(Room.external_id, Contact.external_id))
        .select_from(OutboxItem)
        .outerjoin(Room, Room.id == OutboxItem.room_id)
        .outerjoin(Contact, Contact.id == OutboxItem.contact_id)
        .where(OutboxItem.account == account, OutboxItem.state == "waiting", OutboxItem.due_at <= now)
        .order_by(OutboxItem.priority, OutboxItem.due_at, OutboxItem.id)
        .limit(1)
    )
    return row.scalar_one_or_none()


async def settle_sent(tx: Tx, item_id: int, *, external_id: str, at: datetime) -> None:
    """Say that a message went out, or was found to have."""
    await tx.execute(
        update(OutboxItem)
        .where(OutboxItem.id == item_id, OutboxItem.state.in_(["sending", "unconfirmed", "by_hand"]))
        .values(state="sent", external_id=external_id, sent_at=at, trouble=None)
    )


async def settle_trouble(tx: Tx, item_id: int, *, state: str, trouble: str, due_at: datetime | None = None) -> None:
    """Say that a claimed message waits again (with `due_at`), failed for good, or may have arrived."""
    values: dict[str, object] = {"state": state, "trouble": trouble[:500]}
    if due_at is not None:
        values["due_at"] = due_at
    await tx.execute(update(OutboxItem).where(OutboxItem.id == item_id, OutboxItem.state == "sending").values(**values))


async def hold_back(tx: Tx, item_id: int, until: datetime) -> None:
    """Let what was queued behind a message for the same room or person wait as long as it does."""
    first = (
        await tx.execute(select(OutboxItem.room_id, OutboxItem.contact_id).where(OutboxItem.id == item_id))
    ).one_or_none()
    if first is None:
        return
    room_id, contact_id = first
    there = OutboxItem.room_id == room_id if room_id is not None else OutboxItem.contact_id == contact_id
    await tx.execute(
        update(OutboxItem)
        .where(there, OutboxItem.state == "waiting", OutboxItem.id > item_id, OutboxItem.due_at < until)
        .values(due_at=until)
    )


async def recover(tx: Tx, account: str, reason: str) -> int:
    """Mark as unconfirmed what a worker that is gone had claimed: it may have arrived. Returns how many."""
    result = await tx.execute(
        update(OutboxItem)
        .where(OutboxItem.account == account, OutboxItem.state == "sending")
        .values(state="unconfirmed", trouble=reason)
    )
    return result.rowcount


async def next_due(tx: Tx, account: str) -> datetime | None:
    """Return when the next message of an account is due."""
    query = select(func.min(OutboxItem.due_at)).where(OutboxItem.account == account, OutboxItem.state == "waiting")
    return (await tx.execute(query)).scalar_one_or_none()


async def match_echo(
    tx: Tx, *, account: str, room_id: int | None, contact_id: int | None, text: str, external_id: str, at: datetime
) -> int | None:
    """Settle the unconfirmed message whose echo this is; returns its id, or None where none waits for it.

    An echo names our own message by its text and place, sent at most ten minutes before.
    """
    known = select(OutboxItem.id).where(OutboxItem.account == account, OutboxItem.external_id == external_id)
    if (await tx.execute(known)).scalar_one_or_none() is not None:
        return None
    candidates = (
        select(OutboxItem.id)
        .where(
            OutboxItem.account == account,
            OutboxItem.state.in_(["unconfirmed", "by_hand"]),
            OutboxItem.room_id == room_id if room_id is not None else OutboxItem.contact_id == contact_id,
            OutboxItem.text == text,
            OutboxItem.due_at >= at - timedelta(minutes=10),
        )
        .order_by(OutboxItem.id)
        .limit(1)
    )
    found = (await tx.execute(candidates)).scalar_one_or_none()
    if found is not None:
        await settle_sent(tx, found, external_id=external_id, at=at)
    return found


async def ticket_of_message(
    tx: Tx, account: str, *, external_id: str | None, text: str | None, room_id: int | None
) -> int | None:
    """Return the ticket that a quoted message of ours speaks of, found by its id, else by its text."""
    same = []
    if external_id:
        same.append(OutboxItem.external_id == external_id)
    if text:
        same.append(OutboxItem.text == text)
    if not same:
        return None
    query = (
        select(OutboxItem.ticket_id)
        .where(OutboxItem.account == account, OutboxItem.ticket_id.is_not(None), or_(*same))
        .order_by(OutboxItem.id.desc())
        .limit(1)
    )
    if room_id is not None:
        query = query.where(OutboxItem.room_id == room_id)
    return (await tx.execute(query)).scalar_one_or_none()


async def last_said(tx: Tx, prefix: str) -> datetime | None:
    """Return when a message whose cause begins so was last queued."""
    query = select(func.max(OutboxItem.created_at)).where(begins_with(OutboxItem.cause, prefix))
    return (await tx.execute(query)).scalar_one_or_none()


async def counts(tx: Tx) -> dict[str, int]:
    """Count all messages by state."""
    rows = await tx.execute(select(OutboxItem.state, func.count()).group_by(OutboxItem.state))
    return dict(rows.all())


@dataclass(frozen=True, slots=True)
class Trouble:
    """A message that didn't surely arrive."""

    id: int
    state: str
    place: str
    text: str
    trouble: str


async def troubles(tx: Tx, states: Sequence[str] = ("failed", "unconfirmed")) -> list[Trouble]:
    """Return the messages that a person has to look at, oldest first."""
    rows = await tx.execute(
        select(
            OutboxItem.id,
            OutboxItem.state,
            func.coalesce(Room.topic, Contact.name, ""),
            OutboxItem.text,
            func.coalesce(OutboxItem.trouble, ""),
        )
        .outerjoin(Room, Room.id == OutboxItem.room_id)
        .outerjoin(Contact, Contact.id == OutboxItem.contact_id)
        .where(OutboxItem.state.in_(list(states)))
        .order_by(OutboxItem.id)
    )
    return [Trouble(*row) for row in rows]


async def said_in(tx: Tx, after_id: int) -> list[tuple[int, str | None, str | None, str, str | None, datetime]]:
    """Return (id, room topic, contact name, text, file name, sent at) of what was sent after this id, in order."""
    rows = await tx.execute(
        select(OutboxItem.id, Room.topic, Contact.name, OutboxItem.text, OutboxItem.file_name, OutboxItem.sent_at)
        .outerjoin(Room, Room.id == OutboxItem.room_id)
        .outerjoin(Contact, Contact.id == OutboxItem.contact_id)
        .where(OutboxItem.state == "sent", OutboxItem.id > after_id)
        .order_by(OutboxItem.sent_at, OutboxItem.id)
    )
    return [(i, room, contact, text, name, at) for i, room, contact, text, name, at in rows if at is not None]


async def take_lease(tx: Tx, account: str, holder: str, now: datetime, length: timedelta) -> bool:
    """Take or renew the ownership of an account; False while another worker has it."""
    make = insert_or_sqlite if tx.dialect.name == "sqlite" else insert_or_postgresql
    statement = make(Lease).values(account=account, holder=holder, expires_at=now + length)
    statement = statement.on_conflict_do_update(
        index_elements=[Lease.account],
        set_={"holder": holder, "expires_at": now + length},
        where=or_(Lease.holder == holder, Lease.expires_at <= now),
    )
    return bool((await tx.execute(statement.returning(Lease.account))).scalar_one_or_none())


async def release_lease(tx: Tx, account: str, holder: str, now: datetime) -> None:
    """Let an account go, so that another worker may take it at once."""
    await tx.execute(update(Lease).where(Lease.account == account, Lease.holder == holder).values(expires_at=now))


async def release_held(tx: Tx, attachment_id: int, *, path: str | None, now: datetime) -> None:
    """Let go what waited for an attachment: to be sent, or as failed where the attachment is lost."""
    held = update(OutboxItem).where(OutboxItem.attachment_id == attachment_id, OutboxItem.state == "held")
    if path is None:
        await tx.execute(held.values(state="failed", trouble=PICTURE_LOST))
    else:
        await tx.execute(held.values(state="waiting", file_path=path, due_at=now))
