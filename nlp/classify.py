"""The decision: kind, case type, score, evidence, urgency, from sums of readable weights.

1. Fold the text, find all words of the lexicon in one pass.
2. Add the words' weights for the six kinds, packed in one integer; nearly all chatter ends here.
3. Look for object × fault patterns, add the words' weights for case types and urgencies, packed in another.
4. Turn sums into probabilities, compare the score with the type's thresholds, collect the evidence.
"""

from collections import Counter
from math import exp, log
from operator import itemgetter
from pathlib import Path
from typing import Final

from nlp.decision import Action, Decision, Evidence, Kind, Urgency
from nlp.evidence import LEAST, gather
from nlp.lexicon import URGENCIES, Effect, Lexicon, load_lexicon
from nlp.marks import colour, emotion
from nlp.matcher import Match
from nlp.normalize import INVISIBLE
from nlp.packed_weights import OTHERS, PackedWeights
from nlp.packing import SCALE, Limits
from nlp.packing import shares as as_shares
from nlp.reading import Hit, Reader, counted, framed, letters, quoted_words
from nlp.register import LOCAL, SURE, Weights, by_hand, load_weights, with_local

_NONE: Final[frozenset[str]] = frozenset()
_FURTHEST, STEP = 16 * SCALE, 16  # how far, and how finely, a margin for chatter is told apart
_KINDS = tuple(Kind)
SAME = ("open.same", "recent.same")
_pattern_index = itemgetter(2)


class Understanding:
    """Lexicon and weights laid out for speed; built once, never changed, safe to share between threads."""

    def __init__(self, lexicon: Lexicon, weights: Weights) -> None:
        self.lexicon = lexicon
        self.weights = weights
        self.reader = Reader(lexicon, weights.keywords)
        self.codes = tuple(case_type.code for case_type in lexicon.types)
        self._urgency = {one.code: Urgency(one.urgency) for one in lexicon.types}
        self._packed = packed = PackedWeights(lexicon, weights, self.reader)
        self.word_effect = packed.word_effect
        marked = lexicon.marks["emotion"].keys() | lexicon.marks["colour"].keys()
        self._marked = frozenset(place for place, word in enumerate(self.reader.words) if word in marked)
        behind = self._behind()
        most = [sum(max(0.0, packed.context(name)[place]) for name in SAME) for place in range(len(OTHERS))]
        limits = [behind, *[0.0] * (len(OTHERS) - 1)]
        self._limits = Limits(limits)
        self._lowered = Limits([limit - more for limit, more in zip(limits, most, strict=True)])
        # A report may lie before chatter alone and yet not pass: the steps begin there.
        self._first = min(0, -round(behind * SCALE) - STEP)
        self._chatter = [
            Decision(Kind.CHATTER, self._score(-step / SCALE)) for step in range(self._first, _FURTHEST, STEP)
        ]
        # What every message needs, at hand.
        self._letters = letters()
        self._search = self.reader.search
        self._kind_of, self._letter_kind, self._base = packed.kind_of, packed.letter_kind, packed.base
        self._both = self.reader.both

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
            found = self.reader.searched(read)
        else:
            found = self._search(read)
        words = set(map(_pattern_index, found))
        base = self._base(staff, quoted, bool(open_types), recent is not None, len(text))
        total = sum(map(self._kind_of, words), base)
        total += sum(map(self._letter_kind, counted(read)))
        if moment is not None:
            total += self._packed.moments[moment]
        limits = self._lowered if open_types or recent else self._limits
        both = self._both(words)
        if not total + limits.lift + (limits.each * self._packed.gain(both) if both else 0) & limits.top:
            return self._as_chatter(total)
        hits = self.reader.hits(read, found, both) if both else []
        if hits:
            total += sum(self._packed.pattern_kind[hit.pattern.name] for hit in hits)
        if both and not total + limits.lift & limits.top:
            return self._as_chatter(total)
        return self._decide(text, read, found, hits, total, staff, open_types, recent)

    def _as_chatter(self, total: int) -> Decision:
        """Chatter: a report lies far enough behind it and no other kind comes near, whatever else is found.

        Its score is a little low where patterns stand in the text that couldn't have made it a report.
        """
        place = (self._packed.kind_fields.behind(total) - self._first) // STEP
        return self._chatter[place if place < len(self._chatter) else -1]

    def _decide(
        self,
        text: str,
        read: str,
        found: list[Match],
        hits: list[Hit],
        total: int,
        staff: bool | None,
        open_types: frozenset[str],
        recent: str | None,
    ) -> Decision:
        found = found + self.reader.alone(read)
        words = set(map(_pattern_index, found))
        kinds = [*self._packed.kind_fields.weights(total), 0.0]
        topics = self._packed.topic_fields.weights(
            self._about(read, words) + sum(self._packed.pattern_topic[hit.pattern.name] for hit in hits)
        )
        if open_types or recent or kinds[0] < max(kinds[1:4]):
            self._lean(text, topics)
        shares = as_shares(topics[: len(self.codes)])
        best, second = _two_largest(shares)
        code = self.codes[best]
        for name, same in (("open.same", code in open_types), ("recent.same", code == recent)):
            if same:
                kinds = [one + more for one, more in zip(kinds, [*self._packed.context(name), 0.0], strict=True)]
        kind, score = self._kind(kinds, staff, code)
        marks = [self.reader.words[word] for word in words & self._marked]
        if kind in (Kind.CHATTER, Kind.RECEIPT, Kind.COMMAND):
            return Decision(kind, score, evidence=self._evidence(text, found, hits, kind, None))
        is_report = kind is Kind.REPORT
        return Decision(
            kind,
            score,
            code,
            self.codes[second],
            round(shares[best] - shares[second], 4),
            self._evidence(text, found, hits, kind, code),
            self._how_soon(topics[len(self.codes) :], code) if is_report else None,
            emotion(self.lexicon, marks),
            colour(self.lexicon, marks),
            self._action(score, shares[best] - shares[second], code) if is_report else None,
        )

    def _about(self, read: str, words: set[int]) -> int:
        """The packed sums for case types and urgencies of the words and letters in a framed text."""
        about = sum(map(self._packed.topic_of, words), self._packed.topic_base)
        return about + sum(map(self._packed.letter_topic, counted(read)))

    def explain(self, text: str) -> list[tuple[str, list[str], dict[str, float]]]:
        """Every word found in a text with its features and what it adds to each output; patterns after the words.

        A letter that is said twice adds twice.
        """
        read, _ = framed(text)
        found = self.reader.find(read)
        often = Counter(counted(read))
        told = [
            (word, sorted(self.lexicon.words.get(word, {})), _times(self.word_effect(word), often.get(word, 1)))
            for word in dict.fromkeys(self.reader.words[match[2]] for match in found)
        ]
        for hit in self.reader.hits(read, found):
            adds = self._packed.pattern_effect(hit.pattern)
            words = f"{read[slice(*hit.object)]} × {read[slice(*hit.fault)]}"
            told.append((words, [hit.pattern.name], adds))
        return [row for row in told if row[2]]

    def _lean(self, text: str, topics: list[float]) -> None:
        """Let the words of a pasted quotation tell what an answer to it is about."""
        if quotation := quoted_words(text):
            read, _ = framed(quotation)
            more = self._packed.topic_fields.weights(self._about(read, {match[2] for match in self.reader.find(read)}))
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

    def _behind(self) -> float:
        """The margin over chatter that the easiest case type asks of a report."""
        lowest = min([one.ask for one in self.weights.thresholds.values()] + [self.weights.default.ask])
        return (log(lowest / (1 - lowest)) - self.weights.intercept) / self.weights.slope

    def _how_soon(self, sums: list[float], code: str) -> Urgency:
        lifted = list(sums)
        lifted[URGENCIES.index(self._urgency[code])] += 0.5 if self.weights.keywords else 1.5
        return Urgency(URGENCIES[max(range(len(lifted)), key=lifted.__getitem__)])

    def _evidence(
        self, text: str, found: list[Match], hits: list[Hit], kind: Kind, code: str | None
    ) -> tuple[Evidence, ...]:
        speaks = self._packed.speaks(kind, "report" if kind is Kind.CHATTER else "chatter")
        about = self._packed.speaks(code or "")
        spans = [(start, end, weight) for start, end, word in found if (weight := speaks(word) + about(word)) >= LEAST]
        return gather(text, spans, hits)


def _two_largest(shares: list[float]) -> tuple[int, int]:
    """Where the largest stands, and the next."""
    best = shares.index(max(shares))
    others = [*shares[:best], 0.0, *shares[best + 1 :]]
    return best, others.index(max(others))


def _times(effect: Effect, often: int) -> dict[str, float]:
    return {output: by * often for output, by in effect.items()}
