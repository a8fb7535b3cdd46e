"""What every action needs: the open transaction, the moment, who acts, and how to say what it causes."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, tzinfo

from actions.lookups import Lookups
from rules.case_types import CaseTypes
from rules.roles import Actor
from rules.sayings import Saying
from storage.engine import Tx
from storage.queries.tickets import TicketView

Voice = Callable[[Saying, tzinfo], str]
"""Turns a saying into the sentence that stands for it in the one reviewed file."""


@dataclass(frozen=True, slots=True)
class House:
    """What stays the same all the time: the district's case types, its time zone and the bot's voice."""

    case_types: CaseTypes
    zone: tzinfo
    voice: Voice


@dataclass(slots=True)
class Work:
    """One piece of work inside one transaction, opened and committed by an edge.

    `cause` names what set it off (an utterance, a command, a tick); every message it causes gets a number behind it, so
    that doing the same work twice queues nothing twice. `touched` are the tickets that were changed, `wrote` tells of
    any other change: both say to the edge what it has read before is stale. `fresh` are those of the touched tickets
    that are new, or stand as they did when they were read. `lookups` may be shared by all work of the transaction.
    """

    house: House
    tx: Tx
    now: datetime
    by: Actor
    cause: str
    account: str
    said: int = 0
    wrote: bool = False
    touched: set[int] = field(default_factory=set)
    fresh: dict[int, TicketView] = field(default_factory=dict)
    lookups: Lookups = field(default_factory=Lookups)

    def touch(self, ticket_id: int) -> None:
        """Say that a ticket isn't what it was when it was read."""
        self.touched.add(ticket_id)
        self.fresh.pop(ticket_id, None)
