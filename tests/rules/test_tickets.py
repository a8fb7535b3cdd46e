from datetime import UTC, datetime, timedelta

import pytest

from rules.deadlines import Urgency, due
from rules.errors import WrongState
from rules.roles import ENTITLED, Verb
from rules.tickets import CLOCKS, FINAL, STATE_NAMES, STEPS, Move, State, check_step, find_step, sources

NOW = datetime(2026, 5, 11, tzinfo=UTC)


def test_every_state_is_named_reached_and_left_unless_final() -> None:
    assert set(STATE_NAMES) == set(State)
    assert {step.target for step in STEPS} | {State.CANDIDATE} == set(State)
    assert {step.source for step in STEPS} == set(State) - (FINAL - {State.CLOSED})
    assert set(CLOCKS) == set(State) - FINAL - {State.ON_HOLD}


def test_no_step_stands_twice() -> None:
    assert len({(step.verb, step.source) for step in STEPS}) == len(STEPS)


def test_every_verb_has_somebody_entitled_to_it() -> None:
    assert set(ENTITLED) == set(Verb)
    assert all(ENTITLED.values())
    assert set(Verb) - {Verb.RETYPE, Verb.QUERY, Verb.BIND, Verb.PUBLISH} == {step.verb for step in STEPS} - set(Move)


@pytest.mark.parametrize("verb", [*Verb, *Move])
@pytest.mark.parametrize("state", list(State))
def test_a_step_is_in_the_table_or_refused(verb: Verb | Move, state: State) -> None:
    step = find_step(verb, state)
    if step is not None:
        assert state in sources(verb)
        assert check_step(verb, state, number="0511-001", closed_at=NOW, now=NOW) == step
        return
    with pytest.raises(WrongState):
        check_step(verb, state, number="0511-001", closed_at=NOW, now=NOW)


def test_a_closed_ticket_reopens_within_seven_days() -> None:
    week = timedelta(days=7)
    assert check_step(Verb.REOPEN, State.CLOSED, number="1", closed_at=NOW - week, now=NOW).target is State.IN_PROGRESS
    for closed_at in (NOW - week - timedelta(seconds=1), None):
        with pytest.raises(WrongState):
            check_step(Verb.REOPEN, State.CLOSED, number="1", closed_at=closed_at, now=NOW)


@pytest.mark.parametrize("urgency", list(Urgency))
@pytest.mark.parametrize("state", list(State))
def test_a_state_has_one_clock_that_runs_out_later_or_none(urgency: Urgency, state: State) -> None:
    clock, due_at = due(state, urgency, NOW)
    assert clock is CLOCKS.get(state)
    assert (due_at is not None and due_at > NOW) == (clock is not None)
