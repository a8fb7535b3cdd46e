"""When an account was listening: what was said in between is lost, so the leaders of its rooms are told."""

from datetime import datetime, timedelta

from actions.outbox import say_to_person
from actions.work import Work
from rules.roles import LEADERS
from rules.sayings import WasDisconnected
from storage.queries import audit, rooms
from storage.queries.org import holders_above

WORTH_TELLING = timedelta(minutes=2)


async def begin_connection(work: Work) -> int:
    """Record that the account listens again; after a longer gap the nearest leader of each of its rooms is told."""
    connection_id, ended_at = await audit.begin_connection(work.tx, work.account, work.now)
    if ended_at is not None and work.now - ended_at >= WORTH_TELLING:
        await _tell_leaders(work, ended_at)
    return connection_id


async def _tell_leaders(work: Work, since: datetime) -> None:
    bound = [room for room in await rooms.bound_rooms(work.tx, ["/"]) if room.account == work.account]
    told: set[int] = set()
    for path in dict.fromkeys(room.path for room in bound if room.path):
        for person_id, _, _, _ in (await holders_above(work.tx, path, LEADERS))[:1]:
            if person_id not in told:
                told.add(person_id)
                await say_to_person(work, person_id, WasDisconnected(since, work.now, work.now))


async def end_connection(work: Work, connection_id: int, reason: str) -> None:
    """Record that the account stopped listening, and why."""
    await audit.end_connection(work.tx, connection_id, work.now, reason)
