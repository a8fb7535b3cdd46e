"""Notices from the command line: previewed, published, watched, stopped and sent again by whoever runs the machine."""

import secrets
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from actions.notices import Draft, add_file, begin_notice, publish_notice, resend_notice, stop_notice
from actions.work import House, Work
from bot.attachments import keep_file
from bot.build import build_house, open_database
from bot.clock import utc_now
from bot.config import Settings
from rules.errors import ConfigError, Conflict, NotFound
from rules.notice import NoticeState
from rules.roles import SYSTEM, Actor
from rules.sayings import NoSuchNotice
from storage.engine import Database, Tx
from storage.queries import notices as q
from storage.queries import org
from storage.queries.notices import NoticeView, RoomResult

GOING = ("waiting", "held", "sending", "by_hand")


class PlanChangedError(Conflict):
    """Other rooms would be reached than were shown: nothing was sent."""


@dataclass(frozen=True, slots=True)
class Letter:
    """What is to be sent, by whom (a person's code), to whom (the words of 通知)."""

    sender: str
    audience: str
    text: str
    files: tuple[Path, ...] = ()


@dataclass(frozen=True, slots=True)
class Going:
    """How a notice goes, room by room."""

    notice: NoticeView
    rooms: list[RoomResult]

    def count(self, *states: str) -> int:
        """Count the rooms in these states."""
        return sum(1 for room in self.rooms if room.state in states)

    @property
    def is_over(self) -> bool:
        """Tell whether nothing of it waits any more."""
        return not self.count(*GOING)


class _Unwound(Exception):
    """Leaves a transaction without its effects, and takes along what was seen in it."""

    def __init__(self, draft: Draft) -> None:
        super().__init__()
        self.draft = draft


class NoticeDesk:
    """Where notices are handled outside of any chat."""

    def __init__(self, settings: Settings, database: Database, house: House) -> None:
        self._settings = settings
        self._database = database
        self._house = house

    async def preview(self, letter: Letter) -> Draft:
        """Return what would be sent, and to which rooms; nothing is written.

        Raises:
            ConfigError: there is no such person, or a file can't be read.
            RuleViolation: the person may not, or the audience can't be read or is empty.

        """
        try:
            async with self._database.write() as tx:
                raise _Unwound(await self._begin(tx, utc_now(), letter))  # noqa: TRY301 - undoes the transaction
        except _Unwound as unwound:
            return unwound.draft

    async def send(self, letter: Letter, shown: Draft) -> Draft:
        """Publish what was shown. Raises `PlanChangedError` where other rooms would be reached by now."""
        async with self._database.write() as tx:
            now = utc_now()
            draft = await self._begin(tx, now, letter)
            if [room.id for room in draft.rooms] != [room.id for room in shown.rooms]:
                raise PlanChangedError(
                    "other rooms would be reached than were shown; nothing was sent, please look again"
                )
            await publish_notice(self._work(tx, now, await self._actor(tx, letter.sender)), draft)
            return draft

    async def look(self, notice_id: int) -> Going:
        """Return how a notice goes. Raises `NotFound`."""
        async with self._database.read() as tx:
            return Going(await self._notice(tx, notice_id), await q.results(tx, notice_id))

    async def stop(self, notice_id: int) -> int:
        """Take back what hasn't gone out; returns how many messages. Raises `NotFound`, `WrongState`."""
        async with self._database.write() as tx:
            return await stop_notice(self._work(tx, utc_now(), SYSTEM), await self._notice(tx, notice_id))

    async def resend(self, notice_id: int, states: list[str]) -> int:
        """Send once more what ended in these states; returns how many messages. Raises `NotFound`."""
        async with self._database.write() as tx:
            return await resend_notice(self._work(tx, utc_now(), SYSTEM), await self._notice(tx, notice_id), states)

    async def _notice(self, tx: Tx, notice_id: int) -> NoticeView:
        notice = await q.notice_by_id(tx, notice_id)
        if notice is None or notice.state in (NoticeState.DRAFT, NoticeState.CANCELLED):
            raise NotFound(NoSuchNotice(notice_id))
        return notice

    async def _begin(self, tx: Tx, now: datetime, letter: Letter) -> Draft:
        work = self._work(tx, now, await self._actor(tx, letter.sender))
        draft = await begin_notice(work, letter.audience, letter.text, instead=False)
        for name, path in self._keep(letter.files):
            draft = await add_file(work, draft, name, str(path))
        return draft

    def _keep(self, files: Sequence[Path]) -> list[tuple[str, Path]]:
        """Copy files to where the running bot finds them, even if they are moved meanwhile."""
        folder = self._settings.files.folder.absolute()
        try:
            return [(path.name, keep_file(folder, path.read_bytes(), path.suffix)) for path in files]
        except OSError as error:
            raise ConfigError(f"{error.filename}: can't be read or kept ({error.strerror})") from error

    async def _actor(self, tx: Tx, code: str) -> Actor:
        person_id = (await org.person_ids(tx)).get(code)
        if person_id is None:
            raise ConfigError(f"--as: nobody has the code {code!r}; it stands in the table of people")
        posts = await org.posts_of(tx, [person_id])
        names = await org.names_of(tx, [person_id])
        return Actor(None, person_id, names[person_id], posts.get(person_id, ()))

    def _work(self, tx: Tx, now: datetime, by: Actor) -> Work:
        return Work(house=self._house, tx=tx, now=now, by=by, cause=f"command:{secrets.token_hex(8)}", account="")


@asynccontextmanager
async def notice_desk(settings: Settings) -> AsyncIterator[NoticeDesk]:
    """Open the database for notices. Raises `ConfigError`, `StorageError`."""
    database = await open_database(settings)
    try:
        yield NoticeDesk(settings, database, build_house(settings))
    finally:
        await database.close()
