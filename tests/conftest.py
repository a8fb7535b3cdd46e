"""What all tests share: real databases, each fresh and of this version's shape, made by copying a template."""

import asyncio
import itertools
import os
import shutil
from collections.abc import AsyncIterator, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest
import structlog

from storage.engine import Database
from storage.migrate import upgrade
from tests.postgres import PostgresMissing, serve

T = TypeVar("T")

CLOSING_SECONDS = 5.0
_numbers = itertools.count(1)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of an empty database of this version's shape; `indirect=True` chooses one of the two kinds."""
    if request.param == "sqlite":
        path = tmp_path / "huiyin.db"
        shutil.copyfile(request.getfixturevalue("sqlite_template"), path)
        yield f"sqlite:///{path}"
        return
    server: str = request.getfixturevalue("postgresql_server")
    template: str = request.getfixturevalue("postgresql_template")
    name = f"{template}_{next(_numbers)}"
    run(_statement(server, f'CREATE DATABASE "{name}" TEMPLATE "{template}"'))
    yield _sibling(server, name)
    left = run(_connections_left(server, name))
    run(_statement(server, f'DROP DATABASE "{name}" WITH (FORCE)'))
    assert left == [], f"connections left open: {left}"


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """An open database, once per kind; the test must give all its connections back."""
    database = Database(database_url)
    yield database
    out = database.engine.pool.checkedout()  # type: ignore[attr-defined] # every pool that queues has it
    await database.close()
    assert out == 0, f"{out} connections weren't given back"


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file of this version's shape."""
    path = tmp_path_factory.mktemp("template") / "huiyin.db"
    run(_upgrade(f"sqlite:///{path}"))
    return path


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[str]:
    """The URL of a PostgreSQL server; where none can be had the test is skipped with the reason, on CI it fails."""
    server = serve()
    try:
        url = server.__enter__()
    except PostgresMissing as missing:
        if os.environ.get("CI") == "true":
            pytest.fail(f"PostgreSQL is required on CI: {missing}")
        pytest.skip(str(missing))
    yield url
    server.__exit__(None, None, None)


@pytest.fixture(scope="session")
def postgresql_template(postgresql_server: str) -> Iterator[str]:
    """The name of a PostgreSQL database of this version's shape."""
    name = f"huiyin_test_{os.getpid()}"
    run(_statement(postgresql_server, f'CREATE DATABASE "{name}" TEMPLATE template0 ENCODING UTF8'))
    run(_upgrade(_sibling(postgresql_server, name)))
    yield name
    run(_statement(postgresql_server, f'DROP DATABASE "{name}" WITH (FORCE)'))


def run(work: Coroutine[object, object, T]) -> T:
    """Do something asynchronous in a fixture that isn't, away from the tests' own loop."""
    with ThreadPoolExecutor(1) as aside:
        return aside.submit(asyncio.run, work).result()


async def _upgrade(url: str) -> None:
    database = Database(url)
    await upgrade(database)
    await database.close()


async def _statement(server: str, statement: str) -> None:
    connection = await asyncpg.connect(server)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


async def _connections_left(server: str, name: str) -> list[str]:
    """Return the last statements of connections that are still open when those that are ending have had their time."""
    connection = await asyncpg.connect(server)
    try:
        rows = []
        for _ in range(int(CLOSING_SECONDS / 0.05)):
            rows = await connection.fetch("SELECT query FROM pg_stat_activity WHERE datname = $1", name)
            if not rows:
                break
            await asyncio.sleep(0.05)
        return [row["query"] for row in rows]
    finally:
        await connection.close()


def _sibling(server: str, name: str) -> str:
    """The URL of another database on the same server."""
    parts = urlsplit(server)
    return urlunsplit(parts._replace(path=f"/{name}"))


@pytest.fixture(autouse=True)
def logs_as_they_come() -> Iterator[None]:
    """No test hears what another one's command has told the log to leave out."""
    structlog.reset_defaults()
    yield
    structlog.reset_defaults()
