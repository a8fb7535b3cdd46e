"""Labelled examples from use: what leaders said of reports, and files of lines that a person has labelled."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from nlp.learning.data import NONE, DataError, read_examples
from nlp.normalize import fold

UNDECIDED = "?"  # a line that was offered for labelling and has no label yet
_NO_REPORT = {NONE, "chatter", "不是诉求", "否"}


@dataclass(frozen=True, slots=True)
class Marked:
    """A text with its right case type, or `-` for no report; `room` tells texts of one room from others'."""

    text: str
    label: str
    room: int | None = None

    @property
    def is_report(self) -> bool:
        """Whether it is one, of whatever type."""
        return self.label != NONE


def read_marked(paths: Sequence[Path], types: Mapping[str, str]) -> list[Marked]:
    """The rows of TSV files (label, text): a label is a case type's code or name, `-` for no report, `?` for neither.

    Raises DataError for a label that isn't one; `types` gives the names by code.
    """
    codes = {**{code: code for code in types}, **{name: code for code, name in types.items()}}
    codes |= dict.fromkeys(_NO_REPORT, NONE)
    found: list[Marked] = []
    for example in read_examples(paths) if paths else []:
        if example.label in codes:
            found.append(Marked(example.text.replace("\\n", "\n"), codes[example.label]))
        elif example.label != UNDECIDED:
            shown = ", ".join(map(str, paths))
            raise DataError(f"{shown}: label {example.label!r}: expected a case type such as lift or 电梯, -, or ?")
    return found


def distinct(marked: Sequence[Marked]) -> list[Marked]:
    """Each text once: with the label that most gave it, of two as frequent the later one."""
    votes: dict[str, list[Marked]] = {}
    for one in marked:
        if one.text.strip():
            votes.setdefault(fold(one.text).strip(), []).append(one)
    found = []
    for given in votes.values():
        labels = [one.label for one in given]
        latest = {label: place for place, label in enumerate(labels)}
        label = max(latest, key=lambda label: (labels.count(label), latest[label]))
        found.append(given[latest[label]])
    return found
