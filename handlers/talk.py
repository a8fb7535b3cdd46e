"""What a room is speaking of: the last trouble, who spoke of it, and whether staff spoke last."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from nlp.decision import Kind
from nlp.moment import MINE_FOR, TALKED_OF, moment
from storage.engine import Tx
from storage.queries import messages as messages_q
from storage.queries import tickets as tickets_q

REMEMBERED = timedelta(hours=1)  # a trouble that nobody spoke of for so long is out of the room's mind


@dataclass(slots=True)
class RoomTalk:
    """The talk of one room up to now; kept for a batch of utterances, in their order."""

    last_type: str | None = None
    last_at: datetime | None = None
    spoke: dict[int, datetime] = field(default_factory=dict)  # contact → when they last spoke of a trouble
    answered: bool = False

    def recent(self, at: datetime) -> str | None:
        """Return the case type of the trouble that the room speaks of."""
        return self.last_type if self.last_at is not None and at - self.last_at <= TALKED_OF else None

    def moment(self, contact_id: int, at: datetime) -> str:
        """Name the moment at which somebody speaks."""
        since = None if self.last_at is None else at - self.last_at
        mine = contact_id in self.spoke and at - self.spoke[contact_id] <= MINE_FOR
        return moment(since, mine=mine, answered=self.answered)

    def note(self, contact_id: int, at: datetime, kind: Kind, case_type: str | None, *, staff: bool) -> None:
        """Remember what was just said."""
        self.answered = staff
        if kind in (Kind.REPORT, Kind.PROGRESS) and case_type is not None:
            self.last_type, self.last_at = case_type, at
            self.spoke[contact_id] = at


async def load_talk(tx: Tx, room_ids: Iterable[int], now: datetime) -> dict[int, RoomTalk]:
    """Read the talk of rooms, as far as it is remembered, in two statements."""
    rooms = {room_id: RoomTalk() for room_id in room_ids}
    if not rooms:
        return rooms
    for room_id, contact_id, at, case_type in await tickets_q.words_since(tx, rooms, now - REMEMBERED):
        talk = rooms[room_id]
        talk.last_type, talk.last_at = case_type, at
        talk.spoke[contact_id] = at
    for room_id, by_staff in await messages_q.last_speakers(tx, rooms):
        rooms[room_id].answered = by_staff
    return rooms
