"""Learns which words of a report are its spot, from the corpus: writes `lexicon/spots.toml`.

    python -m nlp.learning.choosing_spots [--check]

A conditional choice: of all stretches of a text, and none at all, the labelled one is to be the likeliest. The same
input gives the same file. Rooms kept apart are never read.
"""

import argparse
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from nlp.learning.group_talk import labelled_place, utterances
from nlp.learning.rooms import rooms
from nlp.normalize import fold
from nlp.place import proposals
from nlp.places.choosing import GROUPS, Reading, SpotWeights, Stretch
from nlp.places.spots import plain_spot
from nlp.places.topics import names_of_topics

ROUNDS, STEP, SHRINK = 8, 0.25, 1e-4
OFTEN = 4  # a sign must come up in so many reports
LEAST = 0.3  # smaller weights aren't written

Vector = npt.NDArray[np.float64]
Ids = npt.NDArray[np.int64]
Sign = tuple[str, str]  # group, key


@dataclass(frozen=True, slots=True)
class Case:
    """A report's text as it is weighed, and the stretches that its label may mean; none where it names no spot."""

    reading: Reading
    right: frozenset[Stretch]


@dataclass(frozen=True, slots=True)
class Laid:
    """A case as numbers: ids of the signs for each begin, end, letter and stretch; which stretches are right."""

    begins: Ids
    ends: Ids
    letters: Ids
    stretches: Ids
    signs: Ids
    nowhere: int
    right: Vector


def cases(paths: Iterable[Path]) -> list[Case]:
    """The reports of these rooms; those whose label stands nowhere in the text (it was named before) are left out."""
    found = []
    for path in paths:
        for one in utterances(path):
            if one.kind != "report":
                continue
            wanted = labelled_place(one.place).spot
            reading = proposals(one.text, names_of_topics([one.room])).reading
            right = frozenset(
                stretch
                for stretch in reading.stretches()
                if wanted is not None and fold(plain_spot(one.text[slice(*stretch)])) == fold(plain_spot(wanted))
            )
            if right or (wanted is None and next(reading.stretches(), None)):
                found.append(Case(reading, right))
    return found


def signs_of(case: Case) -> tuple[list[list[Sign]], ...]:
    """The signs of each begin, each end, each letter, each stretch, and of no spot at all."""
    reading = case.reading
    return (
        [[("begin", key) for key in reading.begins(place)] for place in range(reading.size)],
        [[("end", key) for key in reading.ends(place)] for place in range(reading.size + 1)],
        [[("inside", reading.letter(place))] for place in range(reading.size)],
        [
            [("word", reading.word(stretch)), *(("sign", key) for key in reading.signs(stretch))]
            for stretch in reading.stretches()
        ],
        [[("sign", reading.nowhere)]],
    )


def lay_out(case: Case, ids: dict[Sign, int]) -> Laid:
    """With 0 for signs that are too rare to be learned."""
    begins, ends, letters, signs, nowhere = (
        np.array([[ids.get(sign, 0) for sign in row] for row in rows], np.int64) for rows in signs_of(case)
    )
    stretches = list(case.reading.stretches())
    right = np.array([stretch in case.right for stretch in stretches] + [not case.right], float)
    return Laid(begins, ends, letters, np.array(stretches, np.int64), signs, int(nowhere[0, 0]), right)


def learn(told: Sequence[Case]) -> SpotWeights:
    """The weights under which the labelled stretches are likeliest, by AdaGrad over the cases in seeded order."""
    often = Counter(sign for case in told for sign in {sign for rows in signs_of(case) for row in rows for sign in row})
    ids = {sign: place for place, sign in enumerate(sorted(one for one, n in often.items() if n >= OFTEN), 1)}
    laid = [lay_out(case, ids) for case in told]
    order = np.random.default_rng(0)
    weights, slope, mean = np.zeros(len(ids) + 1), np.full(len(ids) + 1, 1e-2), np.zeros(len(ids) + 1)
    for turn in range(ROUNDS):
        for place in order.permutation(len(laid)):
            _step(laid[place], weights, slope)
        mean += weights * (turn >= ROUNDS // 2)
    mean /= ROUNDS - ROUNDS // 2
    groups: dict[str, dict[str, float]] = {group: {} for group in GROUPS}
    for (group, key), place in ids.items():
        if abs(mean[place]) >= LEAST:
            groups[group][key] = round(float(mean[place]), 2)
    return SpotWeights(**groups)


def _step(one: Laid, weights: Vector, slope: Vector) -> None:
    """Move the weights towards making the right stretch of one case likelier."""
    shares = _shares(one, weights)
    wanted = one.right * shares
    off = (wanted / wanted.sum() if wanted.sum() > 0 else one.right / one.right.sum()) - shares
    moved = np.flatnonzero(np.abs(off[:-1]) > 1e-4)
    start, end = one.stretches[moved].T
    begins, ends, inside = np.zeros(len(one.begins)), np.zeros(len(one.ends)), np.zeros(len(one.ends))
    np.add.at(begins, start, off[moved])
    np.add.at(ends, end, off[moved])
    np.add.at(inside, start, off[moved])
    np.add.at(inside, end, -off[moved])
    parts = (
        (one.begins, begins),
        (one.ends, ends),
        (one.letters, inside.cumsum()[: len(one.letters)]),
        (one.signs[moved], off[moved]),
    )
    places = np.concatenate([*(rows.ravel() for rows, _ in parts), [one.nowhere]])
    values = np.concatenate([*(np.repeat(by, rows.shape[1]) for rows, by in parts), off[-1:]])
    touched, back = np.unique(places, return_inverse=True)
    up = np.bincount(back, values) - SHRINK * weights[touched]
    slope[touched] += up * up
    weights[touched] += STEP * up / np.sqrt(slope[touched])
    weights[0] = 0.0


def _shares(one: Laid, weights: Vector) -> Vector:
    """The probability of each stretch, and last of none."""
    start, end = one.stretches.T
    begins, ends = weights[one.begins].sum(1), weights[one.ends].sum(1)
    inside = np.concatenate([[0.0], weights[one.letters].sum(1).cumsum()])
    worth = begins[start] + ends[end] + inside[end] - inside[start] + weights[one.signs].sum(1)
    worth = np.append(worth, weights[one.nowhere])
    shares: Vector = np.exp(worth - worth.max())
    shares /= shares.sum()
    return shares


def written(weights: SpotWeights, reports: int) -> str:
    """The file: for each group a block of lines, a key and its weight in each."""
    lines = [
        "# Learned; written by `python -m nlp.learning.choosing_spots`, not by hand.",
        f"# From {reports} reports of our corpus. ¶ is an end of the line, ␣ a blank, 0 any digit; | is where the spot",
        "# begins or ends.",
    ]
    for group in GROUPS:
        known = getattr(weights, group)
        lines += ["", f"{group} = '''", *(f"{key} {known[key]:.2f}" for key in sorted(known)), "'''"]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Write nlp/lexicon/spots.toml, or with --check only say whether it would change."""
    here = Path(__file__).parents[1]
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 where the file would change")
    told = cases(rooms(here / "corpus"))
    text = written(learn(told), len(told))
    path = here / "lexicon" / "spots.toml"
    if parser.parse_args().check:
        raise SystemExit(path.read_text("utf-8") != text)
    path.write_text(text, "utf-8")


if __name__ == "__main__":
    main()
