"""What `huiyin learn` takes out of a database: examples, names, periods to compare, and lines to be labelled."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from nlp.learning.corrections import Marked
from nlp.learning.drift import Heard, Judged, Period
from nlp.learning.new_words import Names
from rules.privacy import mask
from storage.engine import Database
from storage.queries import learning as q

REPORTS = 20_000  # texts of a period that are read for its terms
NEARLY = 0.15  # how far below the lowest `ask` threshold chatter nearly was a report
_MENTION = re.compile(r"@[^\s@]{1,24}")


@dataclass(frozen=True, slots=True)
class Gathered:
    """All of it; `offered` is chatter that nearly was a report, masked."""

    marked: list[Marked]
    names: Names
    lately: Period
    before: Period
    offered: list[str]


async def gather(database: Database, *, now: datetime, days: int, ask: float, offer: int) -> Gathered:
    """Read a database; `offer` lines of chatter at most. The days before are as many as the last ones."""
    since = now - timedelta(days=days)
    async with database.read() as tx:
        kept = await q.examples(tx)
        names = Names(await q.names(tx), await q.nicknames(tx))
        texts = await q.nearly_reports(tx, ask - NEARLY, ask, offer) if offer else []
    marked = [Marked(one.text, one.now, one.room_id) for one in kept]
    lately = await _period(database, kept, since, now)
    before = await _period(database, kept, since - timedelta(days=days), since)
    return Gathered(marked, names, lately, before, [_MENTION.sub("@某人", mask(text)) for text in texts])


async def _period(database: Database, kept: list[q.KeptExample], since: datetime, until: datetime) -> Period:
    async with database.read() as tx:
        count = await q.handled_count(tx, since, until)
        scored = await q.scored(tx, since, until)
        texts = await q.reported_texts(tx, since, until, REPORTS)
    return Period(
        count,
        [Heard(one.kind, one.case_type, one.score) for one in scored],
        [Judged(one.was, one.now) for one in kept if since <= one.at < until],
        texts,
    )
