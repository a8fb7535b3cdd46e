from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from rules.pacing import Pace, Sent, next_slot, retry_at

BEGIN = datetime(2026, 5, 11, tzinfo=UTC)
PACES = st.builds(
    Pace,
    per_room=st.timedeltas(timedelta(0), timedelta(seconds=10)),
    between_rooms=st.timedeltas(timedelta(0), timedelta(seconds=10)),
    jitter=st.timedeltas(timedelta(0), timedelta(seconds=5)),
    per_minute=st.integers(0, 5),
    per_day=st.integers(0, 12),
)
TALK = st.lists(
    st.tuples(st.sampled_from("abc"), st.timedeltas(timedelta(0), timedelta(minutes=2)), st.floats(0, 0.999)),
    max_size=40,
)


@given(pace=PACES, talk=TALK)
def test_limits_are_kept_and_no_slot_is_in_the_past(pace: Pace, talk: list[tuple[str, timedelta, float]]) -> None:
    sent, now, slots = Sent(), BEGIN, [(BEGIN - timedelta(days=2), "")]
    for place, pause, chance in talk:
        now += pause
        slot = next_slot(sent, place, now, pace, chance)
        assert slot >= now
        # Whoever comes at the slot may speak; a slot never moves to the past.
        now = slot
        while (again := next_slot(sent, place, now, pace, chance)) > now:
            now = again
        sent.note(place, now)
        slots.append((now, place))
    slots = slots[1:]
    for (sooner, one), (later, other) in pairwise(slots):
        assert later >= sooner
        assert one == other or later - sooner >= pace.between_rooms
    for place in "abc":
        assert all(b - a >= pace.per_room for a, b in pairwise([at for at, where in slots if where == place]))
    times = [at for at, _ in slots]
    for limit, window in ((pace.per_minute, timedelta(minutes=1)), (pace.per_day, timedelta(days=1))):
        if limit:
            assert all(later - sooner >= window for sooner, later in zip(times, times[limit:], strict=False))


@given(st.integers(1, 50), st.integers(1, 50))
def test_later_tries_wait_longer(one: int, other: int) -> None:
    sooner, later = sorted((one, other))
    assert BEGIN < retry_at(sooner, BEGIN) <= retry_at(later, BEGIN)
