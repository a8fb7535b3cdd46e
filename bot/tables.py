"""Reading tables that people made: tab or comma separated, with a header; every mistake is told with its line."""

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path

from rules.errors import ConfigError


def read_table(path: Path, needed: Sequence[str]) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield (line number, values by column) of a table; other columns than the needed ones are kept as well.

    Tab separated, or comma separated where the file's name ends in `.csv`. `\\n` in a cell of a tab separated file is
    a newline.

    Raises:
        ConfigError: the file can't be read, a column is missing, or a line is short; names file and line.

    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            if path.suffix.lower() == ".csv":
                yield from _rows(path, csv.reader(file), needed)
            else:
                yield from _rows(path, (line.rstrip("\r\n").split("\t") for line in file), needed)
    except OSError as error:
        raise ConfigError(f"{path}: can't be read ({error.strerror})") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: expected UTF-8 text ({error.reason} at byte {error.start})") from error
    except csv.Error as error:
        raise ConfigError(f"{path}: not a table: {error}") from error


def _rows(path: Path, lines: Iterator[list[str]], needed: Sequence[str]) -> Iterator[tuple[int, dict[str, str]]]:
    header = next(lines, None)
    if header is None:
        raise ConfigError(f"{path}:1: expected a header with the columns {', '.join(needed)}; the file is empty")
    columns = [name.strip() for name in header]
    if missing := [name for name in needed if name not in columns]:
        raise ConfigError(f"{path}:1: column {missing[0]} is missing; expected {', '.join(needed)}")
    for number, cells in enumerate(lines, 2):
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) > len(columns):
            raise ConfigError(f"{path}:{number}: {len(cells)} cells, expected {len(columns)}; is there a tab too many?")
        values = dict(zip(columns, [*cells, *[""] * (len(columns) - len(cells))], strict=True))
        last = max(columns.index(name) for name in needed)
        if len(cells) <= last:
            raise ConfigError(f"{path}:{number}: {len(cells)} cells, expected {len(columns)}: {', '.join(columns)}")
        yield number, values
