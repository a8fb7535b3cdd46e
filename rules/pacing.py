"""How fast an account may speak: the only concrete limits known, with jitter."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Pace:
    """Limits of one account; the defaults are the figures found for personal accounts (one message a second and
    room, 3 to 5 seconds between rooms, 40 a minute)."""

    per_room: timedelta = timedelta(seconds=1)
    between_rooms: timedelta = timedelta(seconds=3)
    jitter: timedelta = timedelta(seconds=2)
    per_minute: int = 40
    per_day: int = 2000
    throttle_pause: timedelta = timedelta(minutes=5)  # where WeChat asks to wait and doesn't say how long


@dataclass(slots=True)
class Sent:
    """What an account has sent lately; kept by the worker that owns the account."""

    last_at: datetime | None = None
    last_place: str | None = None
    places: dict[str, datetime] = field(default_factory=dict)
    minute: list[datetime] = field(default_factory=list)
    day: list[datetime] = field(default_factory=list)

    def note(self, place: str, at: datetime) -> None:
        """Remember one sent message."""
        self.last_at, self.last_place = at, place
        self.places[place] = at
        self.minute = [t for t in self.minute if at - t < timedelta(minutes=1)] + [at]
        self.day = [t for t in self.day if at - t < timedelta(days=1)] + [at]


def next_slot(sent: Sent, place: str, now: datetime, pace: Pace, chance: float) -> datetime:
    """Return the earliest time for the next message to a place (room or person), never before `now`.

    `chance` is drawn from [0, 1) by the caller and scales the jitter between rooms.
    """
    slot = now
    if (last := sent.places.get(place)) is not None:
        slot = max(slot, last + pace.per_room)
    if sent.last_at is not None and sent.last_place != place:
        slot = max(slot, sent.last_at + pace.between_rooms + pace.jitter * chance)
    slot = max(slot, _after(sent.minute, pace.per_minute, timedelta(minutes=1), now))
    return max(slot, _after(sent.day, pace.per_day, timedelta(days=1), now))


def _after(times: list[datetime], limit: int, window: timedelta, now: datetime) -> datetime:
    """Return when a sliding window has room again."""
    inside = [t for t in times if now - t < window]
    return inside[-limit] + window if limit and len(inside) >= limit else now


RETRY_STEPS: Mapping[int, timedelta] = {
    1: timedelta(seconds=5),
    2: timedelta(seconds=30),
    3: timedelta(minutes=2),
    4: timedelta(minutes=10),
}


def retry_at(tries: int, now: datetime) -> datetime:
    """Return when to try again what was surely not sent, the steps growing to half an hour."""
    return now + RETRY_STEPS.get(tries, timedelta(minutes=30))
