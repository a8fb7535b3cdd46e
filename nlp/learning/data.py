"""Labelled texts from TSV files: one header line, then a label and a text on each line."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rules.errors import HuiyinError

NONE = "-"  # the label of what belongs to no other: chatter

_IDEOGRAPH = "\u3400-\u9fff"
_CUT = re.compile(rf"(?<=[{_IDEOGRAPH}])[ \u3000]+(?=[{_IDEOGRAPH}])")
_SEGMENTED = 0.1  # so many cuts per character, or more, and a text was segmented: running text has next to none


class DataError(HuiyinError):
    """A data file can't be used: names the file, the line where there is one, and what was expected."""


@dataclass(frozen=True, slots=True)
class Example:
    """A text and its label."""

    label: str
    text: str


def read_examples(paths: Sequence[Path]) -> list[Example]:
    """The rows of labelled files: first column the label, second the text, whatever the header calls them."""
    examples = [Example(label, text) for path in paths for label, text in _rows(path)]
    if not examples:
        raise DataError(f"{', '.join(map(str, paths))}: no labelled text under the header line")
    return examples


def read_chatter(paths: Sequence[Path]) -> list[Example]:
    """The rows of chatter files (group, text): whatever the group, they have the label of none."""
    return [Example(NONE, text) for path in paths for _, text in _rows(path)]


def is_segmented(text: str) -> bool:
    """Whether the text was cut into words by spaces.

    >>> is_segmented("路灯 坏 多天 无人 修理"), is_segmented("路灯坏了 没人修")
    (True, False)
    """
    return len(_CUT.findall(text)) >= _SEGMENTED * len(text)


def _rows(path: Path) -> list[tuple[str, str]]:
    try:
        content = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DataError(f"{path}: not UTF-8 ({error.reason} at byte {error.start})") from error
    except OSError as error:
        raise DataError(f"{path}: can't be read: {error.strerror}") from error
    rows = []
    for number, line in enumerate(content.replace("\r\n", "\n").split("\n"), 1):
        if not line.strip():
            continue
        label, tab, rest = line.partition("\t")
        text = rest.split("\t", 1)[0]
        if not tab:
            raise DataError(f"{path}:{number}: expected a label, a tab and a text; there is no tab")
        if number == 1:
            continue
        if not label.strip():
            raise DataError(f"{path}:{number}: the label (first column) is empty")
        if not text.strip():
            raise DataError(f"{path}:{number}: the text (second column) is empty")
        rows.append((label.strip(), text))
    return rows
