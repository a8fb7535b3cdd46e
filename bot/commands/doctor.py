"""`huiyin doctor`: check everything the bot needs, each line with the remedy."""

import asyncio
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from bot.commands.options import config_option, json_option, print_json
from bot.config import Settings, load_settings
from bot.health import Finding, Verdict, examine

_STYLES = {Verdict.FINE: "green", Verdict.ATTENTION: "yellow", Verdict.WRONG: "bold red"}


@click.command("doctor")
@config_option
@click.option(
    "--deadline", type=click.FloatRange(1, 600), default=15, show_default=True, metavar="SECONDS",
    help="How long a gateway may take to answer.",
)  # fmt: skip
@json_option
def doctor_command(config: Path, *, deadline: float, as_json: bool) -> None:
    """Check settings, database, disk, lexicon, case types, accounts, clocks, folders and what waits for a person.

    Exit code 1 where something is wrong; what only asks for attention leaves it at 0.
    """
    findings = asyncio.run(_all(load_settings(config), timedelta(seconds=deadline)))
    is_well = all(one.verdict is not Verdict.WRONG for one in findings)
    if as_json:
        print_json({"ok": is_well, "checks": [asdict(one) for one in findings]})
    else:
        _print(findings)
    if not is_well:
        raise click.exceptions.Exit(1)


async def _all(settings: Settings, deadline: timedelta) -> list[Finding]:
    return [finding async for finding in examine(settings, deadline)]


def _print(findings: list[Finding]) -> None:
    table = Table("check", "", "what was found, and the remedy")
    for one in findings:
        remedy = f"\n→ {one.remedy}" if one.remedy else ""
        table.add_row(one.check, Text(one.verdict, _STYLES[one.verdict]), Text(f"{one.detail}{remedy}"))
    Console().print(table)
