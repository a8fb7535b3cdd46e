"""`huiyin run` as a process of its own that a test can kill, in front of the real gateway."""

import asyncio
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Self

from actions.org import NodeRow, PersonRow, RoomRow, import_org
from rules.org import RoomKind
from rules.roles import Role
from storage.engine import Database
from tests.bot.nodegateway import NodeGateway

ACCOUNT = "main"
OFFICER = "wang"  # may publish to all rooms
LEADER = "zhang"  # leads the first unit
PATIENCE_SECONDS = 60.0  # a loaded machine is slow; what hasn't happened by then never will
QUICK = {
    "pace.per_room_seconds": 0,
    "pace.between_rooms_seconds": 0.02,
    "pace.jitter_seconds": 0,
    "pace.per_minute": 0,
    "pace.per_day": 0,
    "pace.throttle_pause_seconds": 1,
    "listen.window_seconds": 0,
    "database.lease_seconds": 2,
}


def write_config(folder: Path, database_url: str, node: NodeGateway) -> Path:
    """Settings of a process that is in a hurry."""
    lines = [f"{key} = {value}" for key, value in QUICK.items()]
    lines += [f'database.url = "{database_url}"', f'files.folder = "{folder / "files"}"', "[[accounts]]"]
    lines += [f'name = "{ACCOUNT}"', 'gateway = "wechaty"', f'endpoint = "{node.endpoint}"', f'token = "{node.token}"']
    path = folder / "config.toml"
    path.write_text("\n".join([*lines, "tls = false", ""]), "utf-8")
    return path


class Huiyin:
    """`huiyin run`; what it logs is in `log`."""

    def __init__(self, config: Path, name: str = "huiyin") -> None:
        self._config = config
        self._path = config.with_name(f"{name}.log")
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def log(self) -> str:
        return self._path.read_text("utf-8", "replace")

    def start(self) -> Self:
        assert self._process is None
        command = [sys.executable, "-c", "from bot.cli import main; main()", "run", "-c", str(self._config)]
        with self._path.open("ab") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log, stdin=subprocess.DEVNULL)
        return self

    def kill(self) -> None:
        """SIGKILL: no line of code of ours runs any more."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def stop(self) -> int:
        """SIGTERM; returns the exit code."""
        assert self._process is not None
        self._process.terminate()
        code = self._process.wait(PATIENCE_SECONDS)
        self._process = None
        return code

    async def until(self, condition: Callable[[], Awaitable[bool]], what: str) -> None:
        """Wait until something holds, as long as the process lives; fails with its log."""
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                while not await condition():
                    assert self._process is not None
                    assert self._process.poll() is None, f"it ended: {self.log[-3000:]}"
                    await asyncio.sleep(0.01)
        except TimeoutError:
            raise AssertionError(f"never: {what}; {self.log[-3000:]}") from None


async def make_rooms(database: Database, node: NodeGateway, count: int) -> list[str]:
    """So many residents' rooms, each of a unit of its own, in the database and on the Node side; returns their ids."""
    nodes = [NodeRow("S", "", "subdistrict", "桂语街道"), NodeRow("C", "S", "community", "桂语社区")]
    nodes += [NodeRow("G", "C", "grid", "桂语一网格")]
    nodes += [NodeRow(f"U{number}", "G", "unit", f"{number}栋") for number in range(1, count + 1)]
    rooms = [
        RoomRow(ACCOUNT, f"room-{number}", f"{number}栋群", f"U{number}", RoomKind.RESIDENTS)
        for number in range(1, count + 1)
    ]
    people = [
        PersonRow(OFFICER, "王书记", Role.COMMUNITY_OFFICER, "C", ACCOUNT, "wx-wang"),
        PersonRow(LEADER, "张单元长", Role.UNIT_LEADER, "U1", ACCOUNT, "wx-zhang"),
    ]
    async with database.write() as tx:
        await import_org(tx, nodes, people, rooms)
    await announce_rooms(node, [row.room for row in rooms])
    return [row.room for row in rooms]


async def announce_rooms(node: NodeGateway, room_ids: list[str]) -> None:
    """Make rooms on the Node side: a gateway that was killed has forgotten them."""
    members = [{"id": "wx-zhang", "name": "张单元长"}, {"id": "wx-li", "name": "李阿姨"}]
    for number, room_id in enumerate(room_ids, 1):
        await node.ask("room", room=room_id, topic=f"{number}栋群", members=members)
