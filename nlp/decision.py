"""What the listener decides about an utterance, as plain data."""

import enum
from typing import NamedTuple


class Kind(enum.StrEnum):
    """What an utterance does (docs/lexicon.md tells the six apart)."""

    REPORT = "report"
    PROGRESS = "progress"
    THANKS = "thanks"
    RECEIPT = "receipt"
    COMMAND = "command"
    CHATTER = "chatter"


class Urgency(enum.StrEnum):
    """How soon somebody must act: at once, within 2 hours, 24 hours, 7 days."""

    CRITICAL = "critical"
    URGENT = "urgent"
    NORMAL = "normal"
    SLOW = "slow"


class Emotion(enum.StrEnum):
    """The tone, for attention only."""

    CALM = "calm"
    ANNOYED = "annoyed"
    ANGRY = "angry"
    AFRAID = "afraid"


class Action(enum.StrEnum):
    """What a report's score calls for: filing it, or asking the unit leader."""

    AUTO = "auto"
    ASK = "ask"


class Evidence(NamedTuple):
    """Words that spoke for the decision: `text` is `utterance[start:end]`, `weight` its log-odds."""

    text: str
    start: int
    end: int
    weight: float


class Decision(NamedTuple):
    """One utterance understood.

    `score` is the probability that it is a report, of whatever type; `case_type` and `second` are the likeliest
    types and `margin` the distance of their probabilities. A report has all fields; progress and thanks have the type
    that they lean on, without urgency; the other kinds have neither. `colour` is the highest colour (red, orange,
    yellow) that a risk word calls for.
    """

    kind: Kind
    score: float
    case_type: str | None = None
    second: str | None = None
    margin: float = 0.0
    evidence: tuple[Evidence, ...] = ()
    urgency: Urgency | None = None
    emotion: Emotion = Emotion.CALM
    colour: str | None = None
    action: Action | None = None
