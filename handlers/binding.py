"""Binding a room to a node: the one thing an unbound room is listened to for."""

from actions.access import check_room
from actions.outbox import say
from actions.rooms import bind_room
from actions.work import Work
from handlers.hearing import Handled, Hearing
from handlers.ticket_commands import reply
from nlp.decision import Kind
from rules.errors import RuleViolation
from rules.org import ROOM_KIND_NAMES, RoomKind
from rules.roles import Verb
from rules.sayings import Bound, NotYours


async def handle_binding(work: Work, hearing: Hearing) -> Handled | None:
    """Bind the room in which 「绑定 <code> [工作群]」 is typed, by a leader over that node."""
    command, room = hearing.command, hearing.room
    if command is None or command.verb is not Verb.BIND or room is None:
        return None
    if not hearing.actor.may_somewhere(Verb.BIND):
        if hearing.room is not None and hearing.room.path is not None:
            await reply(work, hearing, NotYours())
        return Handled(Kind.CHATTER)
    words = command.rest.split()
    kinds = [kind for kind, name in ROOM_KIND_NAMES.items() if name in words or kind in words]
    code = next((word for word in words if word not in {*ROOM_KIND_NAMES.values(), *RoomKind}), "")
    try:
        check_room(work, room, Verb.BIND)
        kind = kinds[0] if kinds else RoomKind.RESIDENTS
        node = await bind_room(work, room, code, kind)
    except RuleViolation as refusal:
        await reply(work, hearing, refusal.saying)
        return Handled(Kind.COMMAND)
    await say(work, room, Bound(node.name, ROOM_KIND_NAMES[kind]))
    return Handled(Kind.COMMAND)
