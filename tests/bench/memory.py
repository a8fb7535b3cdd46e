"""(c) What the process holds in memory, by the number of its rooms; each measured in a process of its own."""

import asyncio
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import psutil

from nlp.classify import Understanding
from tests.bench.ingest import MEMBERS, fresh_database, handled, running
from tests.bench.understanding import mixed
from tests.bot.nodegateway import NodeGateway

EACH = 5  # messages a room, each by somebody else
ROOT = Path(__file__).parents[2]


def measure(sizes: list[int]) -> dict[str, dict[str, float]]:
    """Resident memory at the start, when connected, and after five messages a room; MiB, by the number of rooms."""
    found = {}
    for rooms in sizes:
        command = [sys.executable, "-m", "tests.bench.memory", str(rooms)]
        run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
        found[f"rooms_{rooms}"] = json.loads(run.stdout.splitlines()[-1])
    return found


async def _run(count: int) -> dict[str, float]:
    node = NodeGateway().start_now()
    try:
        rooms = [room["id"] for room in await node.ask("rooms", count=count, members=MEMBERS)]
        understanding = Understanding.load()
        texts = mixed()[: count * EACH]
        with tempfile.TemporaryDirectory() as folder:
            figures = {"at_start": _resident()}
            async with (
                fresh_database(Path(folder), None, rooms) as database,
                running(node, database, Path(folder), understanding) as app,
            ):
                await app.lines[0].gateway.rooms()
                figures["connected"] = _resident()
                await node.ask("burst", count=count * EACH, rooms=rooms, texts=texts)
                await handled(database, count * EACH)
                figures["after_messages"] = _resident()
            return figures
    finally:
        node.kill()


def _resident() -> float:
    return round(psutil.Process().memory_info().rss / 2**20, 1)


if __name__ == "__main__":
    sys.stdout.write(json.dumps(asyncio.run(_run(int(sys.argv[1])))) + "\n")
