"""The decision: kind, case type, score, evidence, urgency, from sums of readable weights.

1. Fold the text, find all words of the lexicon in one pass.
2. Add the words' weights for the six kinds, packed in one integer; nearly all chatter ends here.
3. Look for object × fault patterns, add the words' weights for case types and urgencies, packed in another.
4. Turn sums into probabilities, compare the score with the type's thresholds, collect the evidence.
"""

from array import array
from functools import reduce
from itertools import product
from math import exp, log
from operator import itemgetter, or_
from pathlib import Path
from typing import Final

from nlp.decision import Action, Decision, Evidence, Kind, Urgency
from nlp.evidence import gather
from nlp.lexicon import KINDS, URGENCIES, Effect, Lexicon, Pattern, load_lexicon
from nlp.marks import colour, emotion
from nlp.matcher import Match
from nlp.moment import MOMENTS
from nlp.normalize import INVISIBLE
from nlp.packing import SCALE, Fields, base, pack, pack_named, shifts
from nlp.packing import shares as as_shares
from nlp.reading import MANY, Hit, Reader, framed, letters, quoted_words
from nlp.register import LOCAL, SURE, Weights, by_hand, length_name, load_weights, with_local

_NONE: Final[frozenset[str]] = frozenset()
_LONGEST = 64  # texts longer than this count as this long
_STEPS = 16 * SCALE  # how far a margin for chatter is told apart
_KINDS = tuple(Kind)
_pattern_index = itemgetter(2)


class Understanding:
    """Lexicon and weights laid out for speed; built once, never changed, safe to share between threads."""

    def __init__(self, lexicon: Lexicon, weights: Weights) -> None:
        self.lexicon = lexicon
        self.weights = weights
        self.reader = Reader(lexicon, weights.keywords)
        self.codes = tuple(case_type.code for case_type in lexicon.types)
        self._urgency = {one.code: Urgency(one.urgency) for one in lexicon.types}
        self._topics = (*self.codes, *URGENCIES)
        kind_shifts, topic_shifts = shifts(KINDS), shifts(self._topics)
        self._nothing = array("f", bytes(4 * len(self.reader.words)))
        self._adds = {output: array("f", self._nothing) for output in lexicon.outputs()}
        kind_of, topic_of = [], []
        packed: dict[tuple[tuple[str, float], ...], tuple[int, int, dict[str, float]]] = {}
        for place, word in enumerate(self.reader.words):
            # Words of one list add the same: each sum is made, and kept, once.
            key = tuple(lexicon.words.get(word, {}).items()) if word not in weights.keywords else (("", place),)
            if key not in packed:
                effect = self.word_effect(word)
                packed[key] = pack_named(effect, kind_shifts), pack_named(effect, topic_shifts), effect
            kinds, topics, effect = packed[key]
            kind_of.append(kinds)
            topic_of.append(topics)
            for output, by in effect.items():
                self._adds[output][place] = by
        self._kind_of, self._topic_of = kind_of.__getitem__, topic_of.__getitem__
        patterns = {pattern.name: self._pattern_effect(pattern) for pattern in lexicon.patterns}
        self._pattern_kind = {name: pack_named(effect, kind_shifts) for name, effect in patterns.items()}
        against = [(patterns[pattern.name], patterns[pattern.name].get("chatter", 0.0)) for pattern in lexicon.patterns]
        self._pattern_gain = [
            max(0, *(round((effect.get(kind, 0.0) - chatter) * SCALE) + 1 for kind in KINDS[:-1]))
            for effect, chatter in against
        ]
        self._pattern_topic = {name: pack_named(effect, topic_shifts) for name, effect in patterns.items()}
        self._roles_of = self.reader.roles.__getitem__
        self._kinds = Fields(len(KINDS))
        self._topic_fields = Fields(len(self._topics))
        self._bases = {
            key: [base(self._context(key, length)) for length in range(_LONGEST + 1)]
            for key in product((False, True, None), (False, True), (False, True), (False, True))
        }
        self._moments = {name: pack(self._vector(name, KINDS)) for name in MOMENTS}
        self._boost = self._most("open.same") + self._most("recent.same")
        self._topic_base = base(self._vector("bias", self._topics))
        self._letters = letters()
        self._search = self.reader.search
        self._lowest = min([one.ask for one in weights.thresholds.values()] + [weights.default.ask])
        self._near = -self._behind()  # how far behind chatter a report can be and still pass
        self._chatter = [Decision(Kind.CHATTER, self._score(-step / SCALE)) for step in range(0, _STEPS, 16)]

    @staticmethod
    def shipped_folder() -> Path:
        """The lexicon that comes with the program, which nobody edits in place."""
        return Path(__file__).parent / "lexicon"

    @classmethod
    def load(cls, folder: Path | None = None) -> "Understanding":
        """From a folder with the lexicon (default: the one that ships), by hand alone where nothing was learned.

        Raises ConfigError with file and line for what is wrong in it.
        """
        folder = folder or cls.shipped_folder()
        lexicon = load_lexicon(folder)
        learned = folder / "learned.toml"
        weights = load_weights(learned, lexicon) if learned.exists() else by_hand(lexicon)
        local = folder / LOCAL
        return cls(lexicon, with_local(weights, local, lexicon) if local.exists() else weights)

    def classify(
        self,
        text: str,
        *,
        staff: bool | None = False,
        open_types: frozenset[str] = _NONE,
        quoted: bool = False,
        recent: str | None = None,
        moment: str | None = None,
    ) -> Decision:
        """Decide about one utterance, its messages joined by line ends.

        `staff`: whether the speaker may command the bot; None where nobody knows. `open_types`: case types of the
        room's open tickets. `quoted`: whether it answers a quoted message; a quotation pasted into the text is seen.
        `recent`: case type of the trouble the room spoke of lately, if any. `moment`: when it is said, as named by
        `nlp.moment.moment`; None where nothing is known around it.
        """
        read = "\n" + text.translate(self._letters) + "\n"
        if "@" in read or INVISIBLE in read or "」\n- - -" in read:
            read, pasted = framed(text)
            quoted = quoted or pasted
            found = self.reader.find(read)
        else:
            found = self._search(read)
        words = set(map(_pattern_index, found))
        length = len(text)
        total = sum(
            map(self._kind_of, words),
            self._bases[staff, quoted, bool(open_types), recent is not None][min(length, _LONGEST)],
        )
        if moment is not None:
            total += self._moments[moment]
        boost = self._boost if open_types or recent else 0
        hits: list[Hit] = []
        roles = reduce(or_, map(self._roles_of, words), 0)
        both = roles & roles >> MANY
        settled = self._settled(total, boost, self._gain(both) if both else 0)
        if settled is not None:
            return settled
        if both:
            hits = self.reader.hits(read, found)
            total += sum(self._pattern_kind[hit.pattern.name] for hit in hits)
            settled = self._settled(total, boost, 0)
            if settled is not None:
                return settled
        return self._decide(text, found, words, hits, total, staff, open_types, recent)

    def _gain(self, both: int) -> int:
        """The most that patterns could still add against chatter; one bit of `both` for each that may be there."""
        gain = 0
        while both:
            lowest = both & -both
            gain += self._pattern_gain[lowest.bit_length() - 1]
            both ^= lowest
        return gain

    def _settled(self, total: int, boost: int, gain: int) -> Decision | None:
        """Chatter, where a report lies far enough behind it and no other kind comes near, whatever else is found."""
        fields = self._kinds.raw(total)
        margin = fields[5] - fields[0]
        if margin - gain <= self._near or fields[5] - boost - gain < max(fields[1:5]):
            return None
        place = margin >> 4
        return self._chatter[place if place < len(self._chatter) else -1]

    def _decide(
        self,
        text: str,
        found: list[Match],
        words: set[int],
        hits: list[Hit],
        total: int,
        staff: bool | None,
        open_types: frozenset[str],
        recent: str | None,
    ) -> Decision:
        kinds = self._kinds.weights(total)
        about = sum(map(self._topic_of, words), self._topic_base)
        about += sum(self._pattern_topic[hit.pattern.name] for hit in hits)
        topics = self._topic_fields.weights(about)
        if open_types or recent or kinds[0] < max(kinds[1:4]):
            self._lean(text, topics)
        shares = as_shares(topics[: len(self.codes)])
        best, second = sorted(range(len(shares)), key=shares.__getitem__, reverse=True)[:2]
        code = self.codes[best]
        for name, same in (("open.same", code in open_types), ("recent.same", code == recent)):
            if same:
                kinds = [one + more for one, more in zip(kinds, self._vector(name, KINDS), strict=True)]
        kind, score = self._kind(kinds, staff, code)
        marks = [self.reader.words[word] for word in words]
        if kind in (Kind.CHATTER, Kind.RECEIPT, Kind.COMMAND):
            return Decision(kind, score, evidence=self._evidence(text, found, hits, kind, None))
        is_report = kind is Kind.REPORT
        return Decision(
            kind,
            score,
            code,
            self.codes[second],
            round(shares[best] - shares[second], 4),
            self._evidence(text, found, hits, kind, best),
            self._how_soon(topics[len(self.codes) :], code) if is_report else None,
            emotion(self.lexicon, marks),
            colour(self.lexicon, marks),
            self._action(score, shares[best] - shares[second], code) if is_report else None,
        )

    def explain(self, text: str) -> list[tuple[str, list[str], dict[str, float]]]:
        """Every word found in a text with its features and what it adds to each output; patterns after the words."""
        read, _ = framed(text)
        found = self.reader.find(read)
        told = [
            (word, sorted(self.lexicon.words.get(word, {})), self.word_effect(word))
            for word in dict.fromkeys(self.reader.words[match[2]] for match in found)
        ]
        for hit in self.reader.hits(read, found):
            adds = self._pattern_effect(hit.pattern)
            words = f"{read[slice(*hit.object)]} × {read[slice(*hit.fault)]}"
            told.append((words, [hit.pattern.name], adds))
        return [row for row in told if row[2]]

    def word_effect(self, word: str) -> dict[str, float]:
        """What one word adds to each output: through its features, and by itself where it was learned."""
        effect: dict[str, float] = dict(self.weights.keywords.get(word, {}))
        for feature, weight in self.lexicon.words.get(word, {}).items():
            for output, per_unit in self.weights.effects[feature].items():
                effect[output] = effect.get(output, 0.0) + weight * per_unit
        return effect

    def _pattern_effect(self, pattern: Pattern) -> dict[str, float]:
        """What a pattern that was found adds to each output."""
        return {output: by * pattern.weight for output, by in self.weights.effects[pattern.feature].items()}

    def _lean(self, text: str, topics: list[float]) -> None:
        """Let the words of a pasted quotation tell what an answer to it is about."""
        if quotation := quoted_words(text):
            found = {match[2] for match in self.reader.find(framed(quotation)[0])}
            more = self._topic_fields.weights(sum(map(self._topic_of, found), self._topic_base))
            for place, weight in enumerate(more[: len(self.codes)]):
                topics[place] += weight

    def _kind(self, kinds: list[float], staff: bool | None, code: str) -> tuple[Kind, float]:
        """The kind and the score; a resident commands nothing, so their command is chatter."""
        others = kinds[1:] if staff is not False else [*kinds[1:4], kinds[5]]
        top = max(others)
        score = self._score(kinds[0] - top - log(sum(exp(one - top) for one in others)))
        if score >= self.weights.threshold(code).ask:
            return Kind.REPORT, score
        kind = _KINDS[1 + max(range(5), key=kinds[1:].__getitem__)]
        return (Kind.CHATTER if kind is Kind.COMMAND and staff is False else kind), score

    def _action(self, score: float, margin: float, code: str) -> Action:
        sure = score >= self.weights.threshold(code).auto and margin >= SURE
        return Action.AUTO if sure else Action.ASK

    def _score(self, margin: float) -> float:
        """The probability of a report for its log-odds against everything else, as calibrated."""
        odds = self.weights.slope * margin + self.weights.intercept
        return round(1.0 / (1.0 + exp(-odds)) if odds > -500 else 0.0, 4)

    def _behind(self) -> int:
        """The margin over chatter that the easiest case type asks of a report, in units of 1/SCALE."""
        odds = log(self._lowest / (1 - self._lowest))
        return round((odds - self.weights.intercept) / self.weights.slope * SCALE)

    def _vector(self, name: str, outputs: tuple[str, ...]) -> list[float]:
        effect: Effect = self.weights.context.get(name, {})
        return [effect.get(output, 0.0) for output in outputs]

    def _most(self, name: str) -> int:
        """The most that a context can add to a kind other than chatter, in units of 1/SCALE."""
        return max(0, round(max(self._vector(name, KINDS)) * SCALE))

    def _context(self, key: tuple[bool | None, bool, bool, bool], length: int) -> list[float]:
        """What adds to each kind without a word: length, and what is known of the speaker and the room."""
        staff, quoted, opened, recent = key
        holds = {"staff": staff, "quoted": quoted, "open.any": opened, "recent.any": recent}
        names = ["bias", length_name(length), *(name for name, true in holds.items() if true)]
        return [sum(column) for column in zip(*(self._vector(name, KINDS) for name in names), strict=True)]

    def _how_soon(self, sums: list[float], code: str) -> Urgency:
        lifted = list(sums)
        lifted[URGENCIES.index(self._urgency[code])] += 0.5 if self.weights.keywords else 1.5
        return Urgency(URGENCIES[max(range(len(lifted)), key=lifted.__getitem__)])

    def _evidence(
        self, text: str, found: list[Match], hits: list[Hit], kind: Kind, best: int | None
    ) -> tuple[Evidence, ...]:
        speaks, against = self._adds[kind], self._adds["report" if kind is Kind.CHATTER else "chatter"]
        about = self._adds[self.codes[best]] if best is not None else self._nothing
        spans = [(start, end, speaks[word] - against[word] + about[word]) for start, end, word in found]
        return gather(text, spans, hits)
