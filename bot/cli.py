"""`huiyin`: the command, and the one place where a failure becomes a message and an exit code."""

import importlib
import os
import sys
import tempfile
import traceback
from datetime import timedelta, timezone
from importlib.metadata import PackageNotFoundError, version

import click
from typing_extensions import override

from rules.errors import ConfigError, GatewayError, HuiyinError, RuleViolation, StorageError

WRONG, MISUSED = 1, 2  # exit codes: something is wrong or was refused; the settings, files or arguments are

# Where each command is, and what `huiyin --help` says of it: no command is imported before it is asked for.
COMMANDS: dict[str, tuple[str, str]] = {
    "demo": ("bot.commands.demo:demo_command", "Play some days in an invented district, then let you type."),
    "run": ("bot.commands.run:run_command", "Run the bot."),
    "simulate": ("bot.commands.simulate:simulate_command", "Play a story file and compare what the bot says."),
    "replay": ("bot.commands.replay:replay_command", "Play a group log through the whole pipeline."),
    "classify": ("bot.commands.understanding:classify_command", "Say what texts are understood as, and why."),
    "lexicon": ("bot.commands.understanding:lexicon_group", "Check, explain and count the lexicon."),
    "train": ("bot.commands.learning:train_command", "Learn a keyword lexicon from labelled texts."),
    "evaluate": ("bot.commands.learning:evaluate_command", "Measure a learned lexicon on labelled texts."),
    "learn": ("bot.commands.learn:learn_command", "Propose lexicon changes from corrections; accept or undo them."),
    "db": ("bot.commands.database:db_group", "Bring the database to this version's shape, or check it."),
    "org": ("bot.commands.org:org_group", "Import the tree of places, the people and the rooms."),
    "notice": ("bot.commands.notice:notice_group", "Send a notice to many rooms, see how it went, stop it."),
    "doctor": ("bot.commands.doctor:doctor_command", "Check everything the bot needs, with the remedy."),
}


class Huiyin(click.Group):
    """The group of all commands, each imported when it is asked for."""

    @override
    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the commands in the order in which people meet them."""
        return list(COMMANDS)

    @override
    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a command."""
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name][0].partition(":")
        command = getattr(importlib.import_module(module), name)
        return command if isinstance(command, click.Command) else None

    @override
    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])

    @override
    def invoke(self, ctx: click.Context) -> object:
        """Run a command; a failure that has a meaning becomes its message and exit code."""
        try:
            return super().invoke(ctx)
        except HuiyinError as error:
            message, code = explain(error)
        except (click.ClickException, click.Abort, click.exceptions.Exit, BrokenPipeError):
            raise
        except Exception:
            if ctx.params.get("debug"):
                raise
            message, code = f"a bug of Huiyin; the details are in {_keep_details()}", WRONG
        click.echo(f"huiyin: {message}", err=True)
        raise click.exceptions.Exit(code)


def explain(error: HuiyinError) -> tuple[str, int]:
    """Return what to tell of a failure, and the exit code."""
    match error:
        case ConfigError():
            return str(error), MISUSED
        case RuleViolation():
            from handlers.texts import voice

            return voice(error.saying, timezone(timedelta(hours=8))), WRONG
        case StorageError():
            return f"the database: {error}", WRONG
        case GatewayError():
            return f"the gateway: {error}", WRONG
        case _:
            return str(error), WRONG


def _keep_details() -> str:
    """Keep the traceback in a file that only its owner can read: it may hold what people said."""
    handle, path = tempfile.mkstemp(prefix="huiyin-bug-", suffix=".txt")
    with os.fdopen(handle, "w", encoding="utf-8", errors="backslashreplace") as file:
        file.write(f"huiyin {_version()}, Python {sys.version}, {sys.argv}\n\n{traceback.format_exc()}")
    return path


def _version() -> str:
    try:
        return version("huiyin")
    except PackageNotFoundError:  # run from its source, not installed
        return "of unknown version"


@click.command(cls=Huiyin, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="huiyin", prog_name="huiyin")
@click.option("--debug", is_flag=True, help="Show the traceback of a bug.")
def cli(*, debug: bool) -> None:
    """Huiyin 回音: the WeChat group assistant of a grid-governed district.

    Exit codes: 0 all is well; 1 something went wrong or was refused; 2 the settings, a file or the arguments are wrong.
    """


def main() -> None:
    """Be the command `huiyin`."""
    cli(prog_name="huiyin")
