"""`huiyin run`: the process."""

import asyncio
import signal
from pathlib import Path

import click
import structlog

from bot.build import build_app, open_database
from bot.commands.options import config_option
from bot.config import Settings, load_settings
from bot.logs import configure_logs

log = structlog.get_logger()


@click.command("run")
@config_option
@click.option("--upgrade", is_flag=True, help="Bring the database to this version's shape first.")
def run_command(config: Path, *, upgrade: bool) -> None:
    """Run the bot until it is told to end (Ctrl-C, SIGTERM).

    It then hears nothing more, lets what is being sent settle, and lets its accounts go. A second process on the same
    account waits until the first has ended.
    """
    settings = load_settings(config)
    configure_logs(settings.log.format, settings.log.level)
    asyncio.run(_run(settings, upgrade=upgrade))


async def _run(settings: Settings, *, upgrade: bool) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for one in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(one, stop.set)
    database = await open_database(settings, upgrade=upgrade)
    try:
        await build_app(settings, database).run(stop)
    finally:
        await database.close()
