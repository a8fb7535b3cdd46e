"""A proposal: new words and changed weights from labelled examples, and honest figures of what it would do.

1. Look for new words, and for known ones that the examples have in common.
2. Learn small changes with the corpus as ballast, keep the few that weigh most, and learn these again.
3. Do the same with parts of examples and rooms left out in turn, and compare the listener before and after on what
   was left out: the figures are of texts that the changes were not learned from.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from math import sqrt
from pathlib import Path

import numpy as np

from nlp.classify import Understanding
from nlp.decision import Kind
from nlp.learning.changes import Figures, Line, Proposal
from nlp.learning.corrections import Marked
from nlp.learning.data import NONE
from nlp.learning.fitting import FOLDS, fold_of
from nlp.learning.folds import Ints, folds_of
from nlp.learning.new_words import RUN, Names, NewWord, new_words
from nlp.learning.rooms import Said, rooms, utterances
from nlp.learning.signs import names_somebody
from nlp.learning.updating import BALLAST, Layout, Lesson, Sums, learn, strength
from nlp.register import added

MANY = 120  # known words that may change, the commonest among the examples
LINES = 40  # changes in one proposal: what a person reads with attention

FEW = 100  # examples below which a tenth is left out at a time instead of a fifth: a word needs those that are there

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Wish:
    """What is wanted of a proposal: how many examples a word needs, how many lines it may have."""

    support: int = 3
    lines: int = LINES


def corpus_rooms(folder: Path | None = None) -> list[Said]:
    """The utterances of the corpus that may be learned from."""
    folder = folder or Path(__file__).parents[1] / "corpus"
    return [said for path in rooms(folder) for said in utterances(path)]


def propose(
    listener: Understanding,
    marked: Sequence[Marked],
    corpus: Sequence[Said],
    names: Names,
    wish: Wish,
    progress: Progress,
) -> Proposal:
    """Learn from the examples; the same input gives the same proposal."""
    known_sums = Sums(listener)
    parts = 2 * FOLDS if len(marked) < FEW else FOLDS
    fold = folds_of(_alike(marked), parts) if marked else np.zeros(0)
    judged: list[tuple[Sequence[Marked], Sequence[Said], Understanding]] = []
    for number in range(parts):
        progress(f"leaving out some of {len(marked)} examples and {len(corpus)} utterances: {number + 1}/{parts}")
        seen = [one for one, at in zip(marked, fold, strict=True) if at != number]
        heard = [said for said in corpus if fold_of(said.room) != number]
        lines = _lines(known_sums, listener, seen, heard, names, wish)
        left = [one for one, at in zip(marked, fold, strict=True) if at == number]
        apart = [said for said in corpus if fold_of(said.room) == number]
        judged.append((left, apart, _changed(listener, lines)))
    progress("learning from all of them")
    told = [one for left, _, _ in judged for one in left]
    said = [one for _, apart, _ in judged for one in apart]
    return Proposal(
        tuple(_lines(known_sums, listener, marked, corpus, names, wish)),
        (judge(listener, told), total([judge(after, left) for left, _, after in judged])),
        (judge_corpus(listener, said), total([judge_corpus(after, apart) for _, apart, after in judged])),
    )


def _alike(marked: Sequence[Marked]) -> Ints:
    """The same number for texts that differ only in digits, letters and punctuation: they stay in one fold.

    Nothing more: what short texts have in common is the very word that is to be learned from some of them.
    """
    keys = ["".join(RUN.findall(one.text)) or one.text for one in marked]
    numbers = {key: number for number, key in enumerate(dict.fromkeys(keys))}
    return np.array([numbers[key] for key in keys], dtype=np.int64)


def _lines(
    known_sums: Sums,
    listener: Understanding,
    marked: Sequence[Marked],
    corpus: Sequence[Said],
    names: Names,
    wish: Wish,
) -> list[Line]:
    """The changes that a person would be shown, the weightiest first."""
    known = set(listener.reader.words)
    old = {one.word: one for one in _known_words(listener, marked, wish.support)}
    enough = [one.word for one in old.values() if one.agree == one.examples]
    found = new_words(marked, [said.text for said in corpus], known, names, wish.support)
    fresh = {one.word: one for one in found if not any(word in one.word for word in enough)}
    lessons = [Lesson(one.text, one.label, 1.0) for one in marked]
    lessons += [
        Lesson(said.text, said.case_type if said.kind == "report" else NONE, BALLAST, said.staff)
        for said in corpus
        if said.kind != "report" or said.case_type
    ]
    told = {**old, **fresh}

    def by_weight(changes: dict[str, dict[str, float]]) -> list[str]:
        return sorted(changes, key=lambda word: (-strength(changes[word]) * sqrt(told[word].examples), word))

    words = sorted(told)
    laid = Layout(words).lay(lessons, known_sums)
    changes = learn(listener, words, laid, lessons, wish.support)
    kept = sorted(by_weight(changes)[: wish.lines])
    changes = learn(listener, kept, laid.narrowed([words.index(word) for word in kept]), lessons, wish.support)
    return [
        Line(word, changes[word], word in fresh, told[word].examples, told[word].label, told[word].agree)
        for word in by_weight(changes)
    ]


def _changed(listener: Understanding, lines: Sequence[Line]) -> Understanding:
    if not lines:
        return listener
    weights = listener.weights
    keywords = added(weights.keywords, {line.word: line.adds for line in lines})
    return Understanding(listener.lexicon, replace(weights, keywords=keywords))


def _known_words(listener: Understanding, marked: Sequence[Marked], support: int) -> list[NewWord]:
    """Words of two ideographs or more that the lexicon has and that enough examples have."""
    layout = Layout([word for word in listener.reader.words if RUN.fullmatch(word)])
    where: dict[int, list[str]] = {}
    for one in marked:
        for column in layout.found(one.text):
            where.setdefault(column, []).append(one.label)
    found = []
    for column, labels in where.items():
        word = layout.words[column]
        if len(labels) >= support and not names_somebody(word):
            label = min(set(labels), key=lambda label: (-labels.count(label), label))
            found.append(NewWord(word, len(labels), label, labels.count(label)))
    return sorted(found, key=lambda one: (-one.examples, one.word))[:MANY]


def judge(listener: Understanding, marked: Sequence[Marked]) -> Figures:
    """What the listener makes of examples, by their words alone, as said by a resident."""
    return _count((one.label, _heard(listener, one.text, staff=False)) for one in marked)


def judge_corpus(listener: Understanding, corpus: Sequence[Said]) -> Figures:
    """The same for utterances of the corpus."""
    return _count(
        (said.case_type if said.kind == "report" else NONE, _heard(listener, said.text, staff=said.staff))
        for said in corpus
    )


def _heard(listener: Understanding, text: str, *, staff: bool) -> str:
    decision = listener.classify(text, staff=staff)
    return (decision.case_type or NONE) if decision.kind is Kind.REPORT else NONE


def _count(pairs: Iterable[tuple[str, str]]) -> Figures:
    told = list(pairs)
    return Figures(
        texts=len(told),
        reports=sum(label != NONE for label, _ in told),
        right=sum(label == heard for label, heard in told),
        false_reports=sum(label == NONE != heard for label, heard in told),
        missed=sum(label != NONE == heard for label, heard in told),
        mistyped=sum(NONE not in (label, heard) and label != heard for label, heard in told),
    )


def total(figures: Sequence[Figures]) -> Figures:
    """Figures of several parts together."""
    parts = [asdict(one) for one in figures]
    return Figures(**{name: sum(part[name] for part in parts) for name in asdict(figures[0])})
