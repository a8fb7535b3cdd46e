"""The gateway port: the only road to WeChat, whatever stands behind it."""

from collections.abc import AsyncIterator
from typing import Protocol

from rules.talk import Address, Content, Event, RoomInfo


class Gateway(Protocol):
    """One WeChat account, as the rest of the house sees it.

    `tests/bot/test_gateway_contract.py` says what every gateway keeps to; the errors are those of `rules.errors`.
    """

    @property
    def account(self) -> str:
        """Our account's id; the configured name until the first `Connected`."""
        ...

    def events(self) -> AsyncIterator[Event]:
        """Connect and yield what happens, in the order of each room, until the connection ends.

        The first event is `Connected`. The end of the connection is never silent: `Disconnected` is raised, with the
        reason; whoever listens calls again, with back-off. What was said in between is lost for good.
        """
        ...

    async def send(self, to: Address, content: Content) -> str:
        """Deliver one message once and return its id.

        Raises:
            Disconnected: nothing was sent.
            Throttled: nothing was sent, later it may.
            Refused: it will never be accepted.
            Unconfirmed: it may have arrived; it must not be sent again without a person's or an echo's word.

        """
        ...

    async def rooms(self) -> list[RoomInfo]:
        """All rooms the account is in. Raises `Disconnected`."""
        ...

    async def member_name(self, room_id: str, person_id: str) -> str:
        """The name shown for a person in a room. Raises `Disconnected`, or `Refused` where they aren't in it."""
        ...

    async def fetch(self, message_id: str) -> bytes:
        """What a picture, voice or file message carries. Raises `Disconnected`, or `Refused` where it is gone."""
        ...

    async def close(self) -> None:
        """Let go of the connection; a running `events()` ends with `Disconnected`."""
        ...
