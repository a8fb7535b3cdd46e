"""The learned register that ships: made from hand rules, our corpus and, where it is there, shared/data.

    python -m nlp.learning.shipped [--data ../shared/data] [--check]

The same input gives the same file. Rooms kept apart are never read here.
"""

import argparse
from collections import defaultdict
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from scipy import sparse

from nlp.classify import Understanding
from nlp.learning.calibration import Judged, calibrate, figures
from nlp.learning.examples import by_hand_examples
from nlp.learning.fitting import (
    FOLDS,
    Stated,
    effects,
    fold_of,
    guess_topics,
    learn_kinds,
    learn_topics,
    learn_urgency,
    weightiest,
)
from nlp.learning.rooms import Said, rooms, sayings, utterances
from nlp.learning.signs import Row, Signs, grams, names_somebody
from nlp.lexicon import Effect, Lexicon, load_lexicon
from nlp.register import Weights, write_weights

KEYWORDS = 8000  # of two to four characters; letters come on top
IN_ROOMS = 3  # a keyword must have been said in so many rooms: the name of an estate or a shop is not
# Rooms from this number on were written after the hand lexicon, whose words come in part from the older ones: figures
# on the older ones would flatter.
FRESH = 121
LEAST = 0.08  # log-odds below which a weight isn't written
# Chatter from elsewhere: how many lines of each group (evenly picked), and what one counts against a line of ours.
ELSEWHERE = {"soft": (18_000, 0.15), "house": (6_000, 0.2), "review": (3_000, 0.15)}


@dataclass(frozen=True, slots=True)
class Sample:
    """What is learned from: our utterances, and lines of chatter from elsewhere with what each counts."""

    said: list[Said]
    chatter: list[str]
    counts: list[float]


def read_sample(corpus: Path, data: Path | None) -> Sample:
    """The rooms and sayings to learn from, and an even pick of chatter from elsewhere where there is a data folder."""
    said = [one for path in rooms(corpus) for one in utterances(path)] + sayings(corpus)
    groups: dict[str, list[str]] = defaultdict(list)
    file = data / "chatter_train.tsv" if data else None
    if file and file.exists():
        for line in file.read_text("utf-8").split("\n")[1:]:
            group, _, text = line.partition("\t")
            groups[group].append(text)
    chatter: list[str] = []
    counts: list[float] = []
    for group, (most, count) in ELSEWHERE.items():
        picked = groups[group][:: max(len(groups[group]) // most, 1)]
        chatter += picked
        counts += [count] * len(picked)
    return Sample(said, chatter, counts)


@dataclass(frozen=True, slots=True)
class Rows:
    """A sample laid out as numbers: our utterances, chatter from elsewhere, plain cases and what these are."""

    signs: Signs
    heard: sparse.csr_matrix
    elsewhere: sparse.csr_matrix
    stated: Stated

    @classmethod
    def of(cls, lexicon: Lexicon, sample: Sample, keywords: Sequence[str]) -> "Rows":
        """With these keywords beside the lexicon's features."""
        signs = Signs(lexicon, keywords)
        plain = by_hand_examples(lexicon)
        return cls(
            signs,
            signs.matrix(Row(one.text) for one in sample.said),
            signs.matrix(Row(text) for text in sample.chatter),
            (signs.matrix(Row(one.text) for one in plain), plain),
        )


def candidates(said: Sequence[Said]) -> list[str]:
    """Substrings said in several rooms that name nobody."""
    where: dict[str, set[int]] = defaultdict(set)
    for one in said:
        for gram in grams(one.text):
            where[gram].add(one.room)
    return sorted(gram for gram, heard in where.items() if len(heard) >= IN_ROOMS and not names_somebody(gram))


def choose(lexicon: Lexicon, sample: Sample) -> list[str]:
    """The keywords worth having, from weights learned for all candidates."""
    rows = Rows.of(lexicon, sample, candidates(sample.said))
    found = learn_kinds(rows.signs, sample.said, [""] * len(sample.said), rows.elsewhere, sample.counts, rows.stated)
    found |= learn_topics(rows.signs, rows.heard, sample.said, rows.stated)
    return weightiest(rows.signs, found, rows.heard, KEYWORDS)


def learn(lexicon: Lexicon, sample: Sample, keywords: Sequence[str]) -> Weights:
    """Weights for these keywords and all else, not yet calibrated."""
    rows = Rows.of(lexicon, sample, keywords)
    signs = rows.signs
    guesses, sharpness = guess_topics(signs, rows.heard, sample.said, rows.stated)
    found = learn_topics(signs, rows.heard, sample.said, rows.stated)
    found = {code: vector * sharpness for code, vector in found.items()}
    found |= learn_kinds(signs, sample.said, guesses, rows.elsewhere, sample.counts, rows.stated)
    found |= learn_urgency(rows.heard, sample.said)
    features, context = len(signs.features), len(signs.features) + len(signs.context)
    told: dict[str, Effect] = {name: {} for name in signs.features}
    told |= effects(signs, found, signs.features, 0, 0.01)
    for name in signs.features:
        if name.startswith("urgency."):  # what a person wrote about danger isn't unlearned
            for output, by in lexicon.effects[name].items():
                told[name] = {**told[name], output: max(by, told[name].get(output, 0.0))}
    bias = effects(signs, found, ["bias"], signs.width, 0.0)
    return Weights(
        effects=told,
        context=bias | effects(signs, found, signs.context, features, 0.01),
        keywords=effects(signs, found, signs.keywords, context, LEAST),
    )


def judge(weights: Weights, lexicon: Lexicon, said: Sequence[Said]) -> list[Judged]:
    """What the running decision makes of utterances, each with and without its context."""
    listener = Understanding(lexicon, weights)
    return [
        Judged(one, decision, informed)
        for one in said
        for informed, decision in (
            (
                True,
                listener.classify(
                    one.text, staff=one.staff, open_types=one.open_types, recent=one.recent, moment=one.moment
                ),
            ),
            (False, listener.classify(one.text, staff=None)),
        )
    ]


def build(lexicon: Lexicon, sample: Sample) -> tuple[Weights, list[str]]:
    """The register that ships, calibrated on all rooms, and its figures on fresh ones, by weights without the room."""
    keywords = choose(lexicon, sample)
    with ProcessPoolExecutor() as pool:
        whole = pool.submit(learn, lexicon, sample, keywords)
        parts = pool.map(partial(_judged_apart, lexicon, sample, keywords), range(FOLDS))
        judged = [one for part in parts for one in part]
        calibration = calibrate(judged)
        fresh = [one for one in judged if one.said.room >= FRESH]
        return calibration.applied(whole.result()), figures(fresh or judged, calibration)


def _judged_apart(lexicon: Lexicon, sample: Sample, keywords: Sequence[str], fold: int) -> list[Judged]:
    """The utterances of one fold's rooms, judged by weights learned from the others."""
    left_out = [one for one in sample.said if one.room > 0 and fold_of(one.room) == fold]
    heard = set(map(id, left_out))
    others = replace(sample, said=[one for one in sample.said if id(one) not in heard])
    return judge(learn(lexicon, others, keywords), lexicon, left_out)


def main() -> None:
    """Write nlp/lexicon/learned.toml, or with --check only say whether it would change."""
    here = Path(__file__).parents[1]
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=here.parents[1] / "shared" / "data")
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 where the file would change")
    chosen = parser.parse_args()
    lexicon = load_lexicon(here / "lexicon")
    sample = read_sample(here / "corpus", chosen.data)
    weights, told = build(lexicon, sample)
    source = f"{len(sample.said)} utterances of our corpus and " + (
        f"{len(sample.chatter)} lines of chatter from shared/data"
        if sample.chatter
        else "nothing else, because shared/data was not there: expect more false alarms"
    )
    about = ["Learned; written by `python -m nlp.learning.shipped`, not by hand.", f"From {source}.", *told]
    text = write_weights(weights, about)
    path = here / "lexicon" / "learned.toml"
    print("\n".join(about))  # noqa: T201 - a command's answer
    if chosen.check:
        raise SystemExit(path.read_text("utf-8") != text)
    path.write_text(text, "utf-8")


if __name__ == "__main__":
    main()
