"""The settings: one TOML file, overridden by the environment (`HUIYIN_DATABASE__URL=...`); unknown keys are refused."""

import os
import tomllib
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict
from typing_extensions import override

from rules.errors import ConfigError
from rules.pacing import Pace
from rules.utterances import Breath

Seconds = Annotated[float, Field(ge=0, le=86_400)]


class Section(BaseModel):
    """A section of the file; keys that nothing reads are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class DatabaseSettings(Section):
    """Where everything is kept: a SQLite file, or PostgreSQL by URL.

    `lease_seconds` is how long a process that was killed still owns its accounts: so long the next one waits.
    """

    url: str = "sqlite:///huiyin.db"
    pool_size: int = Field(default=5, ge=1, le=100)
    lease_seconds: float = Field(default=60, ge=2, le=600)


class FilesSettings(Section):
    """Where pictures and files of tickets and notices are kept."""

    folder: Path = Path("huiyin-files")


class TimeSettings(Section):
    """The zone in which times are shown and days begin."""

    zone: str = "Asia/Shanghai"

    @field_validator("zone")
    @classmethod
    def known(cls, value: str) -> str:
        """Accept only zones that exist."""
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise ValueError(f"no time zone is called {value!r}; expected one such as Asia/Shanghai") from error
        return value


class LogSettings(Section):
    """How the process logs; never names, phones or texts."""

    format: Literal["text", "json"] = "text"
    level: Literal["debug", "info", "warning", "error"] = "info"


class ListenSettings(Section):
    """How messages are joined to utterances, in seconds after a speaker's last message."""

    window_seconds: Seconds = 45
    direct_window_seconds: Seconds = 2

    @property
    def breath(self) -> Breath:
        """The window in rooms."""
        return Breath(window=timedelta(seconds=self.window_seconds))

    @property
    def direct(self) -> Breath:
        """The window in direct chats."""
        return Breath(window=timedelta(seconds=self.direct_window_seconds))


class PaceSettings(Section):
    """How fast an account may speak."""

    per_room_seconds: Seconds = 1
    between_rooms_seconds: Seconds = 3
    jitter_seconds: Seconds = 2
    per_minute: int = Field(default=40, ge=0)
    per_day: int = Field(default=2000, ge=0)
    throttle_pause_seconds: Seconds = 300

    @property
    def pace(self) -> Pace:
        """The limits."""
        return Pace(
            per_room=timedelta(seconds=self.per_room_seconds),
            between_rooms=timedelta(seconds=self.between_rooms_seconds),
            jitter=timedelta(seconds=self.jitter_seconds),
            per_minute=self.per_minute,
            per_day=self.per_day,
            throttle_pause=timedelta(seconds=self.throttle_pause_seconds),
        )


class AccountSettings(Section):
    """One WeChat account and what stands behind it."""

    name: str = Field(min_length=1, max_length=64)
    gateway: Literal["wechaty", "manual"]
    endpoint: str = ""
    token: SecretStr = SecretStr("")
    token_file: Path | None = None
    tls: bool = True
    tls_ca: Path | None = None
    tls_name: str | None = None
    accept_invitations: bool = False
    deadline_seconds: Annotated[float, Field(gt=0, le=600)] = 20
    keepalive_seconds: Annotated[float, Field(gt=0, le=600)] = 15
    plugins: tuple[str, ...] = ()
    plugin_folder: Path | None = None

    @model_validator(mode="after")
    def complete(self) -> Self:
        """Ask for what a gateway needs, and refuse what it wouldn't read."""
        if self.gateway == "wechaty":
            if not self.endpoint:
                raise ValueError("endpoint: expected host:port of the Wechaty gateway")
            if not self.token.get_secret_value() and self.token_file is None:
                raise ValueError("token or token_file: expected the token of the Wechaty gateway")
        else:
            given = self.model_fields_set - {"name", "gateway"}
            if given:
                raise ValueError(f"{', '.join(sorted(given))}: not used by gateway {self.gateway!r}")
        return self


class CaseTypeSettings(Section):
    """The district's own case types instead of the ones that ship."""

    file: Path | None = None


class LexiconSettings(Section):
    """The district's own lexicon instead of the one that ships."""

    folder: Path | None = None


class Settings(BaseSettings):
    """All settings of a process."""

    model_config = SettingsConfigDict(env_prefix="HUIYIN_", env_nested_delimiter="__", extra="forbid", frozen=True)

    database: DatabaseSettings = DatabaseSettings()
    files: FilesSettings = FilesSettings()
    time: TimeSettings = TimeSettings()
    log: LogSettings = LogSettings()
    listen: ListenSettings = ListenSettings()
    pace: PaceSettings = PaceSettings()
    accounts: tuple[AccountSettings, ...] = ()
    case_types: CaseTypeSettings = CaseTypeSettings()
    lexicon: LexiconSettings = LexiconSettings()

    @field_validator("accounts")
    @classmethod
    def distinct(cls, value: tuple[AccountSettings, ...]) -> tuple[AccountSettings, ...]:
        """Refuse two accounts of one name."""
        names = [account.name for account in value]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(f"{', '.join(twice)}: named twice; each account needs a name of its own")
        return value

    @property
    def zone(self) -> ZoneInfo:
        """The district's time zone."""
        return ZoneInfo(self.time.zone)

    @classmethod
    @override
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Let the environment win over the file, which is handed over as arguments."""
        return (env_settings, init_settings)


def load_settings(path: Path | None, environment: Mapping[str, str] | None = None) -> Settings:
    """Read the settings from a file (or none) and the environment.

    Raises:
        ConfigError: the file can't be read, or a key is unknown or wrong; names file, line and key.

    """
    text, values = "", {}
    if path is not None:
        try:
            text = path.read_text("utf-8")
            values = tomllib.loads(text)
        except OSError as error:
            raise ConfigError(f"{path}: can't be read ({error.strerror}); copy config.example.toml to begin") from error
        except UnicodeDecodeError as error:
            raise ConfigError(f"{path}: expected UTF-8 text ({error.reason} at byte {error.start})") from error
        except tomllib.TOMLDecodeError as error:
            raise ConfigError(f"{path}: not valid TOML: {error}") from error
    known = {f"HUIYIN_{name}".upper() for name in Settings.model_fields}
    for name in environment if environment is not None else os.environ:
        if name.startswith("HUIYIN_") and name.split("__")[0].upper() not in known:
            raise ConfigError(f"environment: {name} is no setting; sections are {', '.join(sorted(known))}")
    try:
        return Settings(**values)
    except ValidationError as error:
        raise ConfigError(_explain(path, text, error)) from error


def _explain(path: Path | None, text: str, error: ValidationError) -> str:
    """Say for each mistake where it is, and what was expected."""
    lines = []
    for mistake in error.errors():
        key = ".".join(str(part) for part in mistake["loc"])
        where = f"{path or 'environment'}"
        line = _line_of(text, [str(part) for part in mistake["loc"]])
        where += f":{line}" if line else ""
        message = "unknown key" if mistake["type"] == "extra_forbidden" else mistake["msg"]
        lines.append(f"{where}: {key}: {message}")
    return "\n".join(lines)


def _line_of(text: str, key: list[str]) -> int | None:
    """Find the line of a key, or of the section that it belongs to."""
    section, last = [part for part in key[:-1] if not part.isdigit()], key[-1]
    inside, best = not section, None
    for number, line in enumerate(text.splitlines(), 1):
        stripped = line.strip()
        if stripped.startswith("["):
            inside = stripped.strip("[] ") == ".".join(section or [last])
            best = number if inside and best is None else best
        elif inside and stripped.partition("=")[0].strip() == last:
            return number
    return best
