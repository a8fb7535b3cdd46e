"""What waits to be pasted by a person."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import or_, select

from storage.engine import Tx
from storage.models import Node, OutboxItem, Room
from storage.queries.prefix import begins_with


@dataclass(frozen=True, slots=True)
class ToPaste:
    """A message that a person has to paste into a room."""

    id: int
    place: str
    text: str
    file_name: str | None


async def to_paste(tx: Tx, paths: Sequence[str]) -> list[ToPaste]:
    """Return what waits to be pasted into rooms at or below these nodes, oldest first."""
    ways = [begins_with(Node.path, path) for path in paths]
    if not ways:
        return []
    rows = await tx.execute(
        select(OutboxItem.id, Room.topic, OutboxItem.text, OutboxItem.file_name)
        .join(Room, Room.id == OutboxItem.room_id)
        .join(Node, Node.id == Room.node_id)
        .where(OutboxItem.state == "by_hand", or_(*ways))
        .order_by(OutboxItem.priority, OutboxItem.id)
    )
    return [ToPaste(*row) for row in rows]
