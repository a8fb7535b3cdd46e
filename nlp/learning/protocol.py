"""The cross-validation behind docs/learning.md: `python -m nlp.learning.protocol ../shared/data`.

Letters are trained on four folds and measured on the fifth, in the forms that a letter can come in. A letter, its
near-duplicates and its raw and segmented forms are always in the same fold.
"""

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer

from nlp.keyword_weights import Scorer
from nlp.learning.data import Example, read_examples
from nlp.learning.evaluate import Evaluation, Prediction, evaluate, predict
from nlp.learning.folds import TWIN, Ints, clusters, folds_of
from nlp.learning.train import learn_lexicon

FOLDS = 5
_SLIPS = 2  # words of a segmented body that may be missing from the raw one, in a row
_TITLE = range(2, 26)  # words


def split_segmented(segmented: str, body: str) -> tuple[str, str] | None:
    """The title and the body of a segmented letter, where its raw body shows where that begins; None where not."""
    tokens = segmented.split()
    begin, before, slips = len(tokens), len(body), 0
    for place in range(len(tokens) - 1, -1, -1):
        found = body.rfind(tokens[place], 0, before)
        slips = slips + 1 if found < 0 else 0
        if slips > _SLIPS:
            break
        if found >= 0:
            begin, before = place, found
    return (" ".join(tokens[:begin]), " ".join(tokens[begin:])) if begin in _TITLE else None


def views(raw: Sequence[Example], segmented: Sequence[Example], groups: Ints) -> dict[str, list[tuple[Example, int]]]:
    """The letters in each of their forms, every text with the number of its group."""
    own, other = groups[: len(raw)], groups[len(raw) :]
    rare = TfidfVectorizer(analyzer="char", ngram_range=(2, 2))
    unit = rare.fit_transform(one.text.replace(" ", "") for one in segmented)
    near = rare.transform(one.text for one in raw) @ unit.T
    found: dict[str, list[tuple[Example, int]]] = {
        "bodies, raw": list(zip(raw, own.tolist(), strict=True)),
        "letters, segmented": list(zip(segmented, other.tolist(), strict=True)),
        "bodies, segmented": [],
        "titles, segmented": [],
        "titles, joined": [],
    }
    for place, one in enumerate(raw):
        twin = int(near[place].argmax())
        parts = split_segmented(segmented[twin].text, one.text) if near[place, twin] >= TWIN else None
        if parts is not None:
            forms = {"bodies, segmented": parts[1], "titles, segmented": parts[0]}
            forms["titles, joined"] = parts[0].replace(" ", "")
            for name, text in forms.items():
                found[name].append((Example(one.label, text), int(own[place])))
    return found


def cross_validate(
    training: Mapping[str, Sequence[tuple[Example, int]]],
    measured: Mapping[str, Sequence[tuple[Example, int]]],
    groups: Ints,
    folds: Sequence[int] = range(FOLDS),
    max_keywords: int = 5_000,
) -> dict[str, Evaluation]:
    """Train on what is outside each fold, predict each form of what is inside, and evaluate all folds together."""
    names = np.unique(groups)
    fold = dict(zip(names.tolist(), folds_of(names, FOLDS).tolist(), strict=True))
    predictions: dict[str, list[Prediction]] = {name: [] for name in measured}
    for number in folds:
        seen = [one for rows in training.values() for one, group in rows if fold[group] != number]
        scorer = Scorer(learn_lexicon(seen, max_keywords=max_keywords))
        for name, rows in measured.items():
            predictions[name] += predict(scorer, [one for one, group in rows if fold[group] == number])
    return {name: evaluate(made) for name, made in predictions.items()}


def main() -> None:
    """Print a line of figures for each training file or both, and each form measured."""
    data = Path(sys.argv[1])
    raw, segmented = read_examples([data / "letters_raw.tsv"]), read_examples([data / "letters_segmented.tsv"])
    groups = clusters([one.text for one in (*raw, *segmented)])
    measured = views(raw, segmented, groups)
    files = ("bodies, raw", "letters, segmented")
    for chosen in (files, files[1:], files[:1]):
        found = cross_validate({name: measured[name] for name in chosen}, measured, groups)
        for name, figures in found.items():
            sys.stdout.write(
                f"trained on {' + '.join(chosen):32}  {name:18} {figures.texts:5}  macro-F1 {figures.macro_f1:.4f}"
                f"  accuracy {figures.accuracy:.4f}  ECE {figures.calibration.ece:.3f}\n"
            )
            sys.stdout.flush()


if __name__ == "__main__":
    main()
