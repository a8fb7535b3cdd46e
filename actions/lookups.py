"""Who stands where, looked up once: a batch of reports asks again and again for the same few people and rooms."""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from typing import TypeVar

from rules.org import OrgNode, RoomKind
from rules.roles import Role
from storage.engine import Tx
from storage.queries import org, rooms
from storage.queries.rooms import ContactView, RoomView

Key = TypeVar("Key")
Found = TypeVar("Found")


@dataclass(frozen=True, slots=True)
class Lookups:
    """What was looked up in one transaction, and can't have changed but by what it does itself.

    Whoever binds a room or changes the tree calls `forget`. What is handed out belongs to all and isn't changed.
    """

    _nodes: dict[str, list[OrgNode]] = field(default_factory=dict)
    _holders: dict[tuple[str, frozenset[Role]], list[tuple[int, str, Role, str]]] = field(default_factory=dict)
    _nearest: dict[tuple[str, RoomKind], RoomView | None] = field(default_factory=dict)
    _contacts: dict[tuple[str, int], ContactView | None] = field(default_factory=dict)

    def forget(self) -> None:
        """Look up everything anew from now on."""
        for kept in (self._nodes, self._holders, self._nearest, self._contacts):
            kept.clear()

    async def nodes_above(self, tx: Tx, path: str) -> list[OrgNode]:
        """Return the node of a path and those above it, from the root down."""
        return await _once(self._nodes, path, lambda: org.nodes_above(tx, path))

    async def holders_above(self, tx: Tx, path: str, roles: Iterable[Role]) -> list[tuple[int, str, Role, str]]:
        """Return (person id, name, role, node path) of those with such a role at this node or above, nearest first."""
        wanted = frozenset(roles)
        return await _once(self._holders, (path, wanted), lambda: org.holders_above(tx, path, wanted))

    async def nearest_room(self, tx: Tx, path: str, kind: RoomKind) -> RoomView | None:
        """Return the room of a kind bound to this node or the nearest above it."""
        return await _once(self._nearest, (path, kind), lambda: rooms.nearest_room(tx, path, kind))

    async def contact_of(self, tx: Tx, account: str, person_id: int) -> ContactView | None:
        """Return the contact under which an account knows a person."""

        async def find() -> ContactView | None:
            return (await rooms.contacts_of_people(tx, account, [person_id])).get(person_id)

        return await _once(self._contacts, (account, person_id), find)


async def _once(kept: dict[Key, Found], key: Key, find: Callable[[], Awaitable[Found]]) -> Found:
    if key not in kept:
        kept[key] = await find()
    return kept[key]
