"""`huiyin train` and `huiyin evaluate`: learn a keyword lexicon from labelled texts, and say how good it is."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

from nlp.keyword_file import dump_weights, load_weights
from nlp.keyword_weights import Scorer, Weights
from nlp.learning.data import DataError, read_chatter, read_examples
from nlp.learning.evaluate import Evaluation, evaluate, predict
from rules.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from nlp.learning.data import Example

FAILED = 1
BAD_INPUT = 2
_NEEDS_EXTRA = "needs the optional packages for learning: pip install 'huiyin[learn]'"

_FILE = click.Path(path_type=Path)


@click.command("train", short_help="Learn a keyword lexicon from labelled texts.")
@click.argument("data", nargs=-1, required=True, type=_FILE, metavar="DATA.tsv...")
@click.option("--chatter", multiple=True, type=_FILE, metavar="FILE", help="TSV (group, text) of what is no report.")
@click.option("--max-keywords", type=click.IntRange(min=1), default=5_000, show_default=True, metavar="N")
@click.option("--exclude", type=_FILE, metavar="FILE", help="Words, one a line, that no keyword may contain.")
@click.option("-o", "--output", required=True, type=_FILE, metavar="LEXICON.toml", help="Where the lexicon goes.")
def train_command(
    data: tuple[Path, ...], chatter: tuple[Path, ...], max_keywords: int, exclude: Path | None, output: Path
) -> None:
    """Learn keyword weights for any set of labels and write them as TOML that a person can read and correct.

    DATA has a header line; the first column is the label, the second the text, raw or segmented by spaces. With
    --chatter (may be given several times) the lexicon also learns the label "-": none of these. The same input
    gives the same bytes.
    """
    try:
        examples, quiet = read_examples(data), read_chatter(chatter)
        excluded = _words(exclude)
        weights = _trainer()(examples, quiet, max_keywords, excluded, _progress)
    except DataError as error:
        _end(str(error), BAD_INPUT)
    try:
        output.write_bytes(dump_weights(weights).encode())
    except OSError as error:
        _end(f"{output}: can't be written: {error.strerror}", FAILED)
    _progress(f"{output}: {len(weights.words())} keywords for {len(weights.labels)} labels")


@click.command("evaluate", short_help="Measure a learned lexicon on labelled texts.")
@click.argument("model", type=_FILE, metavar="LEXICON.toml")
@click.argument("data", nargs=-1, required=True, type=_FILE, metavar="DATA.tsv...")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of tables.")
@click.option("--plots", type=_FILE, metavar="DIR", help="Also draw confusion, calibration and abstention (PNG).")
def evaluate_command(model: Path, data: tuple[Path, ...], *, as_json: bool, plots: Path | None) -> None:
    """Label the texts with the lexicon and compare: macro-F1, accuracy, per-class precision and recall, confusion,
    calibration and abstention curve. Needs no optional packages, except matplotlib for --plots.
    """
    try:
        weights = load_weights(model)
        examples = read_examples(data)
    except (DataError, ConfigError) as error:
        _end(str(error), BAD_INPUT)
    except OSError as error:
        _end(f"{model}: can't be read: {error.strerror}", BAD_INPUT)
    unknown = sorted({example.label for example in examples} - set(weights.labels))
    if len(unknown) == len({example.label for example in examples}):
        _end(f"no label of the data is in {model}: {', '.join(unknown)}; it has {', '.join(weights.labels)}", BAD_INPUT)
    if unknown:
        _progress(f"labels that {model} doesn't have, counted as wrong: {', '.join(unknown)}")
    figures = evaluate(predict(Scorer(weights), examples))
    click.echo(json.dumps(figures.as_json(), ensure_ascii=False) if as_json else _tables(figures))
    if plots is not None:
        _draw(figures, plots)


def _trainer() -> (
    "Callable[[Sequence[Example], Sequence[Example], int, frozenset[str], Callable[[str], None]], Weights]"
):
    """Training, imported only here: it takes a second, and packages that not everyone has installed."""
    try:
        from nlp.learning.train import learn_lexicon
    except ImportError as error:
        _end(f"train {_NEEDS_EXTRA} ({error.name} is missing)", FAILED)
    return learn_lexicon


def _draw(figures: Evaluation, folder: Path) -> None:
    try:
        from nlp.learning.plots import draw
    except ImportError as error:
        _end(f"--plots {_NEEDS_EXTRA} ({error.name} is missing)", FAILED)
    try:
        paths = draw(figures, folder)
    except OSError as error:
        _end(f"{folder}: can't be written: {error.strerror}", FAILED)
    _progress("drawn: " + ", ".join(map(str, paths)))


def _words(path: Path | None) -> frozenset[str]:
    if path is None:
        return frozenset()
    try:
        return frozenset(path.read_text("utf-8").split())
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{path}: can't be read as UTF-8 text: {error}") from error


def _tables(figures: Evaluation) -> str:
    """The figures for people."""
    lines = [f"macro-F1 {figures.macro_f1:.4f}   accuracy {figures.accuracy:.4f}   texts {figures.texts}", ""]
    lines += ["precision  recall      F1    texts  label"]
    for label, one in figures.per_class.items():
        lines += [f"{one.precision:9.3f} {one.recall:7.3f} {one.f1:7.3f} {one.support:8}  {label}"]
    lines += ["", "taken for another:"]
    mistakes = [
        (number, label, other)
        for label, row in figures.confusion.items()
        for other, number in row.items()
        if number and other != label
    ]
    lines += [f"{number:6}  {label} → {other}" for number, label, other in sorted(mistakes, reverse=True)] or ["  none"]
    lines += ["", f"calibration error {figures.calibration.ece:.3f}", "probability   given   right   texts"]
    for part in figures.calibration.bins:
        spread = f"{part.low:.1f}-{part.high:.1f}"
        lines += [f"{spread:11} {part.confidence:7.3f} {part.accuracy:7.3f} {part.count:7}"]
    lines += ["", "answering only from a probability of …, the share answered and how many of these are right:"]
    lines += [f"{point.threshold:7.3f} {point.coverage:7.3f} {point.accuracy:7.3f}" for point in figures.abstention]
    return "\n".join(lines)


def _progress(message: str) -> None:
    click.echo(message, err=True)


def _end(message: str, code: int) -> NoReturn:
    click.echo(f"huiyin: {message}", err=True)
    sys.exit(code)
