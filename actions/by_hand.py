"""By-hand mode: what a person has to paste into rooms, and ticking it off."""

from actions.work import Work
from rules.errors import NotFound
from rules.sayings import ByHand, NoSuchItem
from storage.queries import audit, by_hand
from storage.queries import outbox as q


async def next_to_paste(work: Work) -> ByHand:
    """Return the next text to paste within the actor's part of the tree."""
    waiting = await by_hand.to_paste(work.tx, [post.path for post in work.by.posts])
    if not waiting:
        return ByHand(None, "", "", None, 0)
    first = waiting[0]
    return ByHand(first.id, first.place, first.text, first.file_name, len(waiting) - 1)


async def tick_off(work: Work, item_id: int) -> int:
    """Count a pasted text as sent; returns how many are left. Raises `NotFound` where it doesn't wait to be pasted."""
    paths = [post.path for post in work.by.posts]
    waiting = {item.id for item in await by_hand.to_paste(work.tx, paths)}
    if item_id not in waiting:
        raise NotFound(NoSuchItem(item_id))
    await q.settle_sent(work.tx, item_id, external_id=f"by-hand-{item_id}", at=work.now)
    await audit.add_audit(
        work.tx,
        at=work.now,
        person_id=work.by.person_id,
        contact_id=work.by.contact_id,
        action="outbox.by_hand",
        target=f"outbox:{item_id}",
    )
    return len(waiting) - 1
