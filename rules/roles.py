"""Who may do what: roles, each held at one node of the tree, and the verbs they permit there and below."""

import enum
from dataclasses import dataclass


class Role(enum.StrEnum):
    """The people of a grid-governed district (product specification, section 1)."""

    RESIDENT = "resident"
    UNIT_LEADER = "unit_leader"
    BUILDING_LEADER = "building_leader"
    LANE_LEADER = "lane_leader"
    GRID_OFFICER = "grid_officer"
    GRID_LEADER = "grid_leader"
    COMMUNITY_OFFICER = "community_officer"
    DEPARTMENT_OFFICER = "department_officer"
    POLICE_OFFICER = "police_officer"
    PROPERTY_MANAGER = "property_manager"
    SUBDISTRICT_OFFICER = "subdistrict_officer"
    DISTRICT_SUPERVISOR = "district_supervisor"
    ADMIN = "admin"


ROLE_NAMES = {
    Role.RESIDENT: "居民",
    Role.UNIT_LEADER: "单元长",
    Role.BUILDING_LEADER: "楼栋长",
    Role.LANE_LEADER: "街巷长",
    Role.GRID_OFFICER: "网格员",
    Role.GRID_LEADER: "网格长",
    Role.COMMUNITY_OFFICER: "社区干部",
    Role.DEPARTMENT_OFFICER: "职能部门",
    Role.POLICE_OFFICER: "社区民警",
    Role.PROPERTY_MANAGER: "物业",
    Role.SUBDISTRICT_OFFICER: "镇街干部",
    Role.DISTRICT_SUPERVISOR: "督查",
    Role.ADMIN: "管理员",
}

THREE_LEADERS = frozenset({Role.UNIT_LEADER, Role.BUILDING_LEADER, Role.LANE_LEADER})  # 三长
GRID = frozenset({Role.GRID_OFFICER, Role.GRID_LEADER})
CALLED_IN = frozenset({Role.DEPARTMENT_OFFICER, Role.POLICE_OFFICER, Role.PROPERTY_MANAGER})
ABOVE = frozenset({Role.COMMUNITY_OFFICER, Role.SUBDISTRICT_OFFICER, Role.ADMIN})
STAFF = frozenset(Role) - {Role.RESIDENT}
LEADERS = THREE_LEADERS | GRID | ABOVE


class Verb(enum.StrEnum):
    """What a person may be entitled to."""

    CONFIRM = "confirm"
    DISMISS = "dismiss"
    DISPATCH = "dispatch"
    CLAIM = "claim"
    RETURN = "return"
    TRANSFER = "transfer"
    HOLD = "hold"
    RESUME = "resume"
    RESOLVE = "resolve"
    VERIFY = "verify"
    SEND_BACK = "send_back"
    REOPEN = "reopen"
    REJECT = "reject"
    MERGE = "merge"
    RETYPE = "retype"
    QUERY = "query"
    BIND = "bind"
    PUBLISH = "publish"


_WORKS = LEADERS | CALLED_IN
ENTITLED: dict[Verb, frozenset[Role]] = {
    Verb.CONFIRM: LEADERS,
    Verb.DISMISS: LEADERS,
    Verb.DISPATCH: LEADERS,
    Verb.CLAIM: _WORKS,
    Verb.RETURN: _WORKS,
    Verb.TRANSFER: _WORKS,
    Verb.HOLD: _WORKS,
    Verb.RESUME: _WORKS,
    Verb.RESOLVE: _WORKS,
    Verb.VERIFY: GRID | ABOVE,
    Verb.SEND_BACK: GRID | ABOVE | {Role.DISTRICT_SUPERVISOR},
    Verb.REOPEN: LEADERS | {Role.DISTRICT_SUPERVISOR},
    Verb.REJECT: GRID | ABOVE,
    Verb.MERGE: LEADERS,
    Verb.RETYPE: LEADERS,
    Verb.QUERY: STAFF,
    Verb.BIND: LEADERS,
    Verb.PUBLISH: LEADERS,
}


@dataclass(frozen=True, slots=True)
class Post:
    """A role held at a node; `path` is the node's materialised path, such as `/1/4/9/`."""

    role: Role
    path: str

    def covers(self, path: str) -> bool:
        """Tell whether a node lies at this post's node or below it."""
        return path.startswith(self.path)


@dataclass(frozen=True, slots=True)
class Actor:
    """Whoever does something: a contact of an account, and the person and posts behind it where they are known."""

    contact_id: int | None
    person_id: int | None
    name: str
    posts: tuple[Post, ...] = ()

    def may(self, verb: Verb, path: str | None) -> bool:
        """Tell whether one of the posts permits the verb at the node of this path; None means nowhere."""
        roles = ENTITLED[verb]
        return path is not None and any(post.role in roles and post.covers(path) for post in self.posts)

    def may_somewhere(self, verb: Verb) -> bool:
        """Tell whether one of the posts permits the verb at all."""
        return any(post.role in ENTITLED[verb] for post in self.posts)

    def is_staff_at(self, path: str | None) -> bool:
        """Tell whether the person holds any post that covers the node of this path."""
        return path is not None and any(post.role in STAFF and post.covers(path) for post in self.posts)


SYSTEM = Actor(contact_id=None, person_id=None, name="回音")
