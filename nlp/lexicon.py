"""The lexicon: what a person wrote about words, read from TOML, checked, and laid out for the matcher.

Every word belongs to features. A feature is a readable name such as `lift.keywords` or `guard.sale` with an effect on
each kind of utterance and each case type; a word adds its weight to its features. docs/lexicon.md tells an editor how.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from nlp.normalize import INVISIBLE, fold
from nlp.toml_lines import TomlFile
from rules.errors import ConfigError

KINDS = ("report", "progress", "thanks", "receipt", "command", "chatter")
URGENCIES = ("critical", "urgent", "normal", "slow")
LONGEST_WORD = 12
STRONG = 3.0  # a keyword of this weight can belong to one case type only, and to no guard

Effect = Mapping[str, float]  # output (a kind, a case type or an urgency) → log-odds per unit of weight

_DIGITS = str.maketrans("123456789", "000000000")


@dataclass(frozen=True, slots=True)
class CaseType:
    """One of the case types (诉求类型): a stable code, the name people read, the urgency when no word tells."""

    code: str
    name: str
    urgency: str


@dataclass(frozen=True, slots=True)
class Pattern:
    """An object × fault pattern: one of each within `gap` characters, in either order."""

    name: str
    feature: str
    objects: frozenset[str]
    faults: frozenset[str]
    weight: float
    gap: int


@dataclass(frozen=True, slots=True)
class Lexicon:
    """All of it, as data. Words are in the form they are matched in: folded, digits as 0, \\n for ^ and $."""

    types: tuple[CaseType, ...]
    effects: dict[str, Effect]
    words: dict[str, dict[str, float]]
    patterns: tuple[Pattern, ...]
    marks: dict[str, dict[str, str]] = field(default_factory=dict)  # "urgency" → word → which

    def outputs(self) -> tuple[str, ...]:
        """Everything that a weight can speak for: kinds, then case types, then urgencies."""
        return (*KINDS, *(case_type.code for case_type in self.types), *URGENCIES)


def written_form(word: str) -> str:
    """A word as it is matched: folded, any digit as 0, and the anchors ^ and $ as the line ends they stand for."""
    return written_forms(word)[0]


def written_forms(words: str) -> list[str]:
    """Each of the words between blanks as it is matched; none where there are none."""
    folded = fold(words).translate(_DIGITS)
    return [_anchored(word) if "^" in word or "$" in word else word for word in folded.split(" ") if words]


def _anchored(word: str) -> str:
    if word.startswith("^"):
        word = "\n" + word[1:]
    return word[:-1] + "\n" if word.endswith("$") and len(word) > 1 else word


def shown_form(word: str) -> str:
    """The same the other way round, for people."""
    return ("^" if word.startswith("\n") else "") + word.strip("\n") + ("$" if word.endswith("\n") else "")


class _Reading:
    """What is gathered while the files are read."""

    def __init__(self) -> None:
        self.types: list[CaseType] = []
        self.effects: dict[str, Effect] = {}
        self.words: dict[str, dict[str, float]] = {}
        self.patterns: list[Pattern] = []
        self.marks: dict[str, dict[str, str]] = {"urgency": {}, "emotion": {}, "colour": {}}
        self.slots: dict[str, frozenset[str]] = {}
        self.spellings: dict[str, tuple[str, ...]] = {}
        self.strong: dict[str, tuple[str, TomlFile]] = {}

    def forms(self, file: TomlFile, words: tuple[str, ...]) -> list[list[str]]:
        """Each word as matched, and as voice input spells it."""
        together = " ".join(words)
        folded = fold(together)
        spellings = [one for one in self.spellings.items() if one[0] in folded]
        found = []
        for word, form in zip(words, written_forms(together), strict=True):
            if not form.strip("\n") or len(form) > LONGEST_WORD or INVISIBLE in form:
                raise file.refuse(word, f"{word!r} must have 1 to {LONGEST_WORD} characters that show")
            spelt = [form]
            for right, wrongs in spellings:
                if right in form:
                    spelt += [form.replace(right, wrong) for wrong in wrongs]
            found.append([one for one in spelt if len(one) <= LONGEST_WORD])
        return found

    def add(self, file: TomlFile, words: tuple[str, ...], feature: str, weight: float) -> None:
        """Let each word add its weight to the feature; refused where it already does."""
        for word, forms in zip(words, self.forms(file, words), strict=True):
            for place, form in enumerate(forms):
                features = self.words.setdefault(form, {})
                if feature not in features:
                    features[feature] = weight
                elif place == 0:
                    raise file.refuse(word, f"{word!r} is given twice for {feature}", which=-1)

    def claim(self, file: TomlFile, words: tuple[str, ...], owner: str) -> None:
        """Remember strong words; one that two owners claim contradicts itself."""
        for word in words:
            other, there = self.strong.setdefault(word, (owner, file))
            if other != owner:
                line = min(there.lines_of(word), default=1)
                raise file.refuse(word, f"{word!r} speaks for {owner}, but {there.path}:{line} has it for {other}")

    def slot(self, file: TomlFile, listed: tuple[str, ...]) -> frozenset[str]:
        """The words of one side of a pattern, with $names filled in."""
        own = tuple(word for word in listed if not word.startswith("$"))
        found = {form for forms in self.forms(file, own) for form in forms}
        for word in listed:
            if word.startswith("$"):
                if word[1:] not in self.slots:
                    raise file.refuse(word, f"unknown list {word!r}, expected one of: {', '.join(sorted(self.slots))}")
                found |= self.slots[word[1:]]
        return frozenset(found)


def load_lexicon(folder: Path) -> Lexicon:
    """Read `common/*.toml` and `types/*.toml`; ConfigError with file and line for whatever can't stand."""
    reading = _Reading()
    common = folder / "common"
    spelling = TomlFile(common / "spelling.toml")
    spelling.only(spelling.table, {"spellings"})
    table = spelling.sub(spelling.table, "spellings")
    reading.spellings = {fold(right): spelling.words(table, right) for right in table}
    _read_faults(reading, TomlFile(common / "faults.toml"))
    for name in ("kinds", "guards", "urgency"):
        _read_groups(reading, TomlFile(common / f"{name}.toml"))
    paths = sorted((folder / "types").glob("*.toml"))
    if not paths:
        raise ConfigError(f"{folder / 'types'}: no case type here, expected one TOML file for each")
    for path in paths:
        _read_type(reading, TomlFile(path))
    lexicon = Lexicon(tuple(reading.types), reading.effects, reading.words, tuple(reading.patterns), reading.marks)
    _check_effects(folder, lexicon)
    return lexicon


def _read_faults(reading: _Reading, file: TomlFile) -> None:
    file.only(file.table, {"effects", "slots"})
    effect = file.numbers(file.sub(file.table, "effects"), "slots")
    slots = file.sub(file.table, "slots")
    for name in slots:
        words = file.words(slots, name)
        reading.slots[name] = reading.slot(file, words)
        reading.effects[f"fault.{name}"] = effect
        reading.add(file, words, f"fault.{name}", 1.0)


def _read_groups(reading: _Reading, file: TomlFile) -> None:
    file.only(file.table, {"groups"})
    for group in file.tables("groups"):
        file.only(group, {"name", "words", "weight", "effect", *reading.marks})
        name = file.text(group, "name")
        if name in reading.effects:
            raise file.refuse(name, f"the group {name!r} is given twice", which=-1)
        words = file.words(group)
        reading.effects[name] = file.numbers(group, "effect")
        reading.add(file, words, name, file.number(group, "weight", 1.0))
        if name.startswith("guard."):
            reading.claim(file, words, "guards")
        for mark in reading.marks:
            if mark in group:
                which = file.text(group, mark)
                reading.marks[mark].update(
                    dict.fromkeys((form for forms in reading.forms(file, words) for form in forms), which)
                )


def _read_type(reading: _Reading, file: TomlFile) -> None:
    """One case type: its topic words, its keywords by weight, its patterns."""
    file.only(file.table, {"code", "name", "urgency", "topic", "keywords", "patterns"})
    case_type = CaseType(
        file.text(file.table, "code"), file.text(file.table, "name"), file.text(file.table, "urgency", "normal")
    )
    code = case_type.code
    if code != file.path.stem:
        raise file.refuse("code", f"the code {code!r} must be the file's name")
    if case_type.urgency not in URGENCIES:
        raise file.refuse("urgency", f"urgency must be one of: {', '.join(URGENCIES)}")
    reading.types.append(case_type)
    reading.effects[f"{code}.topic"] = {code: 0.6}
    reading.effects[f"{code}.keywords"] = {code: 1.0, "report": 0.8}
    reading.effects[f"{code}.patterns"] = {code: 1.0, "report": 0.9}
    topic = file.words(file.table, "topic")
    reading.slots["topic"] = reading.slot(file, topic)
    reading.add(file, topic, f"{code}.topic", 1.0)
    for group in file.tables("keywords"):
        file.only(group, {"weight", "words"})
        weight, words = file.number(group, "weight"), file.words(group)
        reading.add(file, words, f"{code}.keywords", weight)
        if weight >= STRONG:
            reading.claim(file, words, code)
    for number, table in enumerate(file.tables("patterns"), 1):
        file.only(table, {"object", "fault", "weight", "gap"})
        reading.patterns.append(
            Pattern(
                name=f"{code}.patterns.{number}",
                feature=f"{code}.patterns",
                objects=reading.slot(file, file.words(table, "object")),
                faults=reading.slot(file, file.words(table, "fault")),
                weight=file.number(table, "weight"),
                gap=int(file.number(table, "gap", 6)),
            )
        )


def _check_effects(folder: Path, lexicon: Lexicon) -> None:
    outputs = set(lexicon.outputs())
    for feature, effect in lexicon.effects.items():
        for output in effect:
            if output not in outputs:
                raise ConfigError(f"{folder}: the effect of {feature!r} names {output!r}, which is no kind or type")
