"""Notices: begun, previewed, published as one delivery and one outbox row per room, stopped, resent."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from actions.outbox import NOTICE
from actions.work import Work
from rules.errors import InvalidInput, NotAllowed, NotFound, WrongState
from rules.notice import Audience, NoticeState, read_audience
from rules.org import OrgNode, RoomKind
from rules.pacing import Pace
from rules.privacy import mask
from rules.roles import ENTITLED, Verb
from rules.sayings import (
    NoDraft,
    NoRooms,
    NoSuchNotice,
    NoticeIsEmpty,
    NoticeMoved,
    NoticeText,
    NotPermitted,
)
from rules.text import speakable
from storage.queries import attachments, audit, org
from storage.queries import notices as q
from storage.queries import outbox as outbox_q
from storage.queries.attachments import Copy
from storage.queries.notices import NoticeView, Part
from storage.queries.rooms import RoomView, bound_rooms
from storage.types import JsonValue

DRAFT_HOLDS = timedelta(hours=2)  # what somebody writes to us later isn't meant for the notice any more


@dataclass(frozen=True, slots=True)
class Draft:
    """A notice before it goes out, with the rooms that it would reach."""

    notice: NoticeView
    parts: list[Part]
    rooms: list[RoomView]

    def minutes(self, pace: Pace) -> int:
        """Estimate how long it takes to reach all rooms, in minutes."""
        each = pace.between_rooms + pace.jitter / 2
        messages = len(self.rooms) * (len(self.parts) + bool(self.notice.text))
        by_limit = messages / pace.per_minute * 60 if pace.per_minute else 0
        return max(round(max(len(self.rooms) * each.total_seconds(), by_limit) / 60), 1)


async def begin_notice(work: Work, words: str, text: str, *, instead: bool = True) -> Draft:
    """Begin a notice to the audience that these words name, within the actor's part of the tree.

    In a chat it takes the place of the draft that the actor was writing; elsewhere (`instead=False`) that one stays.

    Raises:
        NotAllowed: the actor may not publish.
        InvalidInput, NotFound: the audience can't be read, or no bound room belongs to it.

    """
    audience = await _audience(work, words)
    person_id = work.by.person_id
    if person_id is None:
        raise NotAllowed(NotPermitted())
    if not await _rooms_of(work, audience):
        raise NotFound(NoRooms())
    if instead and (before := await q.draft_of(work.tx, person_id)) is not None:
        await q.move_notice(work.tx, before.id, [NoticeState.DRAFT], NoticeState.CANCELLED)
    notice_id = await q.insert_notice(
        work.tx,
        sender_id=person_id,
        contact_id=work.by.contact_id,
        state=NoticeState.DRAFT,
        audience=_as_json(audience),
        text=speakable(text),
        now=work.now,
    )
    return await load_draft(work, notice_id)


async def _rooms_of(work: Work, audience: Audience) -> list[RoomView]:
    rooms = await bound_rooms(work.tx, [node.path for node in audience.nodes])
    return [room for room in rooms if room.path and audience.includes(room.path, room.kind)]


async def _audience(work: Work, words: str) -> Audience:
    roots = [post.path for post in work.by.posts if post.role in ENTITLED[Verb.PUBLISH]]
    if not roots:
        raise NotAllowed(NotPermitted())
    reachable = await org.nodes_below(work.tx, roots)
    mine = [node for node in reachable if node.path in roots]
    return read_audience(words, reachable, mine)


async def load_draft(work: Work, notice_id: int) -> Draft:
    """Put a notice together with its parts and the rooms it would reach now. Raises `NotFound`."""
    notice = await q.notice_by_id(work.tx, notice_id)
    if notice is None:
        raise NotFound(NoSuchNotice(notice_id))
    codes = set(notice.audience["nodes"]) | set(notice.audience["excepted"])
    nodes = {node.code: node for node in await org.all_nodes(work.tx) if node.code in codes}
    audience = _from_json(notice.audience, nodes)
    return Draft(notice, await q.parts_of(work.tx, notice.id), await _rooms_of(work, audience))


async def add_file(work: Work, draft: Draft, name: str, path: str) -> Draft:
    """Add a file that lies on this machine to a draft."""
    await q.add_part(work.tx, draft.notice.id, name=name, path=path, attachment_id=None)
    return await load_draft(work, draft.notice.id)


async def current_draft(work: Work) -> Draft | None:
    """Return the notice that the actor is writing, if there is one."""
    if work.by.person_id is None:
        return None
    notice = await q.draft_of(work.tx, work.by.person_id)
    if notice is None or work.now - notice.created_at > DRAFT_HOLDS:
        return None
    return await load_draft(work, notice.id)


async def publish_notice(work: Work, draft: Draft) -> int:
    """Freeze the plan: one delivery per room and its messages, in this transaction; returns the number of rooms.

    Raises:
        InvalidInput: it has neither text nor picture, or reaches no room.
        WrongState: it was published, or cancelled, meanwhile.

    """
    notice = draft.notice
    if not notice.text and not draft.parts:
        raise InvalidInput(NoticeIsEmpty())
    if not draft.rooms:
        raise InvalidInput(NoRooms())
    moved = await q.move_notice(work.tx, notice.id, [NoticeState.DRAFT], NoticeState.SENDING, published_at=work.now)
    if not moved:
        raise WrongState(NoticeMoved(notice.id))
    deliveries = await q.insert_deliveries(work.tx, notice.id, [room.id for room in draft.rooms])
    # A picture may have been fetched since the draft was read; what is fetched from now on lets go what waits for it.
    wanted = [part.attachment_id for part in draft.parts if part.attachment_id is not None]
    copies = await attachments.copies(work.tx, wanted) if wanted else {}
    rows: list[dict[str, object]] = []
    for room, delivery_id in zip(draft.rooms, deliveries, strict=True):
        rows += _messages(work, draft, room, delivery_id, copies)
    await outbox_q.queue(work.tx, rows)
    await _audit(work, "notice.publish", notice.id, {"rooms": len(draft.rooms)})
    return len(draft.rooms)


def _messages(
    work: Work, draft: Draft, room: RoomView, delivery_id: int, copies: Mapping[int, Copy]
) -> list[dict[str, object]]:
    """Return the outbox rows of one delivery: the text, then each picture or file."""
    notice = draft.notice
    base: dict[str, object] = {
        "account": room.account,
        "room_id": room.id,
        "due_at": work.now,
        "created_at": work.now,
        "tries": 0,
        "delivery_id": delivery_id,
        "text": "",
        "file_name": None,
        "file_path": None,
        "attachment_id": None,
        "trouble": None,
    }
    rows: list[dict[str, object]] = []
    if notice.text:
        filled = fill(notice.text, room)
        text = mask(speakable(work.house.voice(NoticeText(filled), work.house.zone)))
        cause = f"notice:{notice.id}:{room.id}:0"
        rows.append(base | {"cause": cause, "priority": NOTICE, "state": "waiting", "text": text})
    for index, part in enumerate(draft.parts, 1):
        copy = copies.get(part.attachment_id or 0, Copy(part.path, lost=False))
        rows.append(
            base
            | {
                "cause": f"notice:{notice.id}:{room.id}:{index}",
                "priority": NOTICE,
                "state": "failed" if copy.lost else "waiting" if copy.path else "held",
                "file_name": part.name,
                "file_path": copy.path,
                "attachment_id": part.attachment_id,
                "trouble": outbox_q.PICTURE_LOST if copy.lost else None,
            }
        )
    return rows


def fill(text: str, room: RoomView) -> str:
    """Fill a notice's fields for a room: {room}, {unit}; a name in braces that is no field stays as it is."""
    for field, value in {"room": room.topic, "unit": room.node_name or ""}.items():
        text = text.replace(f"{{{field}}}", value)
    return text


async def access_notice(work: Work, notice_id: int | None) -> NoticeView:
    """Return a notice of the actor's own; without a number the last one they published. Raises `NotFound`."""
    if notice_id is None:
        last = await q.last_of(work.tx, work.by.person_id or 0)
        if last is None:
            raise NotFound(NoDraft())
        return last
    notice = await q.notice_by_id(work.tx, notice_id)
    if notice is None or notice.sender_id != work.by.person_id:
        raise NotFound(NoSuchNotice(notice_id))
    return notice


async def stop_notice(work: Work, notice: NoticeView) -> int:
    """Take back what hasn't gone out yet; returns how many messages. Raises `WrongState`."""
    if not await q.move_notice(work.tx, notice.id, [NoticeState.SENDING], NoticeState.STOPPED, done_at=work.now):
        raise WrongState(NoticeMoved(notice.id))
    taken_back = await q.cancel_waiting(work.tx, notice.id)
    await _audit(work, "notice.stop", notice.id, {"taken_back": taken_back})
    return taken_back


async def cancel_draft(work: Work, notice: NoticeView) -> None:
    """Drop a draft."""
    await q.move_notice(work.tx, notice.id, [NoticeState.DRAFT], NoticeState.CANCELLED)


async def resend_notice(work: Work, notice: NoticeView, states: list[str]) -> int:
    """Send once more, by a person's word, what failed (or, by name, what stayed unconfirmed); returns how many."""
    count = await q.requeue(work.tx, notice.id, states, work.now)
    if count:
        await q.move_notice(work.tx, notice.id, list(NoticeState), NoticeState.SENDING)
        await _audit(work, "notice.resend", notice.id, {"messages": count, "states": states})
    return count


async def confirm_arrived(work: Work, notice: NoticeView) -> int:
    """Settle what stayed unconfirmed as arrived, by a person who looked; returns how many messages."""
    count = await q.settle_unconfirmed(work.tx, notice.id, work.now)
    await _audit(work, "notice.arrived", notice.id, {"messages": count})
    return count


async def _audit(work: Work, action: str, notice_id: int, detail: JsonValue) -> None:
    work.wrote = True
    await audit.add_audit(
        work.tx,
        at=work.now,
        person_id=work.by.person_id,
        contact_id=work.by.contact_id,
        action=action,
        target=f"notice:{notice_id}",
        detail=detail,
    )


def _as_json(audience: Audience) -> JsonValue:
    return {
        "nodes": [node.code for node in audience.nodes],
        "excepted": [node.code for node in audience.excepted],
        "kinds": sorted(audience.kinds),
    }


def _from_json(value: JsonValue, nodes: dict[str, OrgNode]) -> Audience:
    return Audience(
        nodes=tuple(nodes[code] for code in value["nodes"] if code in nodes),
        excepted=tuple(nodes[code] for code in value["excepted"] if code in nodes),
        kinds=frozenset(RoomKind(kind) for kind in value["kinds"]),
    )
