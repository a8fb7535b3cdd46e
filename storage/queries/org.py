"""The tree, people and their posts."""

from collections.abc import Iterable, Sequence

from sqlalchemy import Select, bindparam, delete, insert, or_, select, update

from rules.org import OrgNode, ancestors
from rules.roles import Post, Role
from storage.engine import Tx
from storage.models import Contact, Node, Person, PersonPost
from storage.queries.prefix import begins_with
from storage.types import JsonValue

_NODE = (Node.id, Node.code, Node.name, Node.level, Node.path, Node.parent_id, Node.dedicated)


# Made once: to put these together costs as much as to run them.
_NODES = select(*_NODE).where(Node.id.in_(bindparam("ids", expanding=True)))
_HOLDERS = (
    select(Person.id, Person.name, PersonPost.role, Node.path)
    .join(PersonPost, PersonPost.person_id == Person.id)
    .join(Node, Node.id == PersonPost.node_id)
    .where(Node.id.in_(bindparam("ids", expanding=True)), PersonPost.role.in_(bindparam("roles", expanding=True)))
    .order_by(PersonPost.id)
)


async def node_by_code(tx: Tx, code: str) -> OrgNode | None:
    """Find a node by its code."""
    row = (await tx.execute(select(*_NODE).where(Node.code == code))).one_or_none()
    return OrgNode(*row) if row else None


async def nodes_below(tx: Tx, paths: Iterable[str]) -> list[OrgNode]:
    """Return the nodes at or below any of the paths, from the root down."""
    ways = [begins_with(Node.path, path) for path in paths]
    if not ways:
        return []
    return await _nodes(tx, select(*_NODE).where(or_(*ways)))


async def nodes_above(tx: Tx, path: str) -> list[OrgNode]:
    """Return the node of a path and those above it, from the root down."""
    return await _nodes(tx, _NODES, {"ids": ancestors(path)})


async def all_nodes(tx: Tx) -> list[OrgNode]:
    """Return the whole tree, from the root down."""
    return await _nodes(tx, select(*_NODE))


async def _nodes(
    tx: Tx, query: Select[int, str, str, str, str, int | None, bool], values: JsonValue | None = None
) -> list[OrgNode]:
    rows = await tx.execute(query, values)
    return sorted((OrgNode(*row) for row in rows), key=lambda node: (node.path.count("/"), node.id))


async def insert_node(tx: Tx, *, code: str, name: str, level: str, parent: OrgNode | None, dedicated: bool) -> OrgNode:
    """Add a node below its parent."""
    parent_id = parent.id if parent else None
    row = await tx.execute(
        insert(Node)
        .values(code=code, name=name, level=level, parent_id=parent_id, dedicated=dedicated, path="")
        .returning(Node.id)
    )
    node_id = row.scalar_one()
    path = f"{parent.path if parent else '/'}{node_id}/"
    await tx.execute(update(Node).where(Node.id == node_id).values(path=path))
    return OrgNode(node_id, code, name, level, path, parent_id, dedicated)


async def update_node(tx: Tx, node_id: int, *, name: str, level: str, dedicated: bool) -> None:
    """Change what a node is called and is."""
    await tx.execute(update(Node).where(Node.id == node_id).values(name=name, level=level, dedicated=dedicated))


async def person_ids(tx: Tx) -> dict[str, int]:
    """Return all people's ids by code."""
    rows = await tx.execute(select(Person.code, Person.id))
    return dict(rows.all())


async def save_person(tx: Tx, *, code: str, name: str) -> int:
    """Add a person, or give them another name; return the id."""
    found = (await tx.execute(select(Person.id).where(Person.code == code))).scalar_one_or_none()
    if found is not None:
        await tx.execute(update(Person).where(Person.id == found).values(name=name))
        return found
    row = await tx.execute(insert(Person).values(code=code, name=name).returning(Person.id))
    return row.scalar_one()


async def replace_posts(tx: Tx, person_id: int, posts: Sequence[tuple[Role, int]]) -> None:
    """Give a person exactly these roles at these nodes (by id)."""
    await tx.execute(delete(PersonPost).where(PersonPost.person_id == person_id))
    rows = [{"person_id": person_id, "role": role, "node_id": node_id} for role, node_id in dict.fromkeys(posts)]
    if rows:
        await tx.execute(insert(PersonPost), rows)


async def posts_of(tx: Tx, person_ids: Iterable[int]) -> dict[int, tuple[Post, ...]]:
    """Return the posts of these people, by person."""
    wanted = set(person_ids)
    if not wanted:
        return {}
    rows = await tx.execute(
        select(PersonPost.person_id, PersonPost.role, Node.path)
        .join(Node, Node.id == PersonPost.node_id)
        .where(PersonPost.person_id.in_(wanted))
        .order_by(PersonPost.id)
    )
    found: dict[int, tuple[Post, ...]] = {}
    for person_id, role, path in rows:
        found[person_id] = (*found.get(person_id, ()), Post(Role(role), path))
    return found


async def holders_above(tx: Tx, path: str, roles: Iterable[Role]) -> list[tuple[int, str, Role, str]]:
    """Return (person id, name, role, node path) of those with such a role at this node or above, nearest first."""
    rows = await tx.execute(_HOLDERS, {"ids": ancestors(path), "roles": list(roles)})
    found = [(person_id, name, Role(role), where) for person_id, name, role, where in rows]
    return sorted(found, key=lambda one: -len(ancestors(one[3])))


async def names_of(tx: Tx, person_ids: Iterable[int]) -> dict[int, str]:
    """Return the names of these people."""
    wanted = set(person_ids)
    rows = await tx.execute(select(Person.id, Person.name).where(Person.id.in_(wanted)))
    return dict(rows.all())


async def link_contact(tx: Tx, *, account: str, external_id: str, person_id: int, name: str) -> None:
    """Say that this contact of an account is this person."""
    changed = await tx.execute(
        update(Contact)
        .where(Contact.account == account, Contact.external_id == external_id)
        .values(person_id=person_id)
    )
    if not changed.rowcount:
        await tx.execute(
            insert(Contact).values(account=account, external_id=external_id, person_id=person_id, name=name)
        )
