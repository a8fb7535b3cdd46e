"""The audit log and the record of when we were listening."""

from datetime import datetime

from sqlalchemy import func, insert, select, update

from storage.engine import Tx
from storage.models import AuditEntry, Connection, Message, Room, Utterance
from storage.types import JsonValue

_NEW_ENTRY = insert(AuditEntry)  # made once: to put it together costs as much as to run it


async def add_audit(
    tx: Tx,
    *,
    at: datetime,
    person_id: int | None,
    contact_id: int | None,
    action: str,
    target: str,
    detail: JsonValue | None = None,
) -> None:
    """Write an entry."""
    await tx.execute(
        _NEW_ENTRY,
        {
            "at": at, "person_id": person_id, "contact_id": contact_id, "action": action, "target": target,
            "detail": detail,
        },
    )  # fmt: skip


async def begin_connection(tx: Tx, account: str, at: datetime) -> tuple[int, datetime | None]:
    """Record that we are listening again; returns the interval's id and when the one before ended.

    An interval that was never ended (the process was killed) ends at the last message heard in it.
    """
    last = select(func.max(Connection.id)).where(Connection.account == account).scalar_subquery()
    before = (
        await tx.execute(select(Connection.id, Connection.began_at, Connection.ended_at).where(Connection.id == last))
    ).one_or_none()
    ended_at = None
    if before is not None:
        ended_at = before[2]
        if ended_at is None:
            heard = await tx.execute(select(func.max(Message.at)).where(Message.account == account))
            ended_at = max(heard.scalar_one_or_none() or before[1], before[1])
            await end_connection(tx, before[0], ended_at, "process ended")
    row = await tx.execute(insert(Connection).values(account=account, began_at=at).returning(Connection.id))
    return row.scalar_one(), ended_at


async def end_connection(tx: Tx, connection_id: int, at: datetime, reason: str) -> None:
    """Record that we stopped listening."""
    await tx.execute(
        update(Connection)
        .where(Connection.id == connection_id, Connection.ended_at.is_(None))
        .values(ended_at=at, reason=reason[:255])
    )


async def connections(tx: Tx, account: str) -> list[tuple[datetime, datetime | None, str | None]]:
    """Return the intervals in which we were listening, oldest first."""
    rows = await tx.execute(
        select(Connection.began_at, Connection.ended_at, Connection.reason)
        .where(Connection.account == account)
        .order_by(Connection.id)
    )
    return list(rows)


async def totals(tx: Tx) -> dict[str, int]:
    """Count bound rooms, messages, reports and utterances set aside, for a run's summary."""
    rooms = await tx.execute(select(func.count()).select_from(Room).where(Room.node_id.is_not(None)))
    messages = await tx.execute(select(func.count()).select_from(Message))
    reports = await tx.execute(select(func.count()).select_from(Utterance).where(Utterance.kind == "report"))
    failed = await tx.execute(select(func.count()).select_from(Utterance).where(Utterance.state == "failed"))
    return {
        "rooms": rooms.scalar_one(),
        "messages": messages.scalar_one(),
        "reports": reports.scalar_one(),
        "failed": failed.scalar_one(),
    }
