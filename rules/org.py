"""The tree of places: levels, kinds of room, and what can be said of a node by its path."""

import enum
from dataclasses import dataclass


class RoomKind(enum.StrEnum):
    """What a room is for."""

    RESIDENTS = "residents"
    DISPATCH = "dispatch"
    CARE = "care"
    STAFF = "staff"


ROOM_KIND_NAMES = {
    RoomKind.RESIDENTS: "居民群",
    RoomKind.DISPATCH: "工作群",
    RoomKind.CARE: "老友群",
    RoomKind.STAFF: "干部群",
}

LEVELS = ("district", "subdistrict", "community", "grid", "unit")
LEVEL_NAMES = {"district": "区", "subdistrict": "镇街", "community": "村居", "grid": "网格", "unit": "单元"}


@dataclass(frozen=True, slots=True)
class OrgNode:
    """A node of the tree; `path` is the chain of ids from the root, such as `/1/4/9/`."""

    id: int
    code: str
    name: str
    level: str
    path: str
    parent_id: int | None
    dedicated: bool = False


def ancestors(path: str) -> list[int]:
    """Return the ids on a path from the node itself up to the root."""
    return [int(part) for part in reversed(path.strip("/").split("/")) if part]


def inside(path: str, root: str) -> bool:
    """Tell whether a node lies at or below another."""
    return path.startswith(root)


def parent_path(path: str) -> str:
    """Return the path of the parent; the root's is `/`."""
    return path.rstrip("/").rsplit("/", 1)[0] + "/"


def neighbours(path: str, other: str) -> bool:
    """Tell whether two nodes are the same or share a parent: where one trouble may be seen from both."""
    return path == other or (parent_path(path) == parent_path(other) != "/")
