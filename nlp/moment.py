"""When somebody speaks: how long after the room last spoke of an open trouble, and what came just before.

Who speaks a minute after a report rarely reports something else; who is answered by staff rarely begins anew. The
buckets are few, so that each has enough utterances of the corpus to learn its weight from.
"""

from datetime import timedelta

_BUCKETS = ((timedelta(minutes=2), "2"), (timedelta(minutes=5), "5"), (timedelta(minutes=15), "15"))
LATER = "later"
MINE_FOR = timedelta(minutes=30)  # how long a speaker's own report is still what they speak of
TALKED_OF = timedelta(minutes=15)  # how long a trouble is what the room speaks of

MOMENTS = tuple(
    f"moment.{bucket}{mine}{answered}"
    for bucket in ("2", "5", "15", LATER)
    for mine in ("", ".mine")
    for answered in ("", ".answered")
)


def moment(since: timedelta | None, *, mine: bool, answered: bool) -> str:
    """Name the moment: `since` the room last spoke of an open trouble (None: not lately), whether the speaker did so
    themselves within `MINE_FOR`, and whether staff spoke last."""
    bucket = LATER
    if since is not None:
        bucket = next((name for length, name in _BUCKETS if since < length), LATER)
    return f"moment.{bucket}{'.mine' if mine else ''}{'.answered' if answered else ''}"
