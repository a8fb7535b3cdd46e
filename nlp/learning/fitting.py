"""Linear models over the signs, and their coefficients as weights that a person can read."""

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
from scipy import sparse
from sklearn.linear_model import LogisticRegression
from sklearn.svm import LinearSVC

from nlp.learning.examples import Example
from nlp.learning.rooms import Said
from nlp.learning.signs import Row, Signs
from nlp.lexicon import KINDS, URGENCIES, Effect

FOLDS = 5
# What a single saying counts in telling reports from the rest: most sayings are reports, and without a room around it
# what leans on something open looks like a report.
SAID = {"report": 0.5, "progress": 0.1}
INFORMED = 1.5  # what an utterance counts with its context; by its words alone it counts half
SHORT, SHORT_COUNTS = 9, 6.0  # a saying of up to so many letters that reports counts so much more: most are longer
PLAIN = 4.0  # how much more plain reports count there than for the type: 电梯又停了 is one, whatever is said in rooms
TYPED = {True: 2.0, False: 0.5}  # what a report in a room, and a single saying, count in telling the type
TYPED_LEANING = 0.8  # and what leans on a report
SAID_URGENCY = 0.1  # what the urgency of a saying counts, which one person labelled, against that of two
BY_HAND = 0.15  # how far the features that a person wrote are trusted to tell the type, against learned keywords
SHARPNESS = 3.0  # what makes log-odds of an SVM's sums, roughly; `guess_topics` tells how much more or less

Vector = npt.NDArray[np.float64]
Stated = tuple[sparse.csr_matrix, Sequence[Example]]  # plain cases as signs, and what they are
Coefficients = dict[str, Vector]  # by output; one for each column of the signs, then the bias


def fold_of(room: int) -> int:
    """Which fold a room is in. Writers wrote runs of rooms, so that each fold has rooms of each writer."""
    return (room * 7 // 5) % FOLDS


def fit(matrix: sparse.csr_matrix, labels: Sequence[str], counts: Sequence[float], strength: float) -> Coefficients:
    """Multinomial logistic regression; `counts` says how much each line counts, `strength` how freely it learns."""
    model = LogisticRegression(C=strength, max_iter=200, tol=1e-3)
    model.fit(matrix, np.array(labels), sample_weight=np.array(counts))
    return {
        str(label): np.append(coefficients, bias)
        for label, coefficients, bias in zip(model.classes_, model.coef_, model.intercept_, strict=True)
    }


def against(coefficients: Coefficients, output: str) -> Coefficients:
    """The same decisions, told as differences from one output, which then needs no weights."""
    least = coefficients[output]
    return {name: vector - least for name, vector in coefficients.items() if name != output}


def learn_kinds(
    signs: Signs,
    said: Sequence[Said],
    guesses: Sequence[str],
    elsewhere: sparse.csr_matrix,
    counts: Sequence[float],
    plain_cases: Stated,
) -> Coefficients:
    """Report or what else: an utterance is learned from with its context, and again without."""
    in_rooms = [(one, guess) for one, guess in zip(said, guesses, strict=True) if one.moment is not None]
    told = [
        Row(
            one.text,
            one.staff,
            bool(one.open_types),
            guess in one.open_types,
            bool(one.recent),
            guess == one.recent,
            one.moment,
        )
        for one, guess in in_rooms
    ]
    plain = [Row(one.text) for one in said]
    stated, examples = plain_cases
    matrix = sparse.vstack([signs.matrix(told), signs.matrix(plain), elsewhere, stated]).tocsr()
    labels = [*(one.kind for one, _ in in_rooms), *(one.kind for one in said)]
    labels += [*["chatter"] * len(counts), *(one.kind for one in examples)]
    weights = [*[INFORMED] * len(told), *map(_counts, said)]
    weights += [*counts, *(one.count * (PLAIN if one.kind == "report" else 1.0) for one in examples)]
    return against(fit(matrix, labels, weights, strength=0.5), "chatter")


def _counts(one: Said) -> float:
    if one.moment is not None:
        return 0.5
    short = one.kind == "report" and len(one.text) <= SHORT
    return SAID.get(one.kind, 0.5) * (SHORT_COUNTS if short else 1.0)


def learn_topics(signs: Signs, matrix: sparse.csr_matrix, said: Sequence[Said], stated: Stated) -> Coefficients:
    """Which case type: from reports, from what leans on one, which counts less, and from plain cases.

    A linear SVM, one type against the rest, hears the type of a sentence in few words better than logistic regression
    (0.63 against 0.61 of new sayings), and a cautious one better still (of reports in rooms not learned from: C 0.05
    0.855, C 0.02 0.867, and 0.875 with rooms counting four times a saying). Rare keywords weigh more, and what a
    person wrote weighs less than it says: some of it was written with these very rooms in mind.
    """
    places = [place for place, one in enumerate(said) if one.case_type]
    labels = [said[place].case_type for place in places]
    counts = [TYPED_LEANING if said[place].kind != "report" else TYPED[said[place].room > 0] for place in places]
    plain, examples = stated
    reports = [place for place, one in enumerate(examples) if one.case_type]
    rows = sparse.vstack([matrix[places], plain[reports]]).tocsr()
    labels += [examples[place].case_type for place in reports]
    counts += [examples[place].count for place in reports]
    emphasis = _emphasis(signs, matrix[places])
    model = LinearSVC(C=0.02, dual=True, tol=0.1, random_state=0)  # exacter ones decide 6 of 10,000 otherwise
    model.fit(rows @ sparse.diags(emphasis), np.array(labels), sample_weight=np.array(counts))
    return {
        str(label): SHARPNESS * np.append(coefficients * emphasis, bias)
        for label, coefficients, bias in zip(model.classes_, model.coef_, model.intercept_, strict=True)
    }


def _emphasis(signs: Signs, matrix: sparse.csr_matrix) -> Vector:
    """How much each column is trusted: keywords by the square root of their rarity, 1 on the average."""
    first = signs.width - len(signs.keywords)
    often = np.asarray((matrix > 0).sum(axis=0)).ravel()
    emphasis: Vector = np.log(matrix.shape[0] / (often + 1.0)).clip(0.1)
    emphasis = np.sqrt(emphasis / emphasis[first:].mean()) if len(signs.keywords) else emphasis
    emphasis[:first] = 1.0
    emphasis[: len(signs.features)] = BY_HAND
    return emphasis


def learn_urgency(matrix: sparse.csr_matrix, said: Sequence[Said]) -> Coefficients:
    """How soon: from reports, cautiously, told as differences from normal."""
    places = [place for place, one in enumerate(said) if one.kind == "report"]
    counts = [1.0 if said[place].room > 0 else SAID_URGENCY for place in places]
    found = fit(matrix[places], [said[place].urgency for place in places], counts, strength=0.3)
    return against(found, "normal")


def guess_topics(
    signs: Signs, matrix: sparse.csr_matrix, said: Sequence[Said], stated: Stated
) -> tuple[list[str], float]:
    """The likeliest case type of each utterance, by models that haven't heard its room, and how sharp they should be.

    Sums times the sharpness are log-odds: it is where the true types of reports in rooms are likeliest.
    """
    folds = np.array([fold_of(one.room) for one in said])
    names = sorted({one.case_type for one in said if one.case_type})
    sums = np.zeros((len(said), len(names)))
    for fold in sorted(set(folds)):
        train, rest = np.flatnonzero(folds != fold), np.flatnonzero(folds == fold)
        found = learn_topics(signs, matrix[train], [said[int(place)] for place in train], stated)
        sums[rest] = np.stack([matrix[rest] @ found[name][:-1] + found[name][-1] for name in names], axis=1)
    reports = [place for place, one in enumerate(said) if one.kind == "report" and one.room > 0]
    true = np.array([names.index(said[place].case_type) for place in reports])

    def surprise(sharpness: float) -> float:
        odds = sums[reports] * sharpness
        top = odds.max(axis=1)
        return float((np.log(np.exp(odds - top[:, None]).sum(axis=1)) + top - odds[np.arange(len(true)), true]).mean())

    sharpest = min(np.arange(0.2, 3.0, 0.05), key=surprise)
    return [names[place] for place in sums.argmax(axis=1)], float(sharpest)


def weightiest(signs: Signs, found: Mapping[str, Vector], heard: sparse.csr_matrix, most: int) -> list[str]:
    """The keywords that move decisions most, by the spread of their weights and how often they are said.

    All letters are among them beside the `most` others: they cost next to nothing, and carry much of the meaning.
    """
    spread = np.sqrt(np.square([vector[:-1] for vector in found.values()]).sum(axis=0))
    often = np.sqrt(np.asarray((heard > 0).sum(axis=0)).ravel())
    first = signs.width - len(signs.keywords)
    worth = (spread * often)[first:]
    order = sorted(range(len(worth)), key=lambda place: (-worth[place], signs.keywords[place]))
    longer = [signs.keywords[place] for place in order if len(signs.keywords[place]) > 1]
    return sorted([*longer[:most], *(letter for letter in signs.keywords if len(letter) == 1)])


def effects(signs: Signs, found: Coefficients, names: Sequence[str], first: int, least: float) -> dict[str, Effect]:
    """The columns from `first` as named effects, outputs in their usual order, small weights left out."""
    order = [output for output in (*KINDS, *sorted(found), *URGENCIES) if output in found]
    order = list(dict.fromkeys(order))
    told: dict[str, Effect] = {}
    for place, name in enumerate(names, first):
        scale = signs.scale(place)
        effect = {output: round(float(found[output][place]) * scale, 2) for output in order}
        kept = {output: weight for output, weight in effect.items() if abs(weight) >= least}
        if kept:
            told[name] = kept
    return told
