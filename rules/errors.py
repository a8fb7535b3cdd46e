"""One class per meaning of a failure, with what the one who catches it needs to know."""

from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rules.sayings import Cant


class HuiyinError(Exception):
    """The root of every failure that has a meaning here; anything else is a bug."""


class RuleViolation(HuiyinError):
    """Somebody asked for what the rules don't allow; `saying` is safe to say back to them."""

    status = 400

    def __init__(self, saying: "Cant") -> None:
        super().__init__(type(saying).__name__)
        self.saying = saying


class InvalidInput(RuleViolation):
    """What was given can't be understood or isn't complete."""

    status = 400


class NotAllowed(RuleViolation):
    """The person has no role that permits this here."""

    status = 403


class NotFound(RuleViolation):
    """There is no such thing within the person's part of the tree."""

    status = 404


class WrongState(RuleViolation):
    """The thing exists, but its state doesn't allow this step."""

    status = 409


class LimitReached(RuleViolation):
    """A ceiling was met; later it may go through."""

    status = 429


class GatewayError(HuiyinError):
    """The road to WeChat failed; the subclass tells what became of the message."""


class Disconnected(GatewayError):
    """There is no connection, and nothing was sent: it may be sent again."""


class Throttled(GatewayError):
    """WeChat asks for a pause; nothing was sent. `until` is aware, in UTC; None where no time was given."""

    def __init__(self, message: str, until: datetime | None = None) -> None:
        super().__init__(message)
        self.until = until


class Refused(GatewayError):
    """It will never be accepted (kicked out, room gone, blocked, content refused); `reason` is for people."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Unconfirmed(GatewayError):
    """It may have arrived. Never sent again by itself: settled by the echo of our message, else by a person."""


class ByHand(Unconfirmed):
    """A person has been shown the text to paste; it counts as sent once they tick it off."""


class StorageError(HuiyinError):
    """The database failed; the subclass tells whether trying again can help."""


class Conflict(StorageError):
    """Somebody else wrote first; the transaction may be tried once more."""


class Unavailable(StorageError):
    """The database can't be reached, is locked or full; back off and try again."""


class ConfigError(HuiyinError):
    """The configuration is wrong: names the file, the key and what was expected. Ends the command with exit code 2."""
