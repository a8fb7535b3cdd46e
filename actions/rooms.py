"""Rooms: binding one to a node of the tree, and keeping what the gateway tells of them."""

from collections.abc import Sequence

from actions.work import Work
from rules.errors import NotAllowed, NotFound
from rules.org import OrgNode, RoomKind
from rules.roles import Verb
from rules.sayings import NoSuchNode, NotPermitted
from rules.talk import RoomInfo, RoomJoined, RoomLeft, RoomRenamed
from rules.text import storable
from storage.queries import audit, org, rooms
from storage.queries.rooms import RoomView


async def bind_room(work: Work, room: RoomView, code: str, kind: RoomKind) -> OrgNode:
    """Bind a room to the node of this code.

    Raises:
        NotFound: there is no such node.
        NotAllowed: it lies outside of the actor's part of the tree.

    """
    node = await org.node_by_code(work.tx, code) if code else None
    if node is None:
        raise NotFound(NoSuchNode(code[:20]))
    if not work.by.may(Verb.BIND, node.path):
        raise NotAllowed(NotPermitted())
    await rooms.bind_room(work.tx, room.id, node.id, kind)
    await audit.add_audit(
        work.tx,
        at=work.now,
        person_id=work.by.person_id,
        contact_id=work.by.contact_id,
        action="room.bind",
        target=f"room:{room.id}",
        detail={"node": node.code, "kind": kind},
    )
    work.wrote = True
    work.lookups.forget()
    return node


async def note_rooms(work: Work, found: Sequence[RoomInfo]) -> None:
    """Keep all rooms that an account is in; new ones wait to be bound."""
    known = await rooms.known_rooms(work.tx, work.account, [info.room_id for info in found])
    new: list[dict[str, object]] = []
    for info in found:
        topic = storable(info.topic)[:255]
        before = known.get(info.room_id)
        if before is None:
            new.append({"account": work.account, "external_id": info.room_id, "topic": topic})
        elif topic and before.topic != topic:
            await rooms.rename_room(work.tx, before.id, topic)
    await rooms.insert_rooms(work.tx, new)


async def note_room_event(work: Work, event: RoomJoined | RoomLeft | RoomRenamed) -> None:
    """Keep that we were taken into a room or out of it, or that it has another topic."""
    known = await rooms.known_rooms(work.tx, work.account, [event.room_id])
    before = known.get(event.room_id)
    match event:
        case RoomLeft():
            if before is not None and event.ours:
                await rooms.mark_gone(work.tx, before.id, work.now)
        case RoomJoined() | RoomRenamed():
            await note_rooms(work, [RoomInfo(event.room_id, event.topic, ())])
            if before is not None and isinstance(event, RoomJoined) and event.ours:
                await rooms.mark_gone(work.tx, before.id, None)
