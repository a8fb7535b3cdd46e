"""Rooms and contacts: who speaks where."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, insert, or_, select, update

from rules.org import RoomKind, ancestors
from storage.engine import Tx
from storage.models import Contact, Node, Room
from storage.queries.prefix import begins_with


@dataclass(frozen=True, slots=True)
class RoomView:
    """A room and where it is bound; `path` is None for one that waits to be bound."""

    id: int
    account: str
    external_id: str
    topic: str
    kind: RoomKind
    node_id: int | None
    path: str | None
    node_name: str | None


@dataclass(frozen=True, slots=True)
class ContactView:
    """Somebody who spoke."""

    id: int
    account: str
    external_id: str
    name: str
    person_id: int | None


_ROOM = (
    Room.id, Room.account, Room.external_id, Room.topic, Room.kind, Room.node_id, Node.path, Node.name,
)  # fmt: skip
_CONTACT = (Contact.id, Contact.account, Contact.external_id, Contact.name, Contact.person_id)
_OF_PEOPLE = select(*_CONTACT).where(
    Contact.account == bindparam("account"), Contact.person_id.in_(bindparam("people", expanding=True))
)


def room_view(
    id: int,  # noqa: A002 - the column's name
    account: str,
    external_id: str,
    topic: str,
    kind: str,
    node_id: int | None,
    path: str | None,
    node_name: str | None,
) -> RoomView:
    """Give a row its shape."""
    return RoomView(id, account, external_id, topic, RoomKind(kind), node_id, path, node_name)


async def rooms_by_ids(tx: Tx, ids: Iterable[int]) -> dict[int, RoomView]:
    """Return rooms by id."""
    rows = await tx.execute(select(*_ROOM).outerjoin(Node, Node.id == Room.node_id).where(Room.id.in_(set(ids))))
    return {row[0]: room_view(*row) for row in rows}


async def contacts_by_ids(tx: Tx, ids: Iterable[int]) -> dict[int, ContactView]:
    """Return contacts by id."""
    rows = await tx.execute(select(*_CONTACT).where(Contact.id.in_(set(ids))))
    return {row[0]: ContactView(*row) for row in rows}


async def contacts_of_people(tx: Tx, account: str, person_ids: Iterable[int]) -> dict[int, ContactView]:
    """Return, by person, the contact under which an account knows them."""
    rows = await tx.execute(_OF_PEOPLE, {"account": account, "people": list(person_ids)})
    return {row[4]: ContactView(*row) for row in rows if row[4] is not None}


@dataclass(frozen=True, slots=True)
class KnownRoom:
    """What the inbox needs to know of a room."""

    id: int
    topic: str
    is_bound: bool


async def known_rooms(tx: Tx, account: str, external_ids: Iterable[str]) -> dict[str, KnownRoom]:
    """Return an account's rooms by the gateway's id."""
    rows = await tx.execute(
        select(Room.external_id, Room.id, Room.topic, Room.node_id).where(
            Room.account == account, Room.external_id.in_(set(external_ids))
        )
    )
    return {external_id: KnownRoom(room_id, topic, node is not None) for external_id, room_id, topic, node in rows}


async def known_contacts(tx: Tx, account: str, external_ids: Iterable[str]) -> dict[str, tuple[int, str]]:
    """Return (id, name) of an account's contacts by the gateway's ids."""
    rows = await tx.execute(
        select(Contact.external_id, Contact.id, Contact.name).where(
            Contact.account == account, Contact.external_id.in_(set(external_ids))
        )
    )
    return {external_id: (contact_id, name) for external_id, contact_id, name in rows}


async def insert_rooms(tx: Tx, rows: list[dict[str, object]]) -> list[int]:
    """Add rooms; each row has account, external_id and topic. Returns the ids in the same order."""
    return await _insert(tx, Room, [{"kind": RoomKind.RESIDENTS, **row} for row in rows])


async def insert_contacts(tx: Tx, rows: list[dict[str, object]]) -> list[int]:
    """Add contacts; each row has account, external_id and name. Returns the ids in the same order."""
    return await _insert(tx, Contact, rows)


async def _insert(tx: Tx, table: type[Room | Contact], rows: list[dict[str, object]]) -> list[int]:
    if not rows:
        return []
    # Not by the order of the rows: for that SQLAlchemy would send SQLite one statement each.
    result = await tx.execute(insert(table).returning(table.account, table.external_id, table.id), rows)
    ids = {(account, external_id): row_id for account, external_id, row_id in result}
    return [ids[str(row["account"]), str(row["external_id"])] for row in rows]


async def rename_contacts(tx: Tx, names: list[tuple[int, str]]) -> None:
    """Keep the names as they are shown now."""
    for contact_id, name in names:
        await tx.execute(update(Contact).where(Contact.id == contact_id).values(name=name))


async def bind_room(tx: Tx, room_id: int, node_id: int | None, kind: RoomKind) -> None:
    """Bind a room to a node, or let it go."""
    await tx.execute(update(Room).where(Room.id == room_id).values(node_id=node_id, kind=kind))


async def save_room(tx: Tx, *, account: str, external_id: str, topic: str, node_id: int, kind: RoomKind) -> int:
    """Add a bound room, or bind the one that is known; return its id."""
    known = await known_rooms(tx, account, [external_id])
    if external_id in known:
        room_id = known[external_id].id
        await tx.execute(update(Room).where(Room.id == room_id).values(node_id=node_id, kind=kind, topic=topic))
        return room_id
    values = {
        "account": account, "external_id": external_id, "topic": topic, "node_id": node_id, "kind": kind,
    }  # fmt: skip
    return (await _insert(tx, Room, [values]))[0]


async def mark_gone(tx: Tx, room_id: int, at: datetime | None) -> None:
    """Say that our account isn't in the room any more (or is again, with None)."""
    await tx.execute(update(Room).where(Room.id == room_id).values(gone_at=at))


async def rename_room(tx: Tx, room_id: int, topic: str) -> None:
    """Keep a room's topic."""
    await tx.execute(update(Room).where(Room.id == room_id).values(topic=topic))


async def bound_rooms(tx: Tx, paths: Iterable[str]) -> list[RoomView]:
    """Return the rooms that are bound at or below the paths and that we are still in."""
    ways = [begins_with(Node.path, path) for path in paths]
    if not ways:
        return []
    rows = await tx.execute(
        select(*_ROOM)
        .join(Node, Node.id == Room.node_id)
        .where(or_(*ways), Room.gone_at.is_(None))
        .order_by(Node.path, Room.id)
    )
    return [room_view(*row) for row in rows]


async def nearest_room(tx: Tx, path: str, kind: RoomKind) -> RoomView | None:
    """Return the room of a kind bound to this node or the nearest above it."""
    rows = await tx.execute(
        select(*_ROOM)
        .join(Node, Node.id == Room.node_id)
        .where(Node.id.in_(ancestors(path)), Room.kind == kind, Room.gone_at.is_(None))
        .order_by(Room.id)
    )
    found = sorted((room_view(*row) for row in rows), key=lambda room: -len(ancestors(room.path or "")))
    return found[0] if found else None
