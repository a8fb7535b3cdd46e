"""Importing a district: its tree, its people with their posts, its rooms. The same tables again change nothing."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from rules.org import OrgNode, RoomKind
from rules.roles import Role
from storage.engine import Tx
from storage.queries import org, rooms


@dataclass(frozen=True, slots=True)
class NodeRow:
    """A node as it is imported: unique code, the parent's code (empty for the root), level, name."""

    code: str
    parent: str
    level: str
    name: str
    dedicated: bool = False


@dataclass(frozen=True, slots=True)
class PersonRow:
    """One post of a person; a person with several posts has several rows. `wechat` is their contact id, if known."""

    code: str
    name: str
    role: Role
    node: str
    account: str = ""
    wechat: str = ""


@dataclass(frozen=True, slots=True)
class RoomRow:
    """A room to bind: the account that is in it, the gateway's id, its topic, the node's code, the kind."""

    account: str
    room: str
    topic: str
    node: str
    kind: RoomKind


Step = Callable[[int, int], None]
"""Is told how many rows are done, and how many there are."""


@dataclass(frozen=True, slots=True)
class Imported:
    """How much there is after an import."""

    nodes: int
    people: int
    rooms: int


async def import_org(
    tx: Tx,
    nodes: Sequence[NodeRow],
    people: Sequence[PersonRow],
    bound: Sequence[RoomRow],
    *,
    step: Step | None = None,
) -> Imported:
    """Bring the tree, the people and the rooms to what the tables say; what they don't name stays as it is.

    The caller has checked that every parent and node is in the tables or in the database.
    """
    total, done = len(nodes) + len({person.code for person in people}) + len(bound), 0

    def note_step() -> None:
        nonlocal done
        done += 1
        if step is not None:
            step(done, total)

    tree = {node.code: node for node in await org.all_nodes(tx)}
    for row in nodes:
        tree[row.code] = await _save_node(tx, tree, row)
        note_step()
    posts: dict[str, list[PersonRow]] = {}
    for person in people:
        posts.setdefault(person.code, []).append(person)
    for code, rows in posts.items():
        person_id = await org.save_person(tx, code=code, name=rows[0].name)
        await org.replace_posts(tx, person_id, [(row.role, tree[row.node].id) for row in rows])
        for account, wechat in dict.fromkeys((row.account, row.wechat) for row in rows if row.wechat):
            await org.link_contact(tx, account=account, external_id=wechat, person_id=person_id, name=rows[0].name)
        note_step()
    for room in bound:
        node_id = tree[room.node].id
        await rooms.save_room(
            tx, account=room.account, external_id=room.room, topic=room.topic, node_id=node_id, kind=room.kind
        )
        note_step()
    return Imported(len(tree), len(posts), len(bound))


async def _save_node(tx: Tx, tree: dict[str, OrgNode], row: NodeRow) -> OrgNode:
    known = tree.get(row.code)
    if known is None:
        parent = tree[row.parent] if row.parent else None
        return await org.insert_node(
            tx, code=row.code, name=row.name, level=row.level, parent=parent, dedicated=row.dedicated
        )
    if (known.name, known.level, known.dedicated) != (row.name, row.level, row.dedicated):
        await org.update_node(tx, known.id, name=row.name, level=row.level, dedicated=row.dedicated)
    return OrgNode(known.id, row.code, row.name, row.level, known.path, known.parent_id, row.dedicated)
