"""TOML that a person edits: read strictly, every complaint with file and line."""

import re
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TypeGuard

from rules.errors import ConfigError

Table = dict[str, object]


def is_table(value: object) -> TypeGuard[Table]:
    """Whether this is a TOML table."""
    return isinstance(value, dict)


class TomlFile:
    """One file of the lexicon. Everything it can't accept raises ConfigError that begins `file:line:`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self._lines = path.read_text("utf-8").split("\n")
            self.table: Table = tomllib.loads("\n".join(self._lines))
        except FileNotFoundError as error:
            raise ConfigError(f"{path}: no such file; the lexicon needs it") from error
        except UnicodeDecodeError as error:
            raise ConfigError(f"{path}: not UTF-8 ({error.reason} at byte {error.start})") from error
        except tomllib.TOMLDecodeError as error:
            raise ConfigError(f"{path}: {error}") from error

    def lines_of(self, token: str) -> list[int]:
        """The lines (from 1) where a token stands between blanks, quotes or brackets."""
        whole = re.compile(rf"(?<![^\s\"'\[=,{{]){re.escape(token)}(?![^\s\"'\]=,}}])")
        return [number for number, line in enumerate(self._lines, 1) if whole.search(line)]

    def refuse(self, token: str, complaint: str, which: int = 0) -> ConfigError:
        """The error for a token: at its last line where it stands more than once, as with duplicates."""
        lines = self.lines_of(token)
        place = f"{self.path}:{lines[-1 if which else 0]}" if lines else str(self.path)
        return ConfigError(f"{place}: {complaint}")

    def only(self, table: Mapping[str, object], allowed: Iterable[str]) -> None:
        """Refuse a key that nobody reads: mostly a slip of the pen."""
        expected = sorted(allowed)
        for key in table:
            if key not in expected:
                raise self.refuse(key, f"unknown key {key!r}, expected one of: {', '.join(expected)}")

    def text(self, table: Mapping[str, object], key: str, default: str | None = None) -> str:
        """A string; refused where it is missing without a default."""
        value = table.get(key, default)
        if not isinstance(value, str):
            raise self.refuse(key, f"{key!r} must be a string")
        return value

    def number(self, table: Mapping[str, object], key: str, default: float | None = None) -> float:
        """A number; refused where it is missing without a default."""
        value = table.get(key, default)
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self.refuse(key, f"{key!r} must be a number")
        return float(value)

    def tables(self, key: str) -> list[Table]:
        """An array of tables, `[[key]]`; empty where there is none."""
        value = self.table.get(key, [])
        if not isinstance(value, list) or not all(is_table(one) for one in value):
            raise self.refuse(key, f"{key!r} must be written as [[{key}]]")
        return value

    def sub(self, table: Mapping[str, object], key: str) -> Table:
        """A table within a table; empty where there is none."""
        value = table.get(key, {})
        if not is_table(value):
            raise self.refuse(key, f"{key!r} must be a table")
        return value

    def numbers(self, table: Mapping[str, object], key: str) -> dict[str, float]:
        """A table of numbers; empty where there is none."""
        inner = self.sub(table, key)
        return {name: self.number(inner, name) for name in inner}

    def words(self, table: Mapping[str, object], key: str = "words") -> tuple[str, ...]:
        """Words between blanks, as written; refused where one stands twice in the list."""
        written = self.text(table, key).split()
        seen: set[str] = set()
        for word in written:
            if word in seen:
                raise self.refuse(word, f"{word!r} stands twice in this list", which=-1)
            seen.add(word)
        return tuple(written)


def weights_in_lines(text: str, groups: Iterable[str]) -> dict[str, dict[str, float]]:
    """Tables of many weights as our tools write them: for each group a block of lines, a key and its weight in each."""
    table = tomllib.loads(text)
    blocks = {group: str(table[group]).strip("\n").split("\n") for group in groups}
    return {
        group: {key: float(weight) for key, _, weight in (line.rpartition(" ") for line in lines)}
        for group, lines in blocks.items()
    }
