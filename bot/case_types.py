"""Reading the district's case types from their file."""

import tomllib
from pathlib import Path
from typing import Any

from rules.case_types import CaseType, CaseTypes, Route
from rules.errors import ConfigError
from rules.roles import Role

SHIPPED = Path(__file__).parent.parent / "rules" / "case_types.toml"
_KEYS = {"name", "aliases", "route", "department", "verify", "needs_place", "official"}


def load_case_types(path: Path | None = None) -> CaseTypes:
    """Read the case types that ship, or a district's own.

    Raises:
        ConfigError: names the file, the type and the key, and what was expected.

    """
    path = path or SHIPPED
    try:
        values = tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise ConfigError(f"{path}: can't be read ({error.strerror})") from error
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"{path}: not valid TOML: {error}") from error
    if values.pop("format", None) != 1:
        raise ConfigError(f"{path}: format: expected 1")
    if not values:
        raise ConfigError(f"{path}: expected at least one case type")
    return CaseTypes({code: _case_type(path, code, table) for code, table in values.items()})


def _case_type(path: Path, code: str, table: Any) -> CaseType:
    if not isinstance(table, dict) or not isinstance(table.get("name"), str):
        raise ConfigError(f"{path}: {code}: expected a table with a name")
    if unknown := sorted(set(table) - _KEYS):
        raise ConfigError(f"{path}: {code}.{unknown[0]}: unknown key; known are {', '.join(sorted(_KEYS))}")
    try:
        return CaseType(
            code=code,
            name=table["name"],
            route=Route(table.get("route", "leader")),
            department=Role(table["department"]) if "department" in table else None,
            verify=_flag(table, "verify"),
            needs_place=_flag(table, "needs_place"),
            aliases=_words(table, "aliases"),
            official=_words(table, "official"),
        )
    except ValueError as error:
        raise ConfigError(f"{path}: {code}: {error}") from error


def _flag(table: dict[str, Any], key: str) -> bool:
    value = table.get(key, False)
    if not isinstance(value, bool):
        raise ValueError(f"{key}: expected true or false")  # noqa: TRY004 - reported with the file, as the others
    return value


def _words(table: dict[str, Any], key: str) -> tuple[str, ...]:
    value = table.get(key, [])
    if not isinstance(value, list) or not all(isinstance(word, str) for word in value):
        raise ValueError(f"{key}: expected a list of words")
    return tuple(value)
