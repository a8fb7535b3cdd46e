"""`huiyin demo`: some days in an invented district, and then a prompt where one may type as anybody in it."""

import asyncio
import signal
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import click
from rich.console import Console

from bot.commands.demo_prompt import talk
from bot.commands.options import print_json
from bot.commands.simulate import TranscriptPrinter, load_story
from bot.logs import configure_logs
from bot.scene import TABLES, SimulatedScene, simulated_scene
from bot.story import Difference, Line, Spoken, play
from bot.tally import Tally, tally

GREETING = """[bold]回音 · 演示[/]：一个虚构的街道，三个社区，30 个楼栋群，6 个网格工作群，一个老友群。
下面是其中几天。按 Ctrl-C 快进，放完可以自己来说。
"""


@click.command("demo")
@click.option("--headless", is_flag=True, help="Play it fast, ask nothing, end with one line of JSON.")
@click.option("--speed", type=click.FloatRange(0.1, 1000), default=1, show_default=True, help="How fast to play.")
def demo_command(*, headless: bool, speed: float) -> None:
    """Play some days in an invented district, then let you type as any resident or leader.

    Needs nothing: the district, its WeChat and its database (a temporary SQLite file) are made for it. Exit code 1
    where a message was sent twice or lost.
    """
    configure_logs(level="error")
    figures = asyncio.run(_headless() if headless else _for_people(speed))
    if headless:
        print_json(figures.as_json())
    if not figures.is_clean:
        raise click.exceptions.Exit(1)


def load_stories() -> list[tuple[str, list[Spoken]]]:
    """Read the stories of the demo, each a day, in order."""
    return [(path.name, load_story(path)) for path in sorted(TABLES.glob("*.story"))]


@asynccontextmanager
async def demo_scene(stories: list[tuple[str, list[Spoken]]]) -> AsyncIterator[SimulatedScene]:
    """Make the district, its WeChat and its database; all of it is gone at the end."""
    with tempfile.TemporaryDirectory(prefix="huiyin-demo-") as folder:
        url = f"sqlite:///{Path(folder, 'demo.db')}"
        async with simulated_scene(url, Path(folder, "files"), stories[0][1][0].at) as scene:
            yield scene


async def _headless() -> Tally:
    began = time.monotonic()
    stories = load_stories()
    printer = TranscriptPrinter(Console(highlight=False, soft_wrap=True))
    async with demo_scene(stories) as scene:
        for name, story in stories:
            scene.call_rooms(story)
            _report(name, await play(scene, story, printer.show))
        return await tally(scene, time.monotonic() - began)


async def _for_people(speed: float) -> Tally:
    began = time.monotonic()
    console = Console(highlight=False, soft_wrap=True)
    console.print(GREETING)
    stories = load_stories()
    reader = Reader(TranscriptPrinter(console), speed)
    async with demo_scene(stories) as scene:
        with _interrupts(reader.skip):
            for name, story in stories:
                scene.call_rooms(story)
                _report(name, await play(scene, story, reader.show))
        await talk(scene, console, TranscriptPrinter(console))
        return await tally(scene, time.monotonic() - began)


class Reader:
    """Shows a transcript at the speed of somebody who reads it; `skip` makes it go on without a pause."""

    def __init__(self, printer: TranscriptPrinter, speed: float) -> None:
        self.skip = asyncio.Event()
        self._printer = printer
        self._speed = speed
        self._last = ""

    async def show(self, line: Line) -> None:
        """Print a line and wait as long as it takes to read it; a notice that goes to many rooms is read once."""
        await self._printer.show(line)
        again = line.who is None and line.text[-20:] == self._last[-20:]
        self._last = line.text
        seconds = 0.08 if again or line.text == "[图片]" else min(0.5 + 0.04 * len(line.text), 2.5)
        try:
            async with asyncio.timeout(seconds / self._speed):
                await self.skip.wait()
        except TimeoutError:
            return


class _interrupts:  # noqa: N801 - used as a statement
    """Lets Ctrl-C set an event instead of ending the process."""

    def __init__(self, event: asyncio.Event) -> None:
        self._event = event

    def __enter__(self) -> None:
        asyncio.get_running_loop().add_signal_handler(signal.SIGINT, self._event.set)

    def __exit__(self, *_: object) -> None:
        asyncio.get_running_loop().remove_signal_handler(signal.SIGINT)


def _report(name: str, differences: list[Difference]) -> None:
    for one in differences:
        click.echo(f"{name}: {one}", err=True)
