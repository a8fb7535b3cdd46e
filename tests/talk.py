"""Talk for tests: the demo's district in a database, an inbox on a clock set by hand, and what came of it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo

from sqlalchemy import select

from actions.work import House, Voice
from bot.case_types import load_case_types
from bot.clock import StoryClock
from bot.inbox import Inbox
from bot.org_tables import import_tables
from bot.scene import ACCOUNT, TABLES, ZONE
from handlers.texts import voice
from nlp.classify import Understanding
from rules.sayings import Saying
from rules.talk import Form, Heard
from storage.engine import Database
from storage.models import Message, OutboxItem, Ticket, TicketEvent, Utterance

ROOM = "room-GY-A1-2"  # 桂语里2栋群; 张单元长 leads the unit
DISPATCH = "dispatch-GY-A1"
LEADER, OFFICER, SECRETARY = "wx-zhang", "wx-liu", "wx-wang"
NOISE = "楼上天天半夜装修，吵得睡不着"
BEGIN = datetime(2026, 5, 11, 2, 0, tzinfo=UTC)  # 10:00 in the district


@dataclass
class Talk:
    """Who says what, and what is in the database afterwards."""

    database: Database
    understanding: Understanding
    clock: StoryClock = field(default_factory=lambda: StoryClock(BEGIN))
    speak: Voice = voice
    serial: int = 0

    def __post_init__(self) -> None:
        self.inbox = self.another_inbox()

    def another_inbox(self, speak: Voice | None = None) -> Inbox:
        """Another process on the same database."""
        house = House(load_case_types(), ZONE, speak or self.speak)
        return Inbox(self.database, house, self.understanding, clock=self.clock)

    def heard(
        self,
        text: str,
        *,
        who: str = "resident-a",
        room: str | None = ROOM,
        after: float = 0,
        quoted: str | None = None,
        name: str | None = None,
        form: Form = Form.TEXT,
    ) -> Heard:
        """A message; `after` are seconds from now."""
        self.serial += 1
        return Heard(
            account=ACCOUNT,
            message_id=f"m-{self.serial}",
            room_id=room,
            speaker_id=who,
            speaker_name=name or who,
            at=self.clock() + timedelta(seconds=after),
            text=text,
            form=form,
            quoted_text=quoted,
        )

    async def say(self, text: str, **how: object) -> None:
        """Hear it, and let the breath pass."""
        await self.inbox.receive([self.heard(text, **how)])  # type: ignore[arg-type]
        await self.settle()

    async def settle(self) -> None:
        """Let a minute pass and handle what is due."""
        self.clock.advance(timedelta(minutes=1))
        await self.inbox.handle([ACCOUNT])

    async def texts(self) -> list[str]:
        """All that was queued to be said, in order."""
        return await self._all(select(OutboxItem.text).order_by(OutboxItem.id))

    async def states(self) -> list[str]:
        """The states of all tickets."""
        return await self._all(select(Ticket.state).order_by(Ticket.id))

    async def utterances(self) -> list[str]:
        """The states of all utterances."""
        return await self._all(select(Utterance.state).order_by(Utterance.id))

    async def messages(self) -> list[str]:
        """The texts of all messages kept."""
        return await self._all(select(Message.text).order_by(Message.id))

    async def verbs(self) -> list[str]:
        """The history of all tickets."""
        return await self._all(select(TicketEvent.verb).order_by(TicketEvent.id))

    async def breaths(self) -> list[tuple[str, ...]]:
        """The external ids of messages, utterance by utterance."""
        query = select(Message.utterance_id, Message.external_id).order_by(Message.utterance_id, Message.at, Message.id)
        async with self.database.read() as tx:
            rows = (await tx.execute(query)).all()
        found: dict[int, list[str]] = {}
        for utterance_id, external_id in rows:
            found.setdefault(utterance_id or 0, []).append(external_id)
        return [tuple(ids) for ids in found.values()]

    async def _all(self, query: object) -> list[str]:
        async with self.database.read() as tx:
            return list((await tx.execute(query)).scalars())  # type: ignore[call-overload]


async def settle_in(database: Database) -> None:
    """Put the demo's district into an empty database."""
    await import_tables(database, *(TABLES / f"{name}.tsv" for name in ("nodes", "people", "rooms")))


def failing(error: Callable[[], BaseException], wanted: Callable[[Saying], bool]) -> Voice:
    """A voice that breaks at some sayings, as a bug or a kill in the middle of a transaction would."""

    def speak(saying: Saying, zone: tzinfo) -> str:
        if wanted(saying):
            raise error()
        return voice(saying, zone)

    return speak


def safe(texts: Sequence[str]) -> bool:
    """Tell whether nothing in these can turn a sentence around or break a client."""
    unsafe = {
        *map(chr, range(9)),
        *map(chr, range(0x202A, 0x202F)),
        *map(chr, range(0x2066, 0x206A)),
        "\u200f",
        "\u200e",
    }
    return not any(unsafe & set(text) or any("\ud800" <= c <= "\udfff" for c in text) for text in texts)
