"""The options that several commands share, and how they print JSON."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import click

FILE = click.Path(path_type=Path)

config_option = click.option(
    "-c", "--config", required=True, type=FILE, metavar="CONFIG", help="The settings; config.example.toml tells all."
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of text.")


def print_json(value: Mapping[str, object] | Sequence[object]) -> None:
    """Print one line of JSON, for programs."""
    click.echo(json.dumps(value, ensure_ascii=False, default=str))
