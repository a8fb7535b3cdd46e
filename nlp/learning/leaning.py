"""Fits the weights by which an utterance is put to the open incident it leans on: `python -m nlp.learning.leaning`.

A conditional logit (one choice among the open incidents) with a ridge, on rooms that may be learned from; prints the
weights for `[leaning]` of `lexicon/incidents.toml` and how often the choice is right in rooms left out in turn.
"""

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import click
import numpy as np
from numpy.typing import NDArray

from nlp.incident_words import incident_words
from nlp.incidents import IncidentView, ReportView, leanings
from nlp.learning.group_talk import LEANING, extended, utterances
from nlp.place import find_place

Choice = tuple[NDArray[np.float64], int]  # one row of features per incident, and which was meant
_RIDGE = 2.0
_STEPS = 400
_FOLDS = 4


def choices(path: Path, names: Sequence[str]) -> Iterator[Choice]:
    """Each progress and thanks of a room with the incidents open at that moment, by their labels."""
    words = incident_words()
    opened: dict[str, IncidentView] = {}
    for one in utterances(path):
        if one.kind not in LEANING or not one.incident:
            continue
        if one.kind != "report" and one.incident in opened:
            views = list(opened.values())
            said = ReportView(one.text, one.at, one.room, one.speaker, place=find_place(one.text))
            rows = [[row[name] for name in names] for row in leanings(said, views, one.at, words)]
            yield np.array(rows), list(opened).index(one.incident)
        opened[one.incident] = extended(opened.get(one.incident), one, one.incident)


def fit(given: Sequence[Choice]) -> NDArray[np.float64]:
    """The weights under which the choices that were made are most probable; AdaGrad, always the same steps."""
    weights = np.zeros(given[0][0].shape[1])
    seen = np.full_like(weights, 1e-6)
    for _ in range(_STEPS):
        slope = -_RIDGE * weights
        for rows, meant in given:
            sums = rows @ weights
            shares = np.exp(sums - sums.max())
            slope += rows[meant] - (shares / shares.sum()) @ rows
        seen += slope**2
        weights += 0.3 * slope / np.sqrt(seen)
    return weights


def right(given: Sequence[Choice], weights: NDArray[np.float64]) -> int:
    """How many choices the weights get right."""
    return sum(int(np.argmax(rows @ weights)) == meant for rows, meant in given)


def main(folder: Path) -> None:
    """Fit on the rooms of a folder, leaving out every fifth, and print what was found."""
    names = list(incident_words().weights)
    paths = [path for path in sorted(folder.glob("[0-9]*.tsv")) if int(path.stem) % 5]
    rooms = [list(choices(path, names)) for path in paths]
    found = total = 0
    for fold in range(_FOLDS):
        learned = [choice for number, room in enumerate(rooms) if number % _FOLDS != fold for choice in room]
        left_out = [choice for number, room in enumerate(rooms) if number % _FOLDS == fold for choice in room]
        found += right(left_out, fit(learned))
        total += len(left_out)
    weights = fit([choice for room in rooms for choice in room])
    click.echo(f"# right in rooms left out: {found}/{total} = {found / total:.3f}")
    for name, weight in zip(names, weights, strict=True):
        click.echo(f"{name} = {weight:.2f}")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parents[1] / "corpus")
