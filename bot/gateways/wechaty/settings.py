"""What one account behind a Wechaty gateway needs to be told."""

from dataclasses import dataclass, field
from pathlib import Path

from rules.errors import ConfigError


@dataclass(frozen=True, slots=True)
class WechatySettings:
    """The settings of one account.

    `account` names it until the gateway tells its id. `endpoint` is host:port. `tls_ca` is a PEM file to trust instead
    of the system's, `tls_name` the name in the gateway's certificate where that isn't the host. `deadline_seconds`
    bounds every request, `file_deadline_seconds` those that carry a file. After `keepalive_seconds` without a word
    the gateway is asked for a sign of life, and given up if none comes within `keepalive_deadline_seconds`.
    `login_seconds` is how long we wait for an account to be logged in before we say so. With `accept_invitations` we
    enter every room we are invited to; large rooms can't be entered otherwise. `plugins` are a user's
    existing Wechaty plugins ("package.module:Class"), which keep their files under `plugin_folder`.
    """

    account: str
    endpoint: str
    token: str = field(repr=False)
    tls: bool = True
    tls_ca: Path | None = None
    tls_name: str | None = None
    deadline_seconds: float = 20.0
    file_deadline_seconds: float = 120.0
    keepalive_seconds: float = 15.0
    keepalive_deadline_seconds: float = 10.0
    login_seconds: float = 60.0
    accept_invitations: bool = False
    plugins: tuple[str, ...] = ()
    plugin_folder: Path | None = None

    def __post_init__(self) -> None:
        host, colon, port = self.endpoint.rpartition(":")
        if not (host and colon and port.isdigit() and 0 < int(port) < 65536):
            raise ConfigError(f"gateway endpoint: expected host:port, got {self.endpoint!r}")
        if not (self.token and self.token.isascii() and self.token.isprintable()):
            raise ConfigError("gateway token: expected the token of the Wechaty gateway, in plain ASCII")
        if self.plugins and self.plugin_folder is None:
            raise ConfigError("gateway plugin_folder: expected a folder for the plugins' files, got nothing")

    @property
    def host(self) -> str:
        """The endpoint's host, an IPv6 address without its brackets."""
        return self.endpoint.rpartition(":")[0].strip("[]")

    @property
    def port(self) -> int:
        """The endpoint's port."""
        return int(self.endpoint.rpartition(":")[2])
