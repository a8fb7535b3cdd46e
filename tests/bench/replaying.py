"""(e) A group log through the whole pipeline: the corpus, told again in other rooms until it is long enough."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from bot.replay import LogLine, read_log, replay
from nlp.classify import Understanding
from tests.bench.measure import stretch

CORPUS = Path(__file__).parents[2] / "nlp" / "corpus"


def long_log(count: int) -> list[LogLine]:
    """So many lines, from the corpus."""
    told = [line for path in sorted(CORPUS.glob("[0-9]*.tsv")) for line in read_log(path, print)]
    lines: list[LogLine] = []
    while len(lines) < count:
        again = len(lines) // len(told)
        room = f"（{again}）" if again else ""
        lines += [replace(line, number=len(lines) + n, room=line.room + room) for n, line in enumerate(told, 1)]
    return lines[:count]


async def measure(count: int) -> dict[str, Any]:
    """Lines a second, and how many tickets were filed on the way."""
    understanding = Understanding.load()
    lines = long_log(count)
    with stretch(count) as figure:
        found = list(await replay(lines, understanding))
    return {
        "lines": count,
        "per_second": round(figure.per_second),
        "cpu_microseconds_each": round(figure.cpu_each * 1e6),
        "tickets": len({one.incident for one in found if one.incident}),
        "rooms": len({line.room for line in lines}),
    }
