"""The three tables of a district, read and checked before anything is written."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TypeVar

from actions.org import Imported, NodeRow, PersonRow, RoomRow, Step, import_org
from bot.tables import read_table
from rules.errors import ConfigError
from rules.org import LEVELS, RoomKind
from rules.roles import Role
from storage.engine import Database
from storage.queries import org

Word = TypeVar("Word", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class OrgTables:
    """What was read; every code that is named is known."""

    nodes: list[NodeRow]
    people: list[PersonRow]
    rooms: list[RoomRow]


async def import_tables(
    database: Database, nodes: Path | None, people: Path | None, rooms: Path | None, *, step: Step | None = None
) -> Imported:
    """Read, check and import, all of it or nothing; `step` is told how far it has come.

    Raises:
        ConfigError: a table has a mistake; names file and line.
        StorageError: the database can't be written to.

    """
    async with database.read() as tx:
        known = {node.code for node in await org.all_nodes(tx)}
    tables = read_tables(known, nodes, people, rooms)
    async with database.write() as tx:
        return await import_org(tx, tables.nodes, tables.people, tables.rooms, step=step)


def read_tables(known: set[str], nodes: Path | None, people: Path | None, rooms: Path | None) -> OrgTables:
    """Read the tables; `known` are the codes of nodes that exist already.

    Raises:
        ConfigError: names file, line, column and what was expected.

    """
    node_rows = _nodes(nodes, known) if nodes else []
    codes = known | {row.code for row in node_rows}
    return OrgTables(node_rows, _people(people, codes) if people else [], _rooms(rooms, codes) if rooms else [])


def _nodes(path: Path, known: set[str]) -> list[NodeRow]:
    found: list[NodeRow] = []
    codes, here = set(known), set[str]()
    for line, row in read_table(path, ["code", "parent", "level", "name"]):
        where = f"{path}:{line}"
        code, parent, level = row["code"].strip(), row["parent"].strip(), row["level"].strip()
        if not code or not row["name"].strip():
            raise ConfigError(f"{where}: code and name: expected both")
        if code in here:
            raise ConfigError(f"{where}: code: {code} stands twice in this file")
        if parent and parent not in codes:
            raise ConfigError(f"{where}: parent: no node {parent!r} above this line; parents come before children")
        if level not in LEVELS:
            raise ConfigError(f"{where}: level: {level!r}; expected {', '.join(LEVELS)}")
        dedicated = row.get("dedicated", "").strip().lower() in {"1", "yes", "true", "专属"}
        found.append(NodeRow(code, parent, level, row["name"].strip(), dedicated))
        codes.add(code)
        here.add(code)
    return found


def _people(path: Path, codes: set[str]) -> list[PersonRow]:
    found = []
    for line, row in read_table(path, ["code", "name", "role", "node"]):
        where = f"{path}:{line}"
        node = _node(where, row["node"], codes)
        wechat, account = row.get("wechat", "").strip(), row.get("account", "").strip()
        if wechat and not account:
            raise ConfigError(f"{where}: account: expected the account that knows this wechat id")
        role = _word(where, "role", row["role"], Role)
        found.append(PersonRow(row["code"].strip(), row["name"].strip(), role, node, account, wechat))
    return found


def _rooms(path: Path, codes: set[str]) -> list[RoomRow]:
    found = []
    for line, row in read_table(path, ["account", "room", "topic", "node", "kind"]):
        where = f"{path}:{line}"
        kind = _word(where, "kind", row["kind"], RoomKind)
        if not row["account"].strip() or not row["room"].strip():
            raise ConfigError(f"{where}: account and room: expected both")
        node = _node(where, row["node"], codes)
        found.append(RoomRow(row["account"].strip(), row["room"].strip(), row["topic"].strip(), node, kind))
    return found


def _node(where: str, cell: str, codes: set[str]) -> str:
    node = cell.strip()
    if node not in codes:
        raise ConfigError(f"{where}: node: no node has the code {node!r}; import the nodes first")
    return node


def _word(where: str, column: str, cell: str, words: type[Word]) -> Word:
    try:
        return words(cell.strip())
    except ValueError:
        raise ConfigError(f"{where}: {column}: {cell.strip()!r}; expected {', '.join(words)}") from None
