"""Saying something: every message is a row first, written with what caused it."""

from collections.abc import Sequence

from actions.work import Work
from rules.org import RoomKind
from rules.privacy import count_private, mask
from rules.roles import Role
from rules.sayings import Saying
from rules.talk import Mention
from rules.text import speakable
from storage.queries import outbox as q
from storage.queries.rooms import ContactView, RoomView

URGENT, ANSWER, NOTICE = 0, 10, 50  # priorities: lower goes first; residents' answers before a thousand deliveries


async def say(
    work: Work,
    to: RoomView | ContactView,
    saying: Saying,
    *,
    mentions: Sequence[Mention] = (),
    ticket_id: int | None = None,
    priority: int = ANSWER,
    topic: str = "",
) -> None:
    """Queue a sentence for a room or person, behind the privacy gate.

    `topic` is put into the row's cause, so that "when did we last say this" can be asked of the outbox.
    """
    text = mask(speakable(work.house.voice(saying, work.house.zone)))
    if mentions:
        text = mask(speakable(" ".join(f"@{mention.name}" for mention in mentions))) + " " + text
        # WeChat would show the name as it is: whoever bears a number in theirs is named without an @ of WeChat's.
        mentions = [mention for mention in mentions if not count_private(mention.name)]
    work.said += 1
    in_room = isinstance(to, RoomView)
    await q.queue(
        work.tx,
        [
            {
                "cause": f"{topic}{work.cause}:{work.said}",
                "account": to.account,
                "room_id": to.id if in_room else None,
                "contact_id": None if in_room else to.id,
                "priority": priority,
                "state": "waiting",
                "due_at": work.now,
                "created_at": work.now,
                "tries": 0,
                "text": text,
                "mentions": {"people": [[m.person_id, m.name] for m in mentions]} if mentions else None,
                "ticket_id": ticket_id,
            }
        ],
    )


async def say_to_person(work: Work, person_id: int, saying: Saying, *, ticket_id: int | None = None) -> bool:
    """Queue a sentence for somebody of the staff in a direct chat; False where no contact of theirs is known."""
    contact = await work.lookups.contact_of(work.tx, work.account, person_id)
    if contact is None:
        return False
    await say(work, contact, saying, ticket_id=ticket_id)
    return True


async def say_above(
    work: Work, path: str, saying: Saying, *, ticket_id: int, told: frozenset[int] = frozenset()
) -> None:
    """Tell the level above a node: the grid's and community's officers who can be reached, else the dispatch room.

    `told` are the people who have heard it already; whoever sets it off knows it as well.
    """
    from_above = [
        person_id
        for person_id, _, role, where in await work.lookups.holders_above(work.tx, path, _ABOVE)
        if (where != path or role not in _LOCAL) and person_id not in {*told, work.by.person_id}
    ]
    reached = False
    for person_id in dict.fromkeys(from_above[:2]):
        reached |= await say_to_person(work, person_id, saying, ticket_id=ticket_id)
    if not reached and (room := await work.lookups.nearest_room(work.tx, path, RoomKind.DISPATCH)) is not None:
        await say(work, room, saying, ticket_id=ticket_id)


_ABOVE = (Role.GRID_LEADER, Role.GRID_OFFICER, Role.COMMUNITY_OFFICER, Role.SUBDISTRICT_OFFICER)
_LOCAL = frozenset({Role.GRID_OFFICER})
