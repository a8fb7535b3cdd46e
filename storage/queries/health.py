"""What tells whether a database and what runs on it are well."""

from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import func, insert, select, text

from storage.engine import Tx
from storage.models import Connection, Lease, Room, Utterance


@dataclass(frozen=True, slots=True)
class Holding:
    """Which worker holds an account, and whether it is connected to the gateway."""

    holder: str
    until: datetime
    is_connected: bool


async def clock_of(tx: Tx) -> datetime:
    """Return the database's own time, aware, in UTC."""
    if tx.dialect.name == "sqlite":
        said = (await tx.execute(text("SELECT strftime('%Y-%m-%dT%H:%M:%f', 'now')"))).scalar_one()
        return datetime.fromisoformat(said).replace(tzinfo=UTC)
    moment: datetime = (await tx.execute(text("SELECT clock_timestamp()"))).scalar_one()
    return moment.astimezone(UTC)


async def try_writing(tx: Tx, now: datetime) -> None:
    """Write a row that whoever opened the transaction takes back."""
    await tx.execute(insert(Lease).values(account="\N{BULLET}doctor", holder="doctor", expires_at=now))


async def holding(tx: Tx, account: str, now: datetime) -> Holding | None:
    """Return who holds an account at this moment; None where nobody does."""
    lease = (
        await tx.execute(select(Lease.holder, Lease.expires_at).where(Lease.account == account, Lease.expires_at > now))
    ).one_or_none()
    if lease is None:
        return None
    newest = select(Connection.ended_at).where(Connection.account == account).order_by(Connection.id.desc()).limit(1)
    connection = (await tx.execute(newest)).one_or_none()
    return Holding(lease[0], lease[1], connection is not None and connection[0] is None)


async def unbound_rooms(tx: Tx) -> int:
    """Count the rooms that wait to be bound."""
    query = select(func.count()).select_from(Room).where(Room.node_id.is_(None), Room.gone_at.is_(None))
    return (await tx.execute(query)).scalar_one()


async def set_aside_count(tx: Tx) -> int:
    """Count the utterances that couldn't be handled and wait for a person."""
    query = select(func.count()).select_from(Utterance).where(Utterance.state == "failed")
    return (await tx.execute(query)).scalar_one()
