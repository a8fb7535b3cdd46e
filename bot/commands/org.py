"""`huiyin org import`: the tree of places, the people with their posts, the rooms, from three tables."""

import asyncio
from dataclasses import asdict
from pathlib import Path

import click
from rich.console import Console
from rich.progress import Progress

from actions.org import Imported
from bot.build import open_database
from bot.commands.options import FILE, config_option, json_option, print_json
from bot.config import Settings, load_settings
from bot.org_tables import import_tables


@click.group("org")
def org_group() -> None:
    """Import the tree of places, the people and the rooms."""


@org_group.command("import")
@config_option
@click.option("--nodes", type=FILE, metavar="FILE", help="code, parent, level, name [, dedicated]; parents first.")
@click.option("--people", type=FILE, metavar="FILE", help="code, name, role, node [, account, wechat]; a line a post.")
@click.option("--rooms", type=FILE, metavar="FILE", help="account, room, topic, node, kind.")
@json_option
def import_command(config: Path, *, nodes: Path | None, people: Path | None, rooms: Path | None, as_json: bool) -> None:
    """Bring the tree, the people and the rooms to what the tables say, all of it or nothing.

    Tables are UTF-8, tab separated (or .csv), with a header. What they don't name stays as it is; the same tables
    again change nothing. A mistake is told with file and line.
    """
    if not (nodes or people or rooms):
        raise click.UsageError("expected at least one of --nodes, --people and --rooms")
    imported = asyncio.run(_import(load_settings(config), nodes, people, rooms))
    if as_json:
        print_json(asdict(imported))
    else:
        click.echo(f"{imported.nodes} nodes in the tree, {imported.people} people and {imported.rooms} rooms imported.")


async def _import(settings: Settings, nodes: Path | None, people: Path | None, rooms: Path | None) -> Imported:
    database = await open_database(settings)
    try:
        with Progress(console=Console(stderr=True), transient=True) as progress:
            task = progress.add_task("Importing", total=None)

            def step(done: int, total: int) -> None:
                progress.update(task, completed=done, total=total)

            return await import_tables(database, nodes, people, rooms, step=step)
    finally:
        await database.close()
