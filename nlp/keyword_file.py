"""Learned keyword weights as TOML that a person can read and correct: written with fixed bytes, read strictly."""

import json
import math
from pathlib import Path

from nlp.keyword_weights import Weights
from nlp.normalize import INVISIBLE, REPLACEMENT, fold
from nlp.toml_lines import Table, TomlFile
from rules.errors import ConfigError

FORMAT = 1
DIGITS = 3  # after the point: more would only be noise to a reader

_HEAD = """\
# A keyword lexicon learned from labelled texts. For each label its keywords, the strongest first; negative
# weights speak against it. A text's sum for a label is its bias and, for each keyword found in the text (anywhere,
# also inside other words), weight × (1 + ln of how often), halved for a single character, all divided by the
# Euclidean length of these counts. Probabilities are the softmax of scale × sums. Correct a weight, take a line out
# or add one, and the model follows.
"""


def dump_weights(weights: Weights) -> str:
    """The file's text: the same weights always give the same text."""
    lines = [_HEAD + f"format = {FORMAT}", f"labels = [{', '.join(map(_quoted, weights.labels))}]"]
    if weights.none is not None:
        lines += [f"none = {_quoted(weights.none)}  # belongs to no other label: the bot keeps quiet"]
    lines += ["", "[calibration]", f"scale = {_number(weights.scale)}", "", "[bias]"]
    lines += [f"{_quoted(label)} = {_number(weights.bias[label])}" for label in weights.labels]
    for label in weights.labels:
        lines += ["", f"[keywords.{_quoted(label)}]"]
        table = sorted(weights.keywords[label].items(), key=lambda item: (-item[1], item[0]))
        lines += [f"{_quoted(word)} = {_number(weight)}" for word, weight in table]
    return "\n".join(lines) + "\n"


def load_weights(path: Path) -> Weights:
    """Read the file; unknown keys, duplicates and contradictions raise ConfigError with file and line."""
    file = TomlFile(path)
    file.only(file.table, ("format", "labels", "none", "calibration", "bias", "keywords"))
    if file.table.get("format") != FORMAT:
        raise file.refuse("format", f"'format' must be {FORMAT}: the only one that this version reads")
    labels = _labels(file)
    none = file.text(file.table, "none") if "none" in file.table else None
    if none is not None and none not in labels:
        raise file.refuse("none", f"'none' must be one of the labels, not {none!r}")
    calibration = file.sub(file.table, "calibration")
    file.only(calibration, ("scale",))
    scale = _finite(file, calibration, "scale")
    if scale <= 0:
        raise file.refuse("scale", "'scale' must be above 0")
    bias = file.sub(file.table, "bias")
    file.only(bias, labels)
    tables = file.sub(file.table, "keywords")
    file.only(tables, labels)
    return Weights(
        labels=labels,
        bias={label: _finite(file, bias, label) for label in labels},
        keywords={label: _keywords(file, tables, label) for label in labels},
        scale=scale,
        none=none,
    )


def _labels(file: TomlFile) -> tuple[str, ...]:
    labels = file.table.get("labels")
    if not isinstance(labels, list) or not all(isinstance(label, str) for label in labels) or len(labels) < 2:
        raise file.refuse("labels", "'labels' must be a list of at least two strings")
    for label in labels:
        if labels.count(label) > 1:
            raise file.refuse("labels", f"the label {label!r} stands twice")
    return tuple(labels)


def _finite(file: TomlFile, table: Table, key: str) -> float:
    number = file.number(table, key)
    if not math.isfinite(number):
        raise file.refuse(key, f"{key!r} must be a finite number")
    return number


def _keywords(file: TomlFile, tables: Table, label: str) -> dict[str, float]:
    """One label's table, in the folded form that texts are matched in."""
    table = file.sub(tables, label)
    written: dict[str, str] = {}
    weights: dict[str, float] = {}
    for word, weight in table.items():
        folded = fold(word)
        if not folded or any(part.isspace() or part in (INVISIBLE, REPLACEMENT) for part in folded):
            raise _refuse_word(file, label, word, f"the keyword {word!r} is empty or holds blanks: nothing matches it")
        if folded in written:
            raise _refuse_word(file, label, word, f"{word!r} is matched as {written[folded]!r} is: keep one of the two")
        if isinstance(weight, bool) or not isinstance(weight, int | float) or not math.isfinite(weight):
            raise _refuse_word(file, label, word, f"the weight of {word!r} must be a finite number, not {weight!r}")
        written[folded] = word
        weights[folded] = float(weight)
    return weights


def _refuse_word(file: TomlFile, label: str, word: str, complaint: str) -> ConfigError:
    """The error at the keyword's line in its label's table: the same word may stand in other tables too."""
    header = max(file.lines_of(f"keywords.{_quoted(label)}"), default=0)
    line = min((number for number in file.lines_of(word) if number > header), default=header)
    return ConfigError(f"{file.path}:{line}: [keywords.{_quoted(label)}] {complaint}")


def _quoted(text: str) -> str:
    """A TOML basic string: JSON's escapes are among TOML's, except for the delete character."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _number(value: float) -> str:
    return repr(round(value, DIGITS) + 0.0)
