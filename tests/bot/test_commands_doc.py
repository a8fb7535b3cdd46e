"""docs/commands.md tells of every command and every option."""

import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from bot.cli import COMMANDS, cli

DOC = (Path(__file__).parents[2] / "docs" / "commands.md").read_text("utf-8")
SHARED = {"-c", "--config", "--json", "-h", "--help"}


def sections() -> dict[str, str]:
    parts = re.split(r"^## (.+)$", DOC, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def leaves(command: click.Command, name: str) -> Iterator[tuple[str, click.Command]]:
    if isinstance(command, click.Group):
        for sub, inner in command.commands.items():
            yield from leaves(inner, f"{name} {sub}")
    else:
        yield name, command


def load(name: str) -> click.Command:
    command = cli.get_command(click.Context(cli), name)
    assert command is not None
    return command


def test_every_command_has_a_section_and_no_section_is_without_one() -> None:
    assert list(sections()) == list(COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_is_told(name: str) -> None:
    section = sections()[name]
    for path, command in leaves(load(name), name):
        assert f"huiyin {path}" in section
        assert command.help, f"{path} has no help"
        for parameter in command.params:
            if isinstance(parameter, click.Option):
                missing = [one for one in parameter.opts if one not in SHARED and f"`{one}" not in section]
                assert not missing, f"docs/commands.md, {path}: {missing}"
                assert parameter.help or "--max-keywords" in parameter.opts, f"{path} {parameter.opts} has no help"


@pytest.mark.parametrize("name", COMMANDS)
def test_no_option_is_told_that_there_isnt(name: str) -> None:
    known = {one for _, command in leaves(load(name), name) for option in command.params for one in option.opts}
    told = set(re.findall(r"(?<![\w-])--[a-z][a-z-]*", sections()[name]))

    assert told <= known | SHARED
