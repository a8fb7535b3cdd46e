"""The lists and figures of incidents, `lexicon/incidents.toml`: windows, subjects, what says that it works again."""

import functools
import re
import tomllib
from dataclasses import dataclass
from datetime import timedelta
from importlib import resources


@dataclass(frozen=True, slots=True)
class IncidentWords:
    """`needed`: the likeness (0-1) that two reports of a type must reach; `weights`: see `nlp.incidents.attach`."""

    windows: dict[str, timedelta]
    needed: dict[str, float]
    subject_words: dict[str, dict[str, tuple[str, ...]]]
    fixed_words: dict[str, tuple[str, ...]]
    grave_words: dict[str, tuple[str, ...]]
    numbered: dict[str, re.Pattern[str]]
    weights: dict[str, float]

    def window(self, case_type: str) -> timedelta:
        """How long after it was last spoken of an incident of the type takes another report."""
        return self.windows.get(case_type, self.windows["default"])

    def likeness_needed(self, case_type: str) -> float:
        """How much alike two reports of the type must be."""
        return self.needed.get(case_type, self.needed["default"])

    def subjects(self, case_type: str, folded: str) -> frozenset[str]:
        """Which subjects of the type a folded text speaks of: water or power, machine or dance."""
        groups = self.subject_words.get(case_type, {})
        return frozenset(name for name, words in groups.items() if any(word in folded for word in words))

    def may_be_one(self, case_type: str, one: str, other: str) -> bool:
        """Whether the subjects of two folded texts allow that they speak of one incident.

        A life in danger (somebody stuck in a lift that was only slow before) is never put to a lesser trouble.
        """
        grave = self.grave_words.get(case_type, ())
        if any(word in one for word in grave) and not any(word in other for word in grave):
            return False
        named = self.numbered.get(case_type)
        if named is not None and (ours := set(named.findall(one))) and (theirs := set(named.findall(other))):
            return bool(ours & theirs)
        mine, yours = self.subjects(case_type, one), self.subjects(case_type, other)
        return not mine or not yours or bool(mine & yours)

    def says_fixed(self, case_type: str, folded: str) -> bool:
        """Whether a folded text says, in the way of the type, that it works again (来水了, 拆了)."""
        return any(word in folded for word in self.fixed_words.get(case_type, ()))


@functools.cache
def incident_words() -> IncidentWords:
    """The shipped lists, read once, at the first use."""
    data = tomllib.loads(resources.files("nlp").joinpath("lexicon/incidents.toml").read_text("utf-8"))
    return IncidentWords(
        windows={case_type: timedelta(hours=hours) for case_type, hours in data["hours"].items()},
        needed=data["needed"],
        subject_words={
            case_type: {name: tuple(words.split()) for name, words in groups.items()}
            for case_type, groups in data["subjects"].items()
        },
        fixed_words={case_type: tuple(words.split()) for case_type, words in data["fixed"].items()},
        grave_words={case_type: tuple(words.split()) for case_type, words in data["grave"].items()},
        numbered={case_type: re.compile(pattern) for case_type, pattern in data["numbered"].items()},
        weights=data["leaning"],
    )
