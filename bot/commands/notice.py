"""`huiyin notice`: send a notice to many rooms, see how it went, stop it, send again what didn't arrive."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

import click
from rich.console import Console
from rich.progress import Progress
from rich.table import Table
from rich.text import Text

from actions.notices import Draft
from bot.commands.options import FILE, config_option, json_option, print_json
from bot.config import load_settings
from bot.notices import GOING, Going, Letter, NoticeDesk, notice_desk
from handlers.notices import preview
from rules.errors import ConfigError

T = TypeVar("T")

LOOK_EVERY = 1.0  # seconds
number_argument = click.argument("number", type=click.IntRange(min=1), metavar="ID")


@click.group("notice")
def notice_group() -> None:
    """Send a notice to many rooms, see how it went, stop it, send again what didn't arrive.

    What is queued here is sent by the running bot (`huiyin run`), at its pace.
    """


@notice_group.command("send")
@config_option
@click.option("--as", "sender", required=True, metavar="PERSON_CODE", help="Who sends it; their posts decide.")
@click.option("--to", "audience", required=True, metavar="WORDS", help="To whom, as in a chat: 全部, 一网格 除 3栋 ...")
@click.option("--text", metavar="TEXT", help="What to say; {room} and {unit} are filled per room.")
@click.option("--text-file", type=FILE, metavar="FILE", help="A UTF-8 file with what to say.")
@click.option("--file", "files", type=FILE, multiple=True, metavar="FILE", help="A picture or file; may be repeated.")
@click.option("--yes", is_flag=True, help="Don't ask whether to send.")
@click.option("--wait", is_flag=True, help="Wait until it has gone out, and show how it goes.")
@json_option
def send_command(
    config: Path,
    *,
    sender: str,
    audience: str,
    text: str | None,
    text_file: Path | None,
    files: tuple[Path, ...],
    yes: bool,
    wait: bool,
    as_json: bool,
) -> None:
    """Show what would be sent and to how many rooms, ask, and queue one delivery per room.

    Exit code 1 where the answer is no, where the person may not, or, with --wait, where a room wasn't surely reached.
    """
    letter = Letter(sender, audience, _text(text, text_file), files)

    async def work(desk: NoticeDesk) -> Going:
        shown = await desk.preview(letter)
        _show(shown, yes=yes)
        sent = await desk.send(letter, shown)
        click.echo(f"Notice {sent.notice.id} is queued for {len(sent.rooms)} rooms.", err=True)
        going = await desk.look(sent.notice.id)
        return await _watch(desk, going) if wait else going

    _tell(_with_desk(config, work), as_json=as_json, strict=wait)


@notice_group.command("result")
@number_argument
@config_option
@click.option("--wait", is_flag=True, help="Wait until it has gone out, and show how it goes.")
@json_option
def result_command(number: int, config: Path, *, wait: bool, as_json: bool) -> None:
    """Show how notice ID went, room by room where it didn't arrive; exit code 1 where a room wasn't surely reached."""

    async def work(desk: NoticeDesk) -> Going:
        going = await desk.look(number)
        return await _watch(desk, going) if wait else going

    _tell(_with_desk(config, work), as_json=as_json, strict=True)


@notice_group.command("stop")
@number_argument
@config_option
@json_option
def stop_command(number: int, config: Path, *, as_json: bool) -> None:
    """Take back what of notice ID hasn't gone out yet."""
    taken_back = _with_desk(config, lambda desk: desk.stop(number))
    if as_json:
        print_json({"notice": number, "taken_back": taken_back})
    else:
        click.echo(f"Notice {number} is stopped; {taken_back} messages were taken back.")


@notice_group.command("resend")
@number_argument
@config_option
@click.option("--unconfirmed", is_flag=True, help="Those that may have arrived, instead of those that failed.")
@json_option
def resend_command(number: int, config: Path, *, unconfirmed: bool, as_json: bool) -> None:
    """Send once more what of notice ID failed. Look into the rooms before you use --unconfirmed."""
    states = ["unconfirmed" if unconfirmed else "failed"]
    messages = _with_desk(config, lambda desk: desk.resend(number, states))
    if as_json:
        print_json({"notice": number, "messages": messages})
    else:
        click.echo(f"{messages} messages of notice {number} are queued again.")


def _with_desk(config: Path, work: Callable[[NoticeDesk], Awaitable[T]]) -> T:
    async def run() -> T:
        async with notice_desk(load_settings(config)) as desk:
            return await work(desk)

    return asyncio.run(run())


def _text(text: str | None, path: Path | None) -> str:
    if text is not None and path is not None:
        raise click.UsageError("--text and --text-file: expected one of them")
    if path is None:
        return text or ""
    try:
        return path.read_text("utf-8-sig").strip()
    except OSError as error:
        raise ConfigError(f"{path}: can't be read ({error.strerror})") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: expected UTF-8 text ({error.reason} at byte {error.start})") from error


def _show(draft: Draft, *, yes: bool) -> None:
    """Show the preview and ask; whatever people read goes to stderr, so that stdout is for programs."""
    shown = preview(draft)
    click.echo(f"{draft.notice.text}\n{'':-<40}", err=True)
    if shown.parts:
        click.echo(f"{shown.parts} files: {', '.join(part.name for part in draft.parts)}", err=True)
    if shown.masked:
        click.echo(f"{shown.masked} phone, ID or card numbers will be masked.", err=True)
    names = ", ".join(room.topic for room in draft.rooms)
    click.echo(f"{shown.rooms} rooms, about {shown.minutes} min: {names}", err=True)
    if not yes and not click.confirm("Send it?", err=True):
        raise click.Abort


async def _watch(desk: NoticeDesk, going: Going) -> Going:
    with Progress(console=Console(stderr=True)) as progress:
        task = progress.add_task("Sending", total=len(going.rooms))
        while not going.is_over:
            progress.update(task, completed=len(going.rooms) - going.count(*GOING))
            await asyncio.sleep(LOOK_EVERY)
            going = await desk.look(going.notice.id)
        progress.update(task, completed=len(going.rooms))
    return going


def _tell(going: Going, *, as_json: bool, strict: bool) -> None:
    """Print how a notice goes; with `strict`, exit code 1 where a room wasn't surely reached."""
    troubles = [room for room in going.rooms if room.state in ("failed", "unconfirmed")]
    counts = {
        "sent": going.count("sent"),
        "waiting": going.count(*GOING),
        "failed": going.count("failed"),
        "unconfirmed": going.count("unconfirmed"),
        "cancelled": going.count("cancelled"),
    }
    if as_json:
        rooms = [{"room": one.topic, "state": one.state, "trouble": one.trouble} for one in going.rooms]
        print_json(
            {
                "notice": going.notice.id,
                "state": going.notice.state,
                "rooms": len(going.rooms),
                **counts,
                "by_room": rooms,
            }
        )
    else:
        parts = ", ".join(f"{number} {state}" for state, number in counts.items() if number)
        click.echo(f"Notice {going.notice.id} ({going.notice.state}): {len(going.rooms)} rooms; {parts}")
        if troubles:
            table = Table("room", "state", "why")
            for one in troubles:
                table.add_row(Text(one.topic), one.state, Text(one.trouble))
            Console().print(table)
    if strict and troubles:
        raise click.exceptions.Exit(1)
