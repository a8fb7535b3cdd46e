"""`huiyin simulate`: play a story file, and say where the bot says otherwise."""

import asyncio
import tempfile
import time
from dataclasses import asdict
from pathlib import Path

import click
from rich.console import Console

from bot.commands.options import FILE, json_option, print_json
from bot.logs import configure_logs
from bot.scene import ZONE, District, simulated_scene
from bot.story import Difference, Line, Show, Spoken, play, read_story
from bot.transcript import day_line, transcript_line
from rules.errors import ConfigError


@click.command("simulate")
@click.argument("story", type=FILE, metavar="STORY")
@json_option
def simulate_command(story: Path, *, as_json: bool) -> None:
    """Play STORY in the invented district of the demo, on a throw-away database, and print the transcript.

    A story is a chat transcript, with what the bot should say indented below each line; docs/commands.md shows one.
    Exit code 1 where the bot says otherwise, 2 where the file can't be read or names a room that doesn't exist.
    """
    configure_logs(level="error")
    spoken = load_story(story)
    began = time.monotonic()
    console = Console(highlight=False, soft_wrap=True)
    differences = asyncio.run(_play(spoken, None if as_json else TranscriptPrinter(console).show))
    if as_json:
        print_json(
            {
                "story": str(story),
                "lines": len(spoken),
                "expected": sum(len(one.expected) for one in spoken),
                "differences": [asdict(one) for one in differences],
                "seconds": round(time.monotonic() - began, 2),
            }
        )
    for one in differences:
        click.echo(f"{story}: {one}", err=True)
    if differences:
        raise click.exceptions.Exit(1)


def load_story(path: Path) -> list[Spoken]:
    """Read a story and check that its rooms exist. Raises `ConfigError`."""
    try:
        text = path.read_text("utf-8-sig")
    except OSError as error:
        raise ConfigError(f"{path}: can't be read ({error.strerror})") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: expected UTF-8 text ({error.reason} at byte {error.start})") from error
    story = read_story(text, str(path), ZONE)
    district = District.load()
    for spoken in story:
        try:
            district.room_id(spoken.where)
        except ConfigError as error:
            raise ConfigError(f"{path}:{spoken.line}: {error}") from error
    return story


class TranscriptPrinter:
    """Prints the lines of a story as they are said, with a heading for each day."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._staff = frozenset(row.name for row in District.load().tables.people)
        self._day = ""

    async def show(self, line: Line) -> None:
        """Print one line."""
        if (day := f"{line.at.astimezone(ZONE):%Y-%m-%d}") != self._day:
            self._day = day
            self._console.print(day_line(line, ZONE))
        self._console.print(transcript_line(line, ZONE, self._staff))


async def _play(story: list[Spoken], show: Show | None) -> list[Difference]:
    with tempfile.TemporaryDirectory(prefix="huiyin-") as folder:
        url = f"sqlite:///{Path(folder, 'story.db')}"
        async with simulated_scene(url, Path(folder, "files"), story[0].at) as scene:
            scene.call_rooms(story)
            return await play(scene, story, show)
