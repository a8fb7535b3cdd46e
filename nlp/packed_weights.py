"""Lexicon and weights as packed sums: what each word, letter, pattern and context adds, ready for the decision."""

from collections.abc import Callable

from nlp.lexicon import KINDS, URGENCIES, Effect, Lexicon, Pattern
from nlp.moment import MOMENTS
from nlp.packing import SCALE, Fields, LetterSums, Met, base, pack, pack_named, shifts
from nlp.reading import Reader
from nlp.register import Weights, length_name

OTHERS = KINDS[:-1]  # the kinds other than chatter: each is measured against it
_LONGEST = 64  # texts longer than this count as this long


class PackedWeights:
    """Sums over the other kinds against chatter and over case types and urgencies; words are packed when first met."""

    def __init__(self, lexicon: Lexicon, weights: Weights, reader: Reader) -> None:
        self._lexicon = lexicon
        self._weights = weights
        self._words = reader.words
        codes = [case_type.code for case_type in lexicon.types]
        self.topics = (*codes, *URGENCIES)
        self.kind_fields, self.topic_fields = Fields(len(OTHERS)), Fields(len(self.topics))
        self._kind_shifts, self._topic_shifts = shifts(OTHERS), shifts(self.topics)
        self.effect = Met(lambda word: self.word_effect(self._words[word])).__getitem__
        self._speaks: dict[tuple[str, str], Met[float]] = {}
        # Words that the automaton finds, and apart from them the letters of a text.
        self.kind_of = Met(lambda word: 0 if len(self._words[word]) == 1 else self._pack_kinds(word)).__getitem__
        self.topic_of = Met(lambda word: 0 if len(self._words[word]) == 1 else self._pack_topics(word)).__getitem__
        at = {word: place for place, word in enumerate(reader.words) if word in reader.letters}
        usual = "\n" + "".join(map(chr, (*range(0x20, 0x7F), *range(0x3000, 0x3040), *range(0x4E00, 0xA000))))
        self.letter_kind = LetterSums(at, self._pack_kinds, usual).__getitem__
        self.letter_topic = LetterSums(at, self._pack_topics).__getitem__
        patterns = {pattern.name: self.pattern_effect(pattern) for pattern in lexicon.patterns}
        against = {name: against_chatter(effect) for name, effect in patterns.items()}
        self.pattern_kind = {name: pack_named(effect, self._kind_shifts) for name, effect in against.items()}
        self.pattern_topic = {name: pack_named(effect, self._topic_shifts) for name, effect in patterns.items()}
        self._pattern_gain = [
            max(0, *(round(against[pattern.name].get(kind, 0.0) * SCALE) + 1 for kind in OTHERS))
            for pattern in lexicon.patterns
        ]
        self._bases: dict[tuple[bool | None, bool, bool, bool], list[int]] = {}
        self.moments = {name: pack(self.context(name)) for name in MOMENTS}
        self.topic_base = base([weights.context.get("bias", {}).get(topic, 0.0) for topic in self.topics])

    def base(self, staff: bool | None, quoted: bool, opened: bool, recent: bool, length: int) -> int:
        """What there is before any word: the bias, the length, and what is known of the speaker and the room."""
        key = staff, quoted, opened, recent
        if key not in self._bases:
            holds = zip(("staff", "quoted", "open.any", "recent.any"), key, strict=True)
            names = ["bias", *(name for name, true in holds if true)]
            self._bases[key] = [
                base([sum(column) for column in zip(*map(self.context, [*names, length_name(count)]), strict=True)])
                for count in range(_LONGEST + 1)
            ]
        return self._bases[key][min(length, _LONGEST)]

    def gain(self, both: int) -> int:
        """The most that patterns could still add against chatter; one bit of `both` for each that may be there."""
        gain = 0
        while both:
            lowest = both & -both
            gain += self._pattern_gain[lowest.bit_length() - 1]
            both ^= lowest
        return gain

    def context(self, name: str) -> list[float]:
        """What a context adds to each of the other kinds."""
        effect = against_chatter(self._weights.context.get(name, {}))
        return [effect.get(kind, 0.0) for kind in OTHERS]

    def speaks(self, for_output: str, against: str = "") -> Callable[[int], float]:
        """Tells of a word how much it adds to one output, less what it adds to another."""
        key = for_output, against
        if key not in self._speaks:
            self._speaks[key] = Met(
                lambda word: self.effect(word).get(for_output, 0.0) - self.effect(word).get(against, 0.0)
            )
        return self._speaks[key].__getitem__

    def word_effect(self, word: str) -> dict[str, float]:
        """What one word adds to each output: through its features, and by itself where it was learned."""
        effect: dict[str, float] = dict(self._weights.keywords.get(word, {}))
        for feature, weight in self._lexicon.words.get(word, {}).items():
            for output, per_unit in self._weights.effects[feature].items():
                effect[output] = effect.get(output, 0.0) + weight * per_unit
        return effect

    def pattern_effect(self, pattern: Pattern) -> dict[str, float]:
        """What a pattern that was found adds to each output."""
        return {output: by * pattern.weight for output, by in self._weights.effects[pattern.feature].items()}

    def _pack_kinds(self, word: int) -> int:
        return pack_named(against_chatter(self.effect(word)), self._kind_shifts)

    def _pack_topics(self, word: int) -> int:
        return pack_named(self.effect(word), self._topic_shifts)


def against_chatter(effect: Effect) -> Effect:
    """The effect on the other kinds as the distance from chatter: one field less to add up."""
    chatter = effect.get("chatter", 0.0)
    return {kind: effect.get(kind, 0.0) - chatter for kind in OTHERS} if chatter else effect
