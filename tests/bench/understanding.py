"""How fast the listener is, beside jieba and the bare matcher, and where its time goes.

Messages of 17 characters in a realistic mix: 19 of 20 are chatter. They come from the corpus, cut to length, so that
the figures can be had anywhere. One core, medians of several rounds; every contender sees the same messages.
"""

import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import jieba

from nlp.classify import Understanding
from nlp.learning.rooms import rooms, utterances
from nlp.reading import letters

ROOT = Path(__file__).parents[2]
LENGTH = 17
COUNT = 20_000
REPORTS = COUNT // 20
ROUNDS = 5
SLOW_COUNT = 2_000  # messages for jieba, which takes a hundred times as long

_START = """
import re, time
started = time.perf_counter()
from nlp.classify import Understanding
Understanding.load().classify("3栋2单元电梯又停了")
print(time.perf_counter() - started, int(re.search(r"VmHWM:\\s+(\\d+)", open("/proc/self/status").read())[1]) / 1024)
"""


def mixed() -> list[str]:
    """19 of 20 chatter, shuffled evenly: every twentieth message is a report."""
    said = [one for path in rooms(ROOT / "nlp" / "corpus") for one in utterances(path)]
    by_kind = {
        is_report: [
            one.text for one in said if (one.kind == "report") is is_report and one.kind in ("report", "chatter")
        ]
        for is_report in (True, False)
    }
    reports, chatter = (_cut(by_kind[which]) for which in (True, False))
    return [
        reports[place // 20 % len(reports)] if place % 20 == 0 else chatter[place % len(chatter)]
        for place in range(COUNT)
    ]


def _cut(texts: Sequence[str]) -> list[str]:
    """Messages of just the length: longer ones are cut, shorter ones of the same kind are put together."""
    cut_texts, rest = [], ""
    for text in texts:
        rest = text if len(text) >= LENGTH else f"{rest}，{text}" if rest else text
        if len(rest) >= LENGTH:
            cut_texts.append(rest[:LENGTH])
            rest = ""
    return cut_texts


def _rate(work: Callable[[str], object], messages: Sequence[str]) -> float:
    started = time.perf_counter()
    for message in messages:
        work(message)
    return len(messages) / (time.perf_counter() - started)


def measure() -> dict[str, float]:
    """Messages a second for each contender, the share of time of each step, start-up seconds and megabytes."""
    messages = mixed()
    listener = Understanding.load()
    table = letters()
    search = listener.reader.search
    read = ["\n" + message.translate(table) + "\n" for message in messages]
    contenders: dict[str, tuple[Callable[[str], object], Sequence[str]]] = {
        "fold": (lambda text: text.translate(table), messages),
        "bare_matcher": (search, read),
        "decision": (listener.classify, messages),
        "decision_chatter_only": (listener.classify, [m for place, m in enumerate(messages) if place % 20]),
        "decision_reports_only": (listener.classify, messages[::20]),
        "jieba": (jieba.lcut, messages[:SLOW_COUNT]),
    }
    for work, texts in contenders.values():
        _rate(work, texts[:200])
    rates: dict[str, list[float]] = {name: [] for name in contenders}
    for _ in range(ROUNDS):
        for name, (work, texts) in contenders.items():
            rates[name].append(_rate(work, texts))
    figures: dict[str, float] = {f"{name}_per_second": round(statistics.median(found)) for name, found in rates.items()}
    whole = 1 / figures["decision_per_second"]
    figures |= {
        "share_fold": round(1 / figures["fold_per_second"] / whole, 2),
        "share_match": round(1 / figures["bare_matcher_per_second"] / whole, 2),
        "share_reports": round(1 / figures["decision_reports_only_per_second"] / 20 / whole, 2),
        "decided_as_report": sum(listener.classify(message).kind == "report" for message in messages) / COUNT,
    }
    return figures | _start()


def _start() -> dict[str, float]:
    """Start-up of `nlp` alone in a fresh process, to the first decision."""
    found = []
    for _ in range(ROUNDS):
        answer = subprocess.run([sys.executable, "-c", _START], cwd=ROOT, capture_output=True, text=True, check=True)
        found.append([float(part) for part in answer.stdout.split()])
    seconds, megabytes = (statistics.median(column) for column in zip(*found, strict=True))
    return {"start_seconds": round(seconds, 3), "megabytes": round(megabytes, 1)}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(measure(), indent=2) + "\n")
