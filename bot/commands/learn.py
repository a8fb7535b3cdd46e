"""`huiyin learn`: what leaders' corrections would change in the lexicon; a person accepts it, or takes it back."""

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bot.build import open_database
from bot.clock import utc_now
from bot.commands.options import FILE, json_option, print_json
from bot.config import Settings, load_settings
from bot.learning_report import as_json, as_text
from nlp.classify import Understanding
from nlp.learning.corrections import distinct, read_marked
from nlp.learning.data import DataError
from nlp.learning.handing_over import accept, as_diff, undo
from rules.errors import ConfigError, HuiyinError

if TYPE_CHECKING:
    from bot.learning_desk import Gathered

OFFERED = 200  # lines of chatter offered for labelling
_NEEDS_EXTRA = "learn needs the optional packages for learning: pip install 'huiyin[learn]'"


class Refused(HuiyinError):
    """The proposal would do harm; nothing was written."""


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What was asked for on the command line."""

    examples: tuple[Path, ...]
    output: Path | None
    archive: Path | None
    days: int
    support: int
    tolerance: float
    as_json: bool


@click.command("learn", short_help="Propose lexicon changes from leaders' corrections; accept or undo them.")
@click.option("-c", "--config", type=FILE, metavar="CONFIG", help="The settings: the database and the lexicon folder.")
@click.option("--examples", type=FILE, multiple=True, metavar="FILE", help="TSV (label, text); may be repeated.")
@click.option("--lexicon", type=FILE, metavar="FOLDER", help="The lexicon folder, where the settings name another.")
@click.option("-o", "--output", type=FILE, metavar="FILE.diff", help="Where the proposal goes; else only the report.")
@click.option("--archive", type=FILE, metavar="FILE.tsv", help="Write near misses, to be labelled.")
@click.option("--days", type=click.IntRange(min=1), default=30, show_default=True, help="Drift: these last days.")
@click.option("--support", type=click.IntRange(min=2), default=3, show_default=True, help="Examples that a word needs.")
@click.option(
    "--tolerance",
    type=click.FloatRange(0, 1),
    default=0.005,
    show_default=True,
    help="What the corpus may lose in F1 or type accuracy.",
)
@click.option("--accept", "accepted", type=FILE, metavar="FILE.diff", help="Apply a proposal to the lexicon folder.")
@click.option("--undo", "undone", is_flag=True, help="Take back what was accepted last.")
@json_option
def learn_command(
    config: Path | None,
    *,
    examples: tuple[Path, ...],
    lexicon: Path | None,
    output: Path | None,
    archive: Path | None,
    days: int,
    support: int,
    tolerance: float,
    accepted: Path | None,
    undone: bool,
    as_json: bool,
) -> None:
    """Propose weight changes and new words as a diff to the lexicon, with figures before and after.

    Examples are what leaders said (是, 否, 改类) in the database of CONFIG, and files with a label (case type, or - for
    no report) and a text. Nothing changes before --accept; --undo takes the last one back. Exit code 1 where the
    proposal would do harm, or doesn't fit the folder any more.
    """
    if accepted is not None and (undone or examples or output or archive):
        raise click.UsageError("--accept stands alone with --lexicon or -c")
    settings = load_settings(config) if config is not None else None
    folder = _own_folder(lexicon, settings)
    if accepted is not None or undone:
        _change(folder, accepted, as_json=as_json)
        return
    if settings is None and not examples:
        raise click.UsageError("nothing to learn from: give -c CONFIG, --examples FILE, or both")
    if settings is None and archive is not None:
        raise click.UsageError("--archive reads the database: give -c CONFIG")
    wanted = _Wanted(examples, output, archive, days, support, tolerance, as_json)
    _propose(folder, settings, wanted)


def _own_folder(given: Path | None, settings: Settings | None) -> Path:
    """The district's own folder: the one that ships is never changed."""
    folder = given or (settings.lexicon.folder if settings else None)
    shipped = Understanding.shipped_folder()
    if folder is None or folder.resolve() == shipped.resolve():
        raise ConfigError(
            "lexicon: the one that ships is never changed; make your own with `huiyin lexicon copy FOLDER`,"
            " and name it with --lexicon or as [lexicon] folder in the settings"
        )
    if not folder.is_dir():
        raise ConfigError(f"{folder}: no such folder; `huiyin lexicon copy {folder}` makes one")
    return folder


def _change(folder: Path, accepted: Path | None, *, as_json: bool) -> None:
    if accepted is None:
        kept, told = undo(folder), "undone"
    else:
        kept, told = accept(folder, _read(accepted)), "accepted"
    if as_json:
        print_json({told: str(kept)})
    else:
        click.echo(f"{told}: {kept}; restart the bot to let it listen so")


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except OSError as error:
        raise ConfigError(f"{path}: can't be read ({error.strerror})") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: expected UTF-8 text ({error.reason} at byte {error.start})") from error


def _propose(folder: Path, settings: Settings | None, wanted: _Wanted) -> None:
    try:
        from nlp.learning import proposal
        from nlp.learning.drift import measure
        from nlp.learning.new_words import Names
    except ImportError as error:
        raise Refused(f"{_NEEDS_EXTRA} ({error.name} is missing)") from error
    listener = Understanding.load(folder)
    types = {one.code: one.name for one in listener.lexicon.types}
    try:
        marked = read_marked(wanted.examples, types)
    except DataError as error:
        raise ConfigError(str(error)) from error
    gathered = asyncio.run(_gather(settings, wanted, listener)) if settings is not None else None
    drifted = None
    if gathered is not None:
        marked = [*(one for one in gathered.marked if one.label in {*types, "-"}), *marked]
        drifted = measure(gathered.lately, gathered.before, listener.weights, gathered.names)
    marked = distinct(marked)
    made = proposal.propose(
        listener,
        marked,
        proposal.corpus_rooms(),
        gathered.names if gathered else Names(),
        proposal.Wish(support=wanted.support),
        lambda told: click.echo(told, err=True),
    )
    about = [f"huiyin learn: {len(made.lines)} changes from {len(marked)} examples"]
    diff = as_diff(folder, made.lines, about)
    harm = made.harm(wanted.tolerance)
    if wanted.as_json:
        print_json(as_json(made, drifted, gathered.offered if gathered else [], harm))
    else:
        click.echo(as_text(made, drifted, len(marked), harm))
    if wanted.archive is not None and gathered is not None:
        rows = ["?\t" + text.replace("\t", " ").replace("\n", "\\n") + "\n" for text in gathered.offered]
        _write(wanted.archive, "label\ttext\n" + "".join(rows))
        click.echo(f"{wanted.archive}: {len(rows)} lines to label; then give it with --examples", err=True)
    if harm:
        raise Refused(f"not proposed: {harm}")
    if wanted.output is not None and diff:
        _write(wanted.output, diff)
        click.echo(f"{wanted.output}: read it, strike out what you don't want, then --accept it", err=True)


async def _gather(settings: Settings, wanted: _Wanted, listener: Understanding) -> "Gathered":
    from bot.learning_desk import gather

    weights = listener.weights
    ask = min([weights.default.ask, *(one.ask for one in weights.thresholds.values())])
    database = await open_database(settings)
    try:
        offer = OFFERED if wanted.archive is not None else 0
        return await gather(database, now=utc_now(), days=wanted.days, ask=ask, offer=offer)
    finally:
        await database.close()


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, "utf-8")
    except OSError as error:
        raise ConfigError(f"{path}: can't be written ({error.strerror})") from error
