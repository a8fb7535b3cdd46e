"""`huiyin classify` and `huiyin lexicon`: what the listener makes of texts, and why."""

import json
import shutil
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

import click
from rich.console import Console
from rich.progress import track
from rich.table import Table

from nlp.classify import Understanding
from nlp.decision import Decision, Kind
from nlp.lexicon import shown_form
from nlp.place import find_place
from rules.errors import ConfigError

BAD_INPUT = 2
LEARNED = "learned.toml"

_FOLDER = click.Path(path_type=Path, file_okay=False, exists=True)
_lexicon_option = click.option(
    "--lexicon", "folder", type=_FOLDER, metavar="DIR", help="Another lexicon than the one that ships."
)


@click.command("classify", short_help="Say what the listener makes of texts.")
@click.argument("texts", nargs=-1, metavar="[TEXT]...")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line, in order, for empty lines too.")
@click.option(
    "--role",
    type=click.Choice(("none", "resident", "staff")),
    default="none",
    show_default=True,
    help="Who speaks: a command is one only from staff; with none the words alone decide.",
)
@_lexicon_option
def classify_command(texts: tuple[str, ...], *, as_json: bool, role: str, folder: Path | None) -> None:
    """Classify TEXT, or the lines of standard input where none is given.

    For each: kind, case type, score (the probability of a report), second best type, the very words that spoke for
    it with their weights, place, urgency.
    """
    listener = _load(folder)
    staff = {"none": None, "resident": False, "staff": True}[role]
    console = Console(stderr=True)
    lines = track(list(texts or _lines()), "classify", console=console, transient=True, disable=not console.is_terminal)
    if as_json:
        for text in lines:
            told = json.dumps(as_dict(text, listener.classify(text, staff=staff)), ensure_ascii=False)
            click.echo(told.encode("utf-8", "replace"))
        return
    table = Table("text", "kind", "type", "score", "second", "evidence", "place", "urgency", box=None)
    for text in lines:
        told_of = as_dict(text, listener.classify(text, staff=staff))
        table.add_row(*(_cell(told_of[name]) for name in _COLUMNS))
    Console().print(table)


_COLUMNS = ("text", "kind", "case_type", "score", "second", "evidence", "place", "urgency")


def as_dict(text: str, decision: Decision) -> dict[str, object]:
    """A decision with the JSON fields that `classify` and `replay` share; None where there is none."""
    return {
        "text": text,
        "kind": decision.kind.value,
        "case_type": decision.case_type,
        "score": decision.score,
        "second": decision.second,
        "evidence": [
            {"text": one.text, "start": one.start, "end": one.end, "weight": one.weight} for one in decision.evidence
        ],
        "place": find_place(text).as_dict() if decision.kind is Kind.REPORT else None,
        "urgency": decision.urgency.value if decision.urgency else None,
    }


@click.group("lexicon", short_help="Check the lexicon, ask it why, count it.")
def lexicon_group() -> None:
    """The words that the listener knows; docs/lexicon.md tells how to edit them."""


@lexicon_group.command("check")
@_lexicon_option
def check_command(folder: Path | None) -> None:
    """Read every file strictly: duplicates, contradictions and slips are told with file and line."""
    listener = _load(folder)
    lexicon = listener.lexicon
    click.echo(f"ok: {len(lexicon.types)} case types, {len(lexicon.words)} words, {len(lexicon.patterns)} patterns")


@lexicon_group.command("copy")
@click.argument("folder", type=click.Path(path_type=Path), metavar="FOLDER")
def copy_command(folder: Path) -> None:
    """Copy the lexicon that ships to FOLDER, which must be new or empty, to be edited and named in the settings."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        _end(f"{folder}: is there already, and isn't an empty folder")
    shipped = Understanding.shipped_folder()
    try:
        for part in ("common", "types"):
            shutil.copytree(shipped / part, folder / part)
        if (shipped / LEARNED).exists():
            shutil.copyfile(shipped / LEARNED, folder / LEARNED)
    except OSError as error:
        _end(f"{folder}: can't be written ({error.strerror})")
    click.echo(f"{folder}: edit it, check it with `huiyin lexicon check --lexicon {folder}`,")
    click.echo("and name it in the settings: [lexicon] folder")


@lexicon_group.command("explain")
@click.argument("text")
@_lexicon_option
def explain_command(text: str, folder: Path | None) -> None:
    """Show every word and pattern found in TEXT, its features, and what it adds to the decision."""
    listener = _load(folder)
    told = listener.explain(text)
    table = Table("words", "features", "adds", box=None)
    for words, features, effect in told:
        adds = sorted(effect.items(), key=lambda one: -abs(one[1]))[:6]
        table.add_row(shown_form(words), ", ".join(features), "  ".join(f"{name} {by:+.2f}" for name, by in adds))
    Console().print(table)
    decision = listener.classify(text, staff=None)
    click.echo(json.dumps(as_dict(text, decision), ensure_ascii=False).encode("utf-8", "replace"))


@lexicon_group.command("stats")
@click.option("--json", "as_json", is_flag=True, help="One JSON object instead of a table.")
@_lexicon_option
def stats_command(*, as_json: bool, folder: Path | None) -> None:
    """Count words by feature and learned keywords by what they speak for most."""
    listener = _load(folder)
    features = Counter(feature for word in listener.lexicon.words.values() for feature in word)
    learned = Counter(max(effect, key=lambda output: effect[output]) for effect in listener.weights.keywords.values())
    if as_json:
        click.echo(json.dumps({"features": dict(sorted(features.items())), "learned": dict(sorted(learned.items()))}))
        return
    table = Table("feature or output", "words", box=None)
    for name, count in (*sorted(features.items()), *((f"learned for {one}", n) for one, n in sorted(learned.items()))):
        table.add_row(name, str(count))
    Console().print(table)


def _lines() -> Iterator[str]:
    """The lines of standard input; what isn't UTF-8 is replaced, so that one bad byte stops nothing."""
    for line in sys.stdin.buffer:
        yield line.decode("utf-8", "replace").rstrip("\r\n")


def _cell(value: object) -> str:
    if isinstance(value, list):
        return " ".join(one["text"] for one in value)
    if isinstance(value, dict):
        return " ".join(f"{name}={part}" for name, part in value.items() if part)
    return "" if value is None else str(value).replace("\n", "⏎")


def _load(folder: Path | None) -> Understanding:
    try:
        return Understanding.load(folder)
    except ConfigError as error:
        _end(str(error))


def _end(message: str) -> NoReturn:
    click.echo(message, err=True)
    raise SystemExit(BAD_INPUT)
