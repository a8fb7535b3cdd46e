"""The plainest utterances, which nobody need collect: what the lexicon says outright is an example of itself.

A corpus worth its name is full of hard cases and has few like 电梯坏了; without these the model would forget them.
"""

from dataclasses import dataclass

from nlp.lexicon import KINDS, Lexicon, Pattern, shown_form

STATED = 2.0  # keywords from this weight on
OBJECTS, FAULTS = 24, 10  # of each pattern so many objects, each with so many faults, evenly picked
HOUSES = ("", "3栋2单元", "", "5号楼", "", "2单元", "", "我们楼", "", "12栋")
# What stands before a plain case and makes it none: 去年电梯坏了, 要是停水.
GUARDS = frozenset(f"guard.{name}" for name in ("sale", "advert", "groupbuy", "past", "elsewhere", "if", "favour"))


@dataclass(frozen=True, slots=True)
class Example:
    """A text, its kind and case type (empty where it has none), and what it counts against an utterance heard."""

    text: str
    kind: str
    case_type: str
    count: float


def by_hand_examples(lexicon: Lexicon) -> list[Example]:
    """Strong keywords, objects with faults, the forms of the other kinds, and guarded cases, as utterances."""
    found: dict[str, Example] = {}
    for word, features in sorted(lexicon.words.items()):
        text = shown_form(word).strip("^$")
        for feature, weight in features.items():
            family = feature.partition(".")[0]
            if feature.endswith(".keywords") and weight >= STATED and len(text) > 1:
                found.setdefault(text, Example(text, "report", family, 0.025 * weight))
            elif family in KINDS[1:5]:
                found.setdefault(text, Example(text, family, "", 0.5))
    for pattern in lexicon.patterns:
        for text in _stated(pattern):
            found.setdefault(text, Example(text, "report", pattern.feature.partition(".")[0], 0.06))
    cases = sorted(text for text, one in found.items() if one.kind == "report")
    for place, (word, features) in enumerate(sorted(lexicon.words.items())):
        if not word.startswith("\n") and GUARDS.intersection(features):
            text = shown_form(word).strip("$") + cases[place * 7 % len(cases)]
            found.setdefault(text, Example(text, "chatter", "", 0.2))
    return list(found.values())


def _stated(pattern: Pattern) -> list[str]:
    """Things with faults, every other time with a house before or an 又 between them: 3栋2单元电梯又停了."""
    objects = [word for word in sorted(pattern.objects) if len(word) > 1]
    faults = [word for word in sorted(pattern.faults) if len(word) > 1]
    pairs = [
        (thing, fault)
        for place, thing in enumerate(_picked(objects, OBJECTS))
        for fault in _picked(faults[place % 3 :], FAULTS)
    ]
    return [
        HOUSES[place % len(HOUSES)] + thing + ("又" if place % 3 == 0 and fault[0] != "又" else "") + fault
        for place, (thing, fault) in enumerate(pairs)
    ]


def _picked(words: list[str], most: int) -> list[str]:
    return words[:: max(len(words) // most, 1)]
