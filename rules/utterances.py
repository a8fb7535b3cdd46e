"""One breath: which messages of a speaker belong together."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from rules.talk import Heard


@dataclass(frozen=True, slots=True)
class Breath:
    """What joins messages to utterances: how long after a speaker's last message their utterance stays open."""

    window: timedelta = timedelta(seconds=45)
    longest: timedelta = timedelta(minutes=5)  # however steadily somebody goes on


@dataclass(slots=True)
class OpenUtterance:
    """An utterance that may still grow; one per speaker and room (or direct chat)."""

    id: int
    first_at: datetime
    closes_at: datetime


def joins(current: OpenUtterance | None, heard: Heard, breath: Breath) -> bool:
    """Tell whether a message goes on with the speaker's open utterance.

    A quoted reply speaks of something else than the words before it, so it begins its own.
    """
    return (
        current is not None
        and not heard.quoted_text
        and heard.quoted_id is None
        and heard.at <= current.closes_at
        and heard.at - current.first_at <= breath.longest
    )


def closes_at(heard: Heard, *, at_once: bool, breath: Breath) -> datetime:
    """Return when the utterance closes after this message: now for a command or a quoted reply, else later."""
    if at_once or heard.quoted_text or heard.quoted_id is not None:
        return heard.at
    return heard.at + breath.window
