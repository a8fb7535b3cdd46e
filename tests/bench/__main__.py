"""`make bench`: the figures of docs/performance.md, as JSON on stdout; `--quick` for a look in a minute or two.

Contenders run side by side, round by round, and the median of the rounds is told; beside the time on the wall, the
processor time of this process, which other people's work on the machine doesn't change.
"""

import argparse
import asyncio
import json
import platform
import statistics
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil

from bot.logs import configure_logs
from tests.bench import ingest, memory, replaying
from tests.bench.measure import Figure
from tests.bench.understanding import measure as understanding
from tests.bot.nodegateway import NodeGateway
from tests.gateway.setup import GatewayMissing
from tests.postgres import PostgresMissing, serve


def main() -> int:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer messages and rounds")
    parser.add_argument("--only", choices=["gateway", "database", "memory", "replay", "understanding"], default=None)
    parser.add_argument(
        "--date", default=datetime.now(UTC).date().isoformat(), help="the day to write into the figures"
    )
    options = parser.parse_args()
    configure_logs(level="error")
    figures: dict[str, Any] = {"date": options.date, "machine": machine()}
    rounds, messages = (1, 1000) if options.quick else (5, 4000)
    wanted = {options.only} if options.only else {"gateway", "database", "memory", "replay", "understanding"}
    with tempfile.TemporaryDirectory(prefix="huiyin-bench-") as folder:
        if wanted & {"gateway", "database"}:
            figures |= asyncio.run(ingesting(Path(folder), rounds, messages, wanted))
        if "memory" in wanted:
            figures["memory"] = memory.measure([10, 100] if options.quick else [10, 100, 1000])
        if "replay" in wanted:
            figures["replay"] = asyncio.run(replaying.measure(1000 if options.quick else 10_000))
    if "understanding" in wanted and not options.quick:
        figures["understanding"] = understanding()
    sys.stdout.write(json.dumps(figures, indent=2, ensure_ascii=False) + "\n")
    return 0


def machine() -> dict[str, object]:
    """What it ran on."""
    return {
        "cores": psutil.cpu_count(),
        "memory_gib": round(psutil.virtual_memory().total / 2**30, 1),
        "python": platform.python_version(),
        "load_before": round(psutil.getloadavg()[0], 2),
    }


async def ingesting(folder: Path, rounds: int, messages: int, wanted: set[str]) -> dict[str, Any]:
    """(a) through the real gateway and (b) without it, on every database that can be had."""
    figures: dict[str, Any] = {}
    try:
        server = serve()
        url = server.__enter__()
    except PostgresMissing as missing:
        server, url = None, None
        figures["postgresql_missing"] = str(missing)
    try:
        if "gateway" in wanted:
            try:
                node = NodeGateway().start_now()
            except GatewayMissing as missing:
                figures["gateway_missing"] = str(missing)
            else:
                try:
                    found = await ingest.through_gateway(node, folder, url, rounds, messages)
                finally:
                    node.kill()
                figures["gateway"] = summary(found, "raw_stub_8")
        if "database" in wanted:
            figures["database"] = summary(
                await ingest.without_gateway(folder, url, rounds, messages * 2), "plain_sqlite3"
            )
    finally:
        if server is not None:
            server.__exit__(None, None, None)
    return figures


def summary(found: dict[str, list[Figure]], baseline: str) -> dict[str, Any]:
    """Medians per contender, and each one's share of the baseline's rate."""
    medians = {
        name: {
            "per_second": round(statistics.median(one.per_second for one in figures)),
            "cpu_microseconds_each": round(statistics.median(one.cpu_each for one in figures) * 1e6),
        }
        for name, figures in found.items()
    }
    base = medians[baseline]["per_second"]
    return {name: row | {"of_baseline": round(row["per_second"] / base, 2)} for name, row in medians.items()}


if __name__ == "__main__":
    sys.exit(main())
