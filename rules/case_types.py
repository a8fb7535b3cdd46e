"""What a case type asks for: its name, the way it goes and what has to be known of it."""

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field

from rules.errors import InvalidInput
from rules.roles import Role
from rules.sayings import NoSuchType


class Route(enum.StrEnum):
    """Who gets a new ticket first."""

    LEADER = "leader"  # the leader of the room's unit
    DISPATCH = "dispatch"  # the dispatch room, where the first 接单 wins
    DEPARTMENT = "department"  # whoever holds the type's department role over the node


@dataclass(frozen=True, slots=True)
class CaseType:
    """One of the district's case types; read from the file that a district may edit."""

    code: str
    name: str
    route: Route = Route.LEADER
    department: Role | None = None
    verify: bool = False  # another pair of eyes before the answer goes out
    needs_place: bool = False
    aliases: tuple[str, ...] = ()
    official: tuple[str, ...] = ()  # the official schemes' subjects that map onto it


@dataclass(frozen=True, slots=True)
class CaseTypes:
    """All case types of a district, by code; and by what a leader may call them."""

    by_code: Mapping[str, CaseType] = field(default_factory=dict)

    def named(self, words: str) -> CaseType:
        """Find the type that a person means by a code, a name, an alias or the beginning of one.

        Raises:
            InvalidInput: none fits, or several do; the message lists what there is.

        """
        words = words.strip().lower()
        exact = [t for t in self.by_code.values() if words in {t.code, t.name, *t.aliases}]
        if len(exact) == 1:
            return exact[0]
        partial = [t for t in self.by_code.values() if words and any(words in name for name in (t.name, *t.aliases))]
        if len(partial) == 1:
            return partial[0]
        names = tuple(t.name for t in (partial or self.by_code.values()))
        raise InvalidInput(NoSuchType(words[:20], names))

    def name(self, code: str) -> str:
        """Return a type's Chinese name; the code itself where the district has dropped the type since."""
        found = self.by_code.get(code)
        return found.name if found else code
