"""The life of a ticket: its states and every step between them, as one list."""

import enum
from dataclasses import dataclass
from datetime import datetime, timedelta

from rules.errors import WrongState
from rules.roles import Verb
from rules.sayings import CantReopen, CantStep

REOPEN_WITHIN = timedelta(days=7)  # product specification, section 4
RATING_WINDOW = timedelta(hours=72)  # how long an answer waits for a rating before it closes as "no answer"


class State(enum.StrEnum):
    """Where a ticket stands."""

    CANDIDATE = "candidate"
    FILED = "filed"
    DISPATCHED = "dispatched"
    IN_PROGRESS = "in_progress"
    ON_HOLD = "on_hold"
    RESOLVED = "resolved"
    ANSWERED = "answered"
    CLOSED = "closed"
    REJECTED = "rejected"
    MERGED = "merged"
    DISMISSED = "dismissed"


STATE_NAMES = {
    State.CANDIDATE: "待确认",
    State.FILED: "已受理",
    State.DISPATCHED: "已派单",
    State.IN_PROGRESS: "办理中",
    State.ON_HOLD: "挂起",
    State.RESOLVED: "已办结待核查",
    State.ANSWERED: "已答复待回访",
    State.CLOSED: "结案",
    State.REJECTED: "不予受理",
    State.MERGED: "并案",
    State.DISMISSED: "不是诉求",
}

FINAL = frozenset({State.CLOSED, State.REJECTED, State.MERGED, State.DISMISSED})
UNCLAIMED = frozenset({State.FILED, State.DISPATCHED})
OPEN = frozenset({State.FILED, State.DISPATCHED, State.IN_PROGRESS, State.ON_HOLD, State.RESOLVED})


class Clock(enum.StrEnum):
    """Which deadline is running; a ticket that isn't final or on hold has exactly one."""

    CONFIRM = "confirm"
    ACCEPT = "accept"
    HANDLE = "handle"
    ANSWER = "answer"
    RATE = "rate"


CLOCKS: dict[State, Clock] = {
    State.CANDIDATE: Clock.CONFIRM,
    State.FILED: Clock.ACCEPT,
    State.DISPATCHED: Clock.ACCEPT,
    State.IN_PROGRESS: Clock.HANDLE,
    State.RESOLVED: Clock.ANSWER,
    State.ANSWERED: Clock.RATE,
}


class Move(enum.StrEnum):
    """Steps that aren't a person's verb: the resident's rating, and the window that passes."""

    RATE = "rate"
    EXPIRE = "expire"


@dataclass(frozen=True, slots=True)
class Step:
    """One permitted step: by this verb, from this state, to that."""

    verb: Verb | Move
    source: State
    target: State
    needs_reason: bool = False


STEPS = (
    Step(Verb.CONFIRM, State.CANDIDATE, State.FILED),
    Step(Verb.DISMISS, State.CANDIDATE, State.DISMISSED),
    Step(Verb.DISPATCH, State.FILED, State.DISPATCHED),
    Step(Verb.CLAIM, State.FILED, State.IN_PROGRESS),
    Step(Verb.CLAIM, State.DISPATCHED, State.IN_PROGRESS),
    Step(Verb.REJECT, State.FILED, State.REJECTED, needs_reason=True),
    Step(Verb.RETURN, State.DISPATCHED, State.FILED, needs_reason=True),
    Step(Verb.RETURN, State.IN_PROGRESS, State.FILED, needs_reason=True),
    Step(Verb.TRANSFER, State.IN_PROGRESS, State.DISPATCHED),
    # A unit leader who sees at once that a ticket isn't theirs passes it on without claiming it first.
    Step(Verb.TRANSFER, State.FILED, State.DISPATCHED),
    Step(Verb.TRANSFER, State.DISPATCHED, State.DISPATCHED),
    Step(Verb.HOLD, State.IN_PROGRESS, State.ON_HOLD, needs_reason=True),
    Step(Verb.RESUME, State.ON_HOLD, State.IN_PROGRESS),
    Step(Verb.RESOLVE, State.IN_PROGRESS, State.RESOLVED),
    # Whoever mends a thing on the spot says 办结 without 接单; the claim is recorded together with it.
    Step(Verb.RESOLVE, State.FILED, State.RESOLVED),
    Step(Verb.RESOLVE, State.DISPATCHED, State.RESOLVED),
    Step(Verb.VERIFY, State.RESOLVED, State.ANSWERED),
    Step(Verb.SEND_BACK, State.RESOLVED, State.IN_PROGRESS, needs_reason=True),
    Step(Move.RATE, State.ANSWERED, State.CLOSED),
    Step(Move.EXPIRE, State.ANSWERED, State.CLOSED),
    Step(Verb.REOPEN, State.ANSWERED, State.IN_PROGRESS),
    Step(Verb.REOPEN, State.CLOSED, State.IN_PROGRESS),
    # What the bot filed by itself can be undone in one step (section 3, item 6), from wherever it has got to.
    Step(Verb.DISMISS, State.FILED, State.DISMISSED),
    Step(Verb.DISMISS, State.DISPATCHED, State.DISMISSED),
    Step(Verb.DISMISS, State.IN_PROGRESS, State.DISMISSED),
    Step(Verb.MERGE, State.CANDIDATE, State.MERGED),
    Step(Verb.MERGE, State.FILED, State.MERGED),
    Step(Verb.MERGE, State.DISPATCHED, State.MERGED),
    Step(Verb.MERGE, State.IN_PROGRESS, State.MERGED),
)

# Whoever does this to a candidate confirms it with the same words, if they may; both steps are recorded.
CONFIRMING = frozenset({Verb.CLAIM, Verb.RESOLVE, Verb.DISPATCH, Verb.TRANSFER})

_TABLE = {(step.verb, step.source): step for step in STEPS}


def sources(verb: Verb | Move) -> frozenset[State]:
    """Return the states a verb can leave."""
    return frozenset(step.source for step in STEPS if step.verb == verb)


def find_step(verb: Verb | Move, source: State) -> Step | None:
    """Return the step by this verb from this state, or None where there is none."""
    return _TABLE.get((verb, source))


def check_step(
    verb: Verb | Move, source: State, *, number: str, closed_at: datetime | None = None, now: datetime
) -> Step:
    """Return the step by this verb from this state.

    Raises:
        WrongState: there is none, or a closed ticket is older than `REOPEN_WITHIN`.

    """
    step = find_step(verb, source)
    if step is None:
        raise WrongState(CantStep(number, STATE_NAMES[source]))
    if source is State.CLOSED and (closed_at is None or now - closed_at > REOPEN_WITHIN):
        raise WrongState(CantReopen(number, REOPEN_WITHIN.days))
    return step
