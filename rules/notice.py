"""Whom a notice reaches: nodes of the tree and kinds of room, minus exceptions; and how a delivery ends."""

import enum
import re
from collections.abc import Sequence
from dataclasses import dataclass

from rules.errors import InvalidInput, NotFound
from rules.org import ROOM_KIND_NAMES, OrgNode, RoomKind, inside
from rules.sayings import NoAudience, NoSuchNode, WhichNode


class NoticeState(enum.StrEnum):
    """Where a notice stands."""

    DRAFT = "draft"
    SENDING = "sending"
    STOPPED = "stopped"
    DONE = "done"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Audience:
    """Which rooms: at or below these nodes, of these kinds, but not at or below the excepted nodes."""

    nodes: tuple[OrgNode, ...]
    excepted: tuple[OrgNode, ...] = ()
    kinds: frozenset[RoomKind] = frozenset({RoomKind.RESIDENTS})

    def includes(self, path: str, kind: RoomKind) -> bool:
        """Tell whether a room bound to the node of this path, of this kind, belongs to it."""
        return (
            kind in self.kinds
            and any(inside(path, node.path) for node in self.nodes)
            and not any(inside(path, node.path) for node in self.excepted)
        )


_SPLIT = re.compile(r"[\s、，,;；和及]+")
_EXCEPT = re.compile(r"除了?|不含|不包括|except", re.IGNORECASE)
_ALL = frozenset({"全部", "所有", "全体", "所有群", "全部群", "all"})


def read_audience(words: str, nodes: Sequence[OrgNode], mine: Sequence[OrgNode]) -> Audience:
    """Read what a leader writes behind 通知: names or codes of nodes, kinds of room, 除 and what is left out.

    `nodes` are those within the leader's part of the tree, `mine` the ones the posts stand at (what 全部 means).

    Raises:
        InvalidInput: nothing was named.
        NotFound: a name fits no node within reach, or several.

    """
    wanted, excepted = _halves(words)
    kinds = frozenset(kind for kind, name in ROOM_KIND_NAMES.items() if name in wanted or kind in wanted)
    names = [w for w in wanted if w not in {*ROOM_KIND_NAMES.values(), *RoomKind} and w not in _ALL]
    if not names and not any(w in _ALL for w in wanted) and not kinds:
        raise InvalidInput(NoAudience())
    chosen = tuple(_find(name, nodes) for name in names) or tuple(mine)
    return Audience(
        nodes=chosen,
        excepted=tuple(_find(name, nodes) for name in excepted),
        kinds=kinds or frozenset({RoomKind.RESIDENTS}),
    )


def _halves(words: str) -> tuple[list[str], list[str]]:
    parts = _EXCEPT.split(words, maxsplit=1)
    wanted = [w for w in _SPLIT.split(parts[0]) if w]
    excepted = [w for w in _SPLIT.split(parts[1]) if w] if len(parts) > 1 else []
    return wanted, excepted


def _ends(whole: str, end: str) -> bool:
    """Tell whether a name ends so; 3栋 isn't the end of 13栋."""
    rest = whole.removesuffix(end)
    return rest != whole and not (end[:1].isdigit() and rest[-1:].isdigit())


def _find(name: str, nodes: Sequence[OrgNode]) -> OrgNode:
    exact = [n for n in nodes if name in (n.code, n.name)]
    found = exact or [n for n in nodes if _ends(n.name, name) or _ends(n.code, name)]
    if len(found) == 1:
        return found[0]
    if not found:
        raise NotFound(NoSuchNode(name[:20]))
    raise NotFound(WhichNode(name[:20], tuple((node.name, node.code) for node in found[:5])))
