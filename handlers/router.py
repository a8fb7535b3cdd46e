"""The ordered table of routes: the first that fits takes an utterance (product specification, section 3)."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from actions.work import Work
from handlers.binding import handle_binding
from handlers.by_hand import handle_by_hand
from handlers.candidates import handle_candidate
from handlers.hearing import Desk, Handled, Hearing, hear
from handlers.notices import handle_notice
from handlers.plain_answers import handle_late_picture, handle_plain_answer
from handlers.progress import handle_missing_place, handle_progress
from handlers.ratings import handle_rating
from handlers.report import handle_report, understood
from handlers.ticket_commands import handle_command, handle_help
from nlp.decision import Decision, Kind
from nlp.place import Place, find_place
from storage.queries import rooms
from storage.queries.messages import Spoken

Route = Callable[[Work, Hearing], Awaitable[Handled | None]]

ROUTES: tuple[Route, ...] = (
    # a command of someone entitled to it
    handle_command,
    handle_help,
    handle_notice,
    handle_by_hand,
    # an answer the bot asked for
    handle_candidate,
    handle_rating,
    handle_missing_place,
    # a leader's plain answer, and words about an open ticket (a quoted reply among them)
    handle_late_picture,
    handle_plain_answer,
    handle_progress,
    # a new report
    handle_report,
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of an utterance: its kind at last, and the decision behind it."""

    kind: Kind
    decision: Decision
    place: Place

    def as_row(self, utterance_id: int) -> dict[str, object]:
        """Return what is kept with the utterance; chatter keeps nothing but its kind and score."""
        report = self.kind is Kind.REPORT
        leans = self.kind in (Kind.REPORT, Kind.PROGRESS, Kind.THANKS)
        return {
            "key": utterance_id,
            "kind": self.kind,
            "case_type": self.decision.case_type if leans else None,
            "score": round(self.decision.score, 4),
            "understood": understood(self.decision, self.place) if report else None,
        }


async def route(work: Work, desk: Desk, spoken: Spoken) -> Outcome:
    """Hand one utterance to the first route that takes it."""
    hearing = await hear(work, desk, spoken)
    handled = await handle_binding(work, hearing)
    unbound = hearing.room is not None and hearing.room.path is None
    if handled is not None and work.wrote and hearing.room is not None:
        desk.rooms = await rooms.rooms_by_ids(work.tx, desk.rooms)  # one of them is bound now
    if handled is None and unbound:
        return Outcome(Kind.CHATTER, hearing.decision, Place())
    if handled is None and not _is_plain(hearing):
        for handle in ROUTES:
            handled = await handle(work, hearing)
            if handled is not None:
                break
    _drop_stale(work, desk, hearing)
    kind = _kind(hearing, handled)
    place = find_place(hearing.text) if kind is Kind.REPORT else Place()
    if hearing.room is not None:
        case_type = hearing.decision.case_type
        talk = desk.talk[hearing.room.id]
        talk.note(spoken.contact_id, spoken.last_at, kind, case_type, staff=hearing.is_staff)
    return Outcome(kind, hearing.decision, place)


def _drop_stale(work: Work, desk: Desk, hearing: Hearing) -> None:
    """Forget what was read for the rest of the batch and isn't so any more."""
    if work.wrote:
        desk.tickets.clear()
    elif work.touched <= work.fresh.keys():
        desk.renew(hearing.spoken.room_id, work.fresh)
    else:
        stale = [room for room, found in desk.tickets.items() if any(one.id in work.touched for one in found)]
        for room_id in {*stale, hearing.spoken.room_id}:
            desk.tickets.pop(room_id or 0, None)


def _is_plain(hearing: Hearing) -> bool:
    """Tell at once what no route wants: chatter in a room without open tickets, where nothing was asked."""
    return (
        hearing.room is not None
        and not hearing.tickets
        and hearing.command is None
        and not hearing.actor.posts
        and hearing.decision.kind is not Kind.REPORT
    )


def _kind(hearing: Hearing, handled: Handled | None) -> Kind:
    if handled is not None and handled.kind is not None:
        return handled.kind
    if hearing.decision.kind is Kind.COMMAND and handled is None:
        return Kind.CHATTER if not hearing.is_staff else Kind.COMMAND
    return hearing.decision.kind
