"""The settings: what is refused and how it is told, and that the example tells of every key."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from bot.config import AccountSettings, Settings, load_settings
from rules.errors import ConfigError

EXAMPLE = Path(__file__).parents[2] / "config.example.toml"
_OPTIONAL = re.compile(r"^# (?=[a-z_]+ = )", re.MULTILINE)


def keys_in(values: dict[str, Any]) -> set[str]:
    found = set()
    for section, inside in values.items():
        tables = inside if isinstance(inside, list) else [inside]
        found |= {f"{section}.{key}" for table in tables for key in table}
    return found


def keys_of(settings: type[BaseModel]) -> set[str]:
    found = set()
    for section, field in settings.model_fields.items():
        model = AccountSettings if section == "accounts" else type(field.default)
        found |= {f"{section}.{key}" for key in model.model_fields}
    return found


def test_the_example_has_every_setting_and_no_other() -> None:
    uncommented = _OPTIONAL.sub("", EXAMPLE.read_text("utf-8").replace("# [[accounts]]", "[[accounts]]"))

    assert keys_in(tomllib.loads(uncommented)) == keys_of(Settings)


def test_the_example_shows_the_defaults() -> None:
    example = load_settings(EXAMPLE, {})

    assert example.model_dump(exclude={"accounts"}) == Settings().model_dump(exclude={"accounts"})
    plain = AccountSettings(name="main", gateway="wechaty", endpoint="127.0.0.1:8788", token=example.accounts[0].token)
    assert example.accounts == (plain,)


def test_every_setting_of_the_example_has_a_comment() -> None:
    sections = EXAMPLE.read_text("utf-8").split("\n\n")

    assert all(section.lstrip().splitlines()[0].startswith(("#", "[")) for section in sections)
    assert all("\n# " in section or section.startswith("#") for section in sections)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[database\n", "line 1"),
        ('[database]\nurl = "a"\n\n[log]\nformt = "text"\n', ":5: log.formt: unknown key"),
        ("[lod]\n", ":1: lod: unknown key"),
        ("[pace]\n\nper_minute = -1\n", ":3: pace.per_minute: Input should be greater than or equal to 0"),
        ('[time]\nzone = "Mars/Base"\n', ":2: time.zone: Value error, no time zone is called 'Mars/Base'"),
        ('[[accounts]]\nname = "a"\ngateway = "wechaty"\n', "endpoint: expected host:port"),
        ('[[accounts]]\nname = "a"\ngateway = "manual"\ntoken = "x"\n', "token: not used by gateway 'manual'"),
        ('[[accounts]]\nname = "a"\ngateway = "manual"\n[[accounts]]\nname = "a"\ngateway = "manual"\n', "named twice"),
        ('[[accounts]]\nname = "a"\ngateway = "telegram"\n', ":3: accounts.0.gateway"),
    ],
)
def test_a_mistake_is_told_with_its_place(tmp_path: Path, text: str, told: str) -> None:
    path = tmp_path / "config.toml"
    path.write_text(text, "utf-8")

    with pytest.raises(ConfigError) as refused:
        load_settings(path, {})

    assert str(path) in str(refused.value)
    assert told in str(refused.value)


def test_the_environment_wins_and_its_typos_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "config.toml"
    path.write_text('[log]\nlevel = "error"\n', "utf-8")
    monkeypatch.setenv("HUIYIN_LOG__LEVEL", "debug")

    assert load_settings(path).log.level == "debug"
    with pytest.raises(ConfigError, match="HUIYIN_LOGS__LEVEL is no setting"):
        load_settings(path, {"HUIYIN_LOGS__LEVEL": "debug"})


def test_a_file_that_is_missing_or_no_text_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"none\.toml: can't be read \(No such file"):
        load_settings(tmp_path / "none.toml", {})
    (tmp_path / "bytes.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigError, match=r"expected UTF-8 text"):
        load_settings(tmp_path / "bytes.toml", {})


def test_a_token_is_never_shown() -> None:
    account = AccountSettings.model_validate(
        {"name": "a", "gateway": "wechaty", "endpoint": "h:1", "token": "very-secret"}
    )

    assert "very-secret" not in f"{account!r} {account}"
