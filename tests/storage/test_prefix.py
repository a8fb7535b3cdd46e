"""What begins alike is found by its index, whatever language the server sorts by."""

import pytest
from sqlalchemy import insert, select, text

from storage.engine import Database
from storage.models.org import Node
from storage.queries.prefix import begins_with

PATHS = ["/1/", "/1/2/", "/1/20/", "/10/", "/1/2/é/", "/1/2/楼/", "/1/2/Z_%/", "/1/a/", "/1/B/"]


@pytest.fixture
async def nodes(database: Database) -> Database:
    async with database.write() as tx:
        await tx.execute(insert(Node), [{"code": path, "level": "unit", "name": path, "path": path} for path in PATHS])
    return database


@pytest.mark.parametrize("prefix", ["/1/", "/1/2/", "/1/2/Z_", "/1/2/楼", "/10/", "/2/"])
async def test_all_and_only_what_begins_so(nodes: Database, prefix: str) -> None:
    async with nodes.read() as tx:
        found = set((await tx.execute(select(Node.path).where(begins_with(Node.path, prefix)))).scalars())
    assert found == {path for path in PATHS if path.startswith(prefix)}


async def test_by_its_index(nodes: Database) -> None:
    explain = {"sqlite": "EXPLAIN QUERY PLAN ", "postgresql": "EXPLAIN "}
    async with nodes.write() as tx:
        if tx.dialect.name == "postgresql":
            await tx.execute(text("SET LOCAL enable_seqscan = off"))
        question = "SELECT id FROM nodes WHERE path >= '/1/' AND path < '/1/\U0010ffff'"
        plan = str((await tx.execute(text(explain[tx.dialect.name] + question))).all())
    assert "ix_nodes_path" in plan
    assert "Filter" not in plan
