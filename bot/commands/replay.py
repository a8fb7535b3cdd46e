"""`huiyin replay`: what the bot would have made of a group's log."""

import asyncio
import json
import sys
from dataclasses import asdict
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from bot.logs import configure_logs
from bot.replay import Replayed, read_log, replay
from nlp.classify import Understanding


@click.command("replay", short_help="Play a group log through the whole pipeline.")
@click.argument("log", type=click.Path(path_type=Path), metavar="FILE.tsv")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object per line of the log.")
@click.option("--lexicon", type=click.Path(path_type=Path), help="A lexicon folder instead of the one that ships.")
def replay_command(log: Path, *, as_json: bool, lexicon: Path | None) -> None:
    """Play a group log through the whole pipeline on a throw-away database.

    FILE.tsv has the columns room, time (HH:MM:SS), speaker, role and text (backslash n is a newline); others are
    ignored. Lines come out in the order of the log. Exit codes: 0 done, 1 it failed, 2 the log can't be read.
    """
    configure_logs(level="error")
    lines = read_log(log, lambda warning: click.echo(warning, err=True))
    bars = (TextColumn("replay"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*bars, console=Console(stderr=True), transient=False) as progress:
        task = progress.add_task("replay", total=len(lines))
        results = asyncio.run(
            replay(lines, Understanding.load(lexicon), lambda done: progress.update(task, completed=done))
        )
    out = sys.stdout
    for line, result in zip(lines, results, strict=True):
        if as_json:
            out.write(json.dumps(asdict(result), ensure_ascii=False) + "\n")
        else:
            out.write(f"{line.at:%H:%M:%S} {line.room} {line.speaker}: {line.text!r}\n    {_say(result)}\n")


def _say(result: Replayed) -> str:
    parts = [result.kind or "-", result.case_type, f"{result.score:.2f}" if result.score is not None else None]
    parts += [f"#{result.ticket}" if result.ticket else None, result.urgency]
    if result.place:
        parts.append(" ".join(f"{key}={value}" for key, value in result.place.items() if value) or None)
    return "  ".join(part for part in parts if part)
