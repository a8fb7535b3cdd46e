"""By when: the clocks of a ticket, in plain hours per urgency."""

import enum
from dataclasses import dataclass
from datetime import datetime, timedelta

from rules.tickets import CLOCKS, RATING_WINDOW, Clock, State


class Urgency(enum.StrEnum):
    """How soon somebody has to come (case types, last paragraph)."""

    CRITICAL = "critical"
    URGENT = "urgent"
    NORMAL = "normal"
    SLOW = "slow"


URGENCY_NAMES = {
    Urgency.CRITICAL: "特急",
    Urgency.URGENT: "紧急",
    Urgency.NORMAL: "一般",
    Urgency.SLOW: "从容",
}


@dataclass(frozen=True, slots=True)
class Tier:
    """How long each clock runs."""

    confirm: timedelta
    accept: timedelta
    handle: timedelta
    answer: timedelta


def _tier(confirm: float, accept: float, handle: float, answer: float) -> Tier:
    return Tier(*(timedelta(hours=hours) for hours in (confirm, accept, handle, answer)))


# Hours. The handling times are the tiers of the best-known practice: on site in 30 min, 2 h, 24 h, 7 days.
TIERS: dict[Urgency, Tier] = {
    Urgency.CRITICAL: _tier(0.25, 0.25, 0.5, 2),
    Urgency.URGENT: _tier(0.5, 0.5, 2, 2),
    Urgency.NORMAL: _tier(2, 2, 24, 24),
    Urgency.SLOW: _tier(24, 24, 7 * 24, 24),
}


def due(state: State, urgency: Urgency, since: datetime) -> tuple[Clock | None, datetime | None]:
    """Return the clock that a state starts and when it runs out; (None, None) for final states and on hold."""
    clock = CLOCKS.get(state)
    if clock is None:
        return None, None
    if clock is Clock.RATE:
        return clock, since + RATING_WINDOW
    tier = TIERS[urgency]
    length = {
        Clock.CONFIRM: tier.confirm,
        Clock.ACCEPT: tier.accept,
        Clock.HANDLE: tier.handle,
        Clock.ANSWER: tier.answer,
    }[clock]
    return clock, since + length


def promised(urgency: Urgency, since: datetime) -> datetime:
    """Return the time the resident is told: when it should be handled, counted from filing."""
    return since + TIERS[urgency].handle
