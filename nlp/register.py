"""The learned register: how much each feature and each learned keyword speaks for each output, and when to act.

Written by one command (nlp/learning/shipped.py), read here, and as plain to read as the lexicon: a weight is a
log-odds, an output is a kind, a case type or an urgency.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from nlp.keyword_effects import KeywordEffects, well_formed
from nlp.lexicon import LONGEST_WORD, Effect, Lexicon, shown_form, written_form, written_forms
from nlp.moment import MOMENTS
from nlp.toml_lines import TomlFile

# The lengths (in characters) at which a text counts as longer: a word alone is mostly no report.
LENGTHS = (1, 2, 3, 4, 5, 6, 8, 10, 13, 17, 23, 33, 51)
SURE = 0.2  # the margin between the two likeliest types below which a report isn't filed without asking
CONTEXT = ("staff", "quoted", "open.any", "open.same", "recent.any", "recent.same", *MOMENTS)


@dataclass(frozen=True, slots=True)
class Threshold:
    """From which score a case type is asked about, and from which it is filed without asking."""

    ask: float
    auto: float


@dataclass(frozen=True, slots=True)
class Weights:
    """Everything the decision adds up. `context` holds the effects of what isn't words: bias, length, speaker."""

    effects: Mapping[str, Effect]
    context: Mapping[str, Effect] = field(default_factory=dict)
    keywords: Mapping[str, Effect] = field(default_factory=dict)
    thresholds: Mapping[str, Threshold] = field(default_factory=dict)
    default: Threshold = Threshold(0.5, 0.9)
    slope: float = 1.0
    intercept: float = 0.0

    def threshold(self, code: str) -> Threshold:
        """The thresholds of a case type, or the common ones."""
        return self.thresholds.get(code, self.default)


def length_name(count: int) -> str:
    """The name of the feature for a text of so many characters, e.g. `length.8` from 8 up to 9."""
    return f"length.{max((at for at in LENGTHS if at <= count), default=0)}"


def by_hand(lexicon: Lexicon) -> Weights:
    """The weights as the editors of the lexicon wrote them, for when nothing was learned."""
    context = {
        "bias": {"chatter": 3.0, "report": 0.3, "command": -1.0},
        "quoted": {"progress": 2.0},
        "open.same": {"progress": 0.7},
    }
    return Weights(lexicon.effects, context)


def load_weights(path: Path, lexicon: Lexicon) -> Weights:
    """Read the learned register; what the hand lexicon gained since then keeps the effects its editor gave."""
    file = TomlFile(path)
    file.only(file.table, {"keywords", "calibration", "thresholds", "context", "effects"})
    outputs = frozenset(lexicon.outputs())
    calibration = file.sub(file.table, "calibration")
    file.only(calibration, {"slope", "intercept", "ask", "auto"})
    learned = _effects(file, "effects", outputs)
    for feature in learned:
        if feature not in lexicon.effects:
            raise file.refuse(feature, f"{feature!r} is no feature of the lexicon")
    thresholds = file.sub(file.table, "thresholds")
    return Weights(
        effects={**lexicon.effects, **learned},
        context=_effects(file, "context", outputs),
        keywords=_keywords(file, outputs),
        thresholds={code: _threshold(file, file.sub(thresholds, code)) for code in thresholds},
        default=Threshold(file.number(calibration, "ask"), file.number(calibration, "auto")),
        slope=file.number(calibration, "slope"),
        intercept=file.number(calibration, "intercept"),
    )


def _keywords(file: TomlFile, outputs: frozenset[str]) -> Mapping[str, Effect]:
    """One string with a line for each word: a table of ten thousand words takes TOML's reader ten times as long."""
    lines = [line for line in file.text(file.table, "keywords", "").split("\n") if line]
    shown = [line.partition(" ")[0] for line in lines]
    found = dict(zip(written_forms(" ".join(shown)), lines, strict=True))
    if len(found) < len(lines):
        twice = next(word for place, word in enumerate(shown) if word in shown[:place])
        raise file.refuse(twice, f"{twice!r} stands here twice", which=-1)
    if not well_formed(lines, outputs):
        for word, line in zip(shown, lines, strict=True):
            _effect(file, word, line.split()[1:], outputs)  # which tells what is wrong
    return KeywordEffects(found)


LOCAL = "local.toml"  # a district's own changes, in its own lexicon folder


def with_local(weights: Weights, path: Path, lexicon: Lexicon) -> Weights:
    """The weights with a district's own changes added, each written as in the learned register."""
    file = TomlFile(path)
    file.only(file.table, {"effects", "keywords"})
    outputs = frozenset(lexicon.outputs())
    effects = _effects(file, "effects", outputs)
    for feature in effects:
        if feature not in lexicon.effects:
            raise file.refuse(feature, f"{feature!r} is no feature of the lexicon")
    keywords: dict[str, Effect] = {}
    for word, effect in _effects(file, "keywords", outputs).items():
        form = written_form(word)
        if not 0 < len(form.strip("\n")) <= LONGEST_WORD or form in keywords:
            raise file.refuse(word, f"{word!r} must have 1 to {LONGEST_WORD} characters and stand here once")
        keywords[form] = effect
    return replace(weights, effects=added(weights.effects, effects), keywords=added(weights.keywords, keywords))


def added(effects: Mapping[str, Effect], more: Mapping[str, Effect]) -> dict[str, Effect]:
    """Effects with more on top, output by output."""
    found = dict(effects)
    for name, effect in more.items():
        old = found.get(name, {})
        found[name] = {**old, **{output: old.get(output, 0.0) + by for output, by in effect.items()}}
    return found


def _threshold(file: TomlFile, table: Mapping[str, object]) -> Threshold:
    file.only(table, {"ask", "auto"})
    return Threshold(file.number(table, "ask"), file.number(table, "auto"))


def _effects(file: TomlFile, key: str, outputs: frozenset[str]) -> dict[str, Effect]:
    """A table whose values read `report 1.2 lift 0.8`."""
    table = file.sub(file.table, key)
    effects: dict[str, Effect] = {}
    for name in table:
        effects[name] = _effect(file, name, file.text(table, name).split(), outputs)
    return effects


def _effect(file: TomlFile, name: str, parts: list[str], outputs: frozenset[str]) -> Effect:
    try:
        effect = dict(zip(parts[::2], map(float, parts[1::2]), strict=True))
    except ValueError as error:
        raise file.refuse(name, f"{name!r}: expected `report 1.2 lift 0.8`, found {' '.join(parts)!r}") from error
    if not outputs.issuperset(effect):
        raise file.refuse(name, f"{name!r}: no kind, type or urgency: {sorted(set(effect) - outputs)}")
    return effect


def write_weights(weights: Weights, about: Iterable[str]) -> str:
    """The learned register as TOML, the same bytes for the same weights."""

    def rows(effects: Mapping[str, Effect]) -> list[str]:
        return [f'"{name}" = "{_spoken(effect)}"' for name, effect in sorted(effects.items())]

    shown = {shown_form(word): effect for word, effect in weights.keywords.items()}
    lines = [f"# {line}" for line in about]
    lines += ["", "keywords = '''", *(f"{word} {_spoken(effect)}" for word, effect in sorted(shown.items())), "'''"]
    lines += ["", "[calibration]", f"slope = {weights.slope:.4f}", f"intercept = {weights.intercept:.4f}"]
    lines += [f"ask = {weights.default.ask:.3f}", f"auto = {weights.default.auto:.3f}", "", "[thresholds]"]
    lines += [
        f"{code} = {{ ask = {one.ask:.3f}, auto = {one.auto:.3f} }}" for code, one in sorted(weights.thresholds.items())
    ]
    lines += ["", "[context]", *rows(weights.context), "", "[effects]", *rows(weights.effects), ""]
    return "\n".join(lines)


def _spoken(effect: Effect) -> str:
    return " ".join(f"{output} {weight:.2f}" for output, weight in effect.items())
