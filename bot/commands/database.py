"""`huiyin db`: bring the database to this version's shape, or check whether it has it."""

import asyncio
from pathlib import Path

import click

from bot.commands.options import config_option, json_option, print_json
from bot.config import load_settings
from rules.errors import Unavailable
from storage import migrate
from storage.engine import Database
from storage.migrate import Shape


@click.group("db")
def db_group() -> None:
    """Bring the database to this version's shape, or check whether it has it."""


@db_group.command("upgrade")
@config_option
@json_option
def upgrade_command(config: Path, *, as_json: bool) -> None:
    """Bring the database to this version's shape, all of it or nothing; make a backup before."""
    before = asyncio.run(_shape(config, upgrade=True))
    if as_json:
        print_json({"before": before.current, "revision": before.head, "changed": not before.is_current})
    elif before.is_current:
        click.echo(f"The database has revision {before.head} already.")
    else:
        click.echo(f"The database went from revision {before.current or 'none'} to {before.head}.")


@db_group.command("check")
@config_option
@json_option
def check_command(config: Path, *, as_json: bool) -> None:
    """Tell whether the database has this version's shape; exit code 1 where it is older, 2 where it is newer."""
    shape = asyncio.run(_shape(config, upgrade=False))
    if as_json:
        print_json({"revision": shape.current, "expected": shape.head, "current": shape.is_current})
    elif shape.is_current:
        click.echo(f"The database has revision {shape.head}, as this version expects.")
    if not shape.is_current:
        click.echo(
            f"huiyin: the database has revision {shape.current or 'none'}, expected {shape.head};"
            f" run `huiyin db upgrade -c {config}`",
            err=True,
        )
        raise click.exceptions.Exit(1)


async def _shape(config: Path, *, upgrade: bool) -> Shape:
    database = Database(load_settings(config).database.url)
    try:
        return await (migrate.upgrade(database) if upgrade else migrate.check(database))
    except Unavailable as error:
        raise Unavailable(f"{database.shown_url}: {error}") from error
    finally:
        await database.close()
