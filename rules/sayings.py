"""What there is to say, as facts; how it is said stands in one reviewed file, `handlers/texts.py`.

Every saying has exactly one sentence there. `mentions` of a message are given beside the saying, by whoever says it.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Saying:
    """The root of all sayings."""


# --- to residents, in their room --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Filed(Saying):
    """A report was filed: its number, type, who has it and by when."""

    number: str
    type_name: str
    place: str
    reporter: str
    holder: str | None
    due: datetime
    critical: bool
    case_type: str
    now: datetime


@dataclass(frozen=True, slots=True)
class Joined(Saying):
    """Another report of a trouble that is known."""

    number: str
    type_name: str
    reporter: str
    holder: str | None
    mouths: int


@dataclass(frozen=True, slots=True)
class PlaceAsked(Saying):
    """A filed ticket lacks the place that its type needs."""

    number: str
    reporter: str


@dataclass(frozen=True, slots=True)
class PlaceNoted(Saying):
    """The missing place came."""

    number: str
    place: str


@dataclass(frozen=True, slots=True)
class Claimed(Saying):
    """Somebody took a ticket; said where the residents reported it."""

    number: str
    type_name: str
    holder: str
    due: datetime
    now: datetime


@dataclass(frozen=True, slots=True)
class Answered(Saying):
    """The answer to whoever reported: what, when, what was done, how long it took, and the question."""

    number: str
    reporter: str
    words: str
    reported_at: datetime
    outcome: str
    took: timedelta
    now: datetime


@dataclass(frozen=True, slots=True)
class RatedWell(Saying):
    """The resident is satisfied."""

    number: str


@dataclass(frozen=True, slots=True)
class Reopened(Saying):
    """A ticket is taken up again."""

    number: str
    holder: str | None
    by_resident: bool


@dataclass(frozen=True, slots=True)
class OnHold(Saying):
    """A ticket has to wait, until when and why."""

    number: str
    until: datetime
    reason: str
    now: datetime


@dataclass(frozen=True, slots=True)
class Rejected(Saying):
    """A ticket isn't taken up, and why."""

    number: str
    reporter: str
    reason: str


@dataclass(frozen=True, slots=True)
class Progress(Saying):
    """Somebody asked how a ticket stands; `hold_until` where it has to wait."""

    number: str
    type_name: str
    state_name: str
    holder: str | None
    due: datetime | None
    now: datetime
    hold_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class SayItInTheRoom(Saying):
    """A resident wrote to us directly."""


@dataclass(frozen=True, slots=True)
class NotYours(Saying):
    """A command of somebody who isn't entitled to it."""


# --- to staff ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class CandidateAsked(Saying):
    """Is this a report? A one-word answer settles it."""

    number: str
    type_name: str
    room: str
    words: str


@dataclass(frozen=True, slots=True)
class Dispatched(Saying):
    """The card of a ticket in a dispatch room."""

    number: str
    type_name: str
    urgency_name: str
    node: str
    place: str
    words: str
    due: datetime
    now: datetime
    again: bool = False


@dataclass(frozen=True, slots=True)
class YoursNow(Saying):
    """To the first: you have it, by when, and how to finish."""

    number: str
    holder: str
    due: datetime
    now: datetime


@dataclass(frozen=True, slots=True)
class ClaimOffered(Saying):
    """A leader answered in plain words: is that a claim?"""

    number: str
    type_name: str


@dataclass(frozen=True, slots=True)
class VerifyAsked(Saying):
    """A type that wants another pair of eyes is resolved."""

    number: str
    type_name: str
    holder: str
    outcome: str


@dataclass(frozen=True, slots=True)
class Done(Saying):
    """A step was carried out; what, in the field's own word, and what it leads to."""

    number: str
    verb_name: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class PassedToYou(Saying):
    """To whom a ticket was passed on."""

    number: str
    type_name: str
    node: str
    words: str
    by: str
    due: datetime
    now: datetime


@dataclass(frozen=True, slots=True)
class SentBack(Saying):
    """To the handler: whoever looked at the work gives it back, and why."""

    number: str
    reason: str


@dataclass(frozen=True, slots=True)
class Resumed(Saying):
    """The day has come until which a ticket waited."""

    number: str
    type_name: str
    holder: str | None


@dataclass(frozen=True, slots=True)
class WentBack(Saying):
    """To the level above and the handler: a resident isn't satisfied."""

    number: str
    type_name: str
    node: str
    words: str
    holder: str | None
    times: int


@dataclass(frozen=True, slots=True)
class TicketCard(Saying):
    """All that is known of a ticket, for staff."""

    number: str
    type_name: str
    state_name: str
    urgency_name: str
    node: str
    place: str
    words: str
    evidence: tuple[str, ...]
    mouths: int
    holder: str | None
    due: datetime | None
    outcome: str | None
    lines: tuple[tuple[datetime, str], ...]
    now: datetime


@dataclass(frozen=True, slots=True)
class TicketLine(Saying):
    """One ticket in a list."""

    number: str
    type_name: str
    state_name: str
    node: str
    holder: str | None
    due: datetime | None
    overdue: bool
    now: datetime


@dataclass(frozen=True, slots=True)
class TicketList(Saying):
    """What is open in somebody's part of the tree."""

    lines: tuple[TicketLine, ...]
    more: int


@dataclass(frozen=True, slots=True)
class Bound(Saying):
    """A room was bound; the announcement that the law asks for."""

    node: str
    kind_name: str


@dataclass(frozen=True, slots=True)
class HowTo(Saying):
    """What can be typed here."""


@dataclass(frozen=True, slots=True)
class WasDisconnected(Saying):
    """To the leaders: what was said in between is lost."""

    since: datetime
    until: datetime
    now: datetime


# --- notices ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class NoticeText(Saying):
    """A notice as it reaches a room: the leader's own words with the fields filled in."""

    text: str


@dataclass(frozen=True, slots=True)
class NoticeBegun(Saying):
    """The audience is known; the text is missing."""

    rooms: int
    some: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NoticePreview(Saying):
    """What would be sent, and to how many rooms."""

    text: str
    parts: int
    rooms: int
    some: tuple[str, ...]
    masked: int
    minutes: int


@dataclass(frozen=True, slots=True)
class NoticeSending(Saying):
    """It goes out now."""

    notice_id: int
    rooms: int
    minutes: int


@dataclass(frozen=True, slots=True)
class NoticeResult(Saying):
    """How a notice went, with the rooms that didn't get it."""

    notice_id: int
    rooms: int
    sent: int
    waiting: int
    cancelled: int
    troubles: tuple[tuple[str, str, str], ...]  # room, state, reason


@dataclass(frozen=True, slots=True)
class NoticeStopped(Saying):
    """The stop button worked."""

    notice_id: int
    sent: int
    taken_back: int


@dataclass(frozen=True, slots=True)
class NoticeCancelled(Saying):
    """A draft was dropped."""


@dataclass(frozen=True, slots=True)
class NoticeResent(Saying):
    """What was refused or unconfirmed goes out once more."""

    notice_id: int
    rooms: int


# --- by hand ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ByHand(Saying):
    """By-hand mode: the next text to paste, and how to tick it off; `item` is None where nothing waits."""

    item: int | None
    place: str
    text: str
    file: str | None
    left: int


@dataclass(frozen=True, slots=True)
class TickedOff(Saying):
    """A pasted text was ticked off."""

    item: int
    left: int


# --- refusals: carried by RuleViolation, safe to say back -------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Cant(Saying):
    """The root of refusals."""


@dataclass(frozen=True, slots=True)
class CantStep(Cant):
    """The ticket's state doesn't allow this."""

    number: str
    state_name: str


@dataclass(frozen=True, slots=True)
class TakenBy(Cant):
    """To everyone but the first: who has it."""

    number: str
    holder: str


@dataclass(frozen=True, slots=True)
class CantReopen(Cant):
    """A closed ticket is too old to reopen."""

    number: str
    days: int


@dataclass(frozen=True, slots=True)
class NoSuchTicket(Cant):
    """No ticket of this number within reach."""

    number: str


@dataclass(frozen=True, slots=True)
class NoTicketMeant(Cant):
    """No ticket here that this could be said of."""

    verb_name: str


@dataclass(frozen=True, slots=True)
class WhichTicket(Cant):
    """Several tickets could be meant."""

    verb_name: str
    choices: tuple[tuple[str, str], ...]  # number, what


@dataclass(frozen=True, slots=True)
class NeedsReason(Cant):
    """This step needs a reason."""

    verb_name: str


@dataclass(frozen=True, slots=True)
class NeedsDate(Cant):
    """Holding needs the day until when."""


@dataclass(frozen=True, slots=True)
class NeedsTwo(Cant):
    """Merging needs two tickets."""


@dataclass(frozen=True, slots=True)
class NoSuchType(Cant):
    """No case type is called so, or several are."""

    words: str
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NoSuchNode(Cant):
    """No node within reach is called so."""

    words: str


@dataclass(frozen=True, slots=True)
class WhichNode(Cant):
    """Several nodes are called so."""

    words: str
    choices: tuple[tuple[str, str], ...]  # name, code


@dataclass(frozen=True, slots=True)
class NobodyThere(Cant):
    """Nobody holds the role that a ticket was to be passed on to."""

    words: str


@dataclass(frozen=True, slots=True)
class NotPermitted(Cant):
    """The person has no post that permits this here."""


@dataclass(frozen=True, slots=True)
class OwnWork(Cant):
    """Nobody verifies their own work where the type asks for another pair of eyes."""

    number: str


@dataclass(frozen=True, slots=True)
class NoAudience(Cant):
    """A notice without a place to go."""


@dataclass(frozen=True, slots=True)
class NoRooms(Cant):
    """No bound room belongs to this audience."""


@dataclass(frozen=True, slots=True)
class NoDraft(Cant):
    """There is no notice to confirm."""


@dataclass(frozen=True, slots=True)
class NoticeIsEmpty(Cant):
    """The notice has neither text nor picture."""


@dataclass(frozen=True, slots=True)
class NoticeMoved(Cant):
    """The notice isn't in a state for this."""

    notice_id: int


@dataclass(frozen=True, slots=True)
class NoSuchNotice(Cant):
    """No notice of this number by this sender."""

    notice_id: int


@dataclass(frozen=True, slots=True)
class NoSuchItem(Cant):
    """No message of this number waits to be ticked off."""

    item: int
