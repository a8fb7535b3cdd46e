"""The figures of an evaluation as pictures: the only import of matplotlib."""

from pathlib import Path

from matplotlib import font_manager
from matplotlib.figure import Figure

from nlp.learning.evaluate import Evaluation

_CHINESE = ("Noto Sans CJK SC", "WenQuanYi Micro Hei", "WenQuanYi Zen Hei", "Source Han Sans SC", "SimHei")


def draw(evaluation: Evaluation, folder: Path) -> list[Path]:
    """Write confusion.png, calibration.png and abstention.png into the folder (made if missing); return their paths.

    Where no font with Chinese characters is installed, labels are numbered in the order of the figures.
    """
    folder.mkdir(parents=True, exist_ok=True)
    figures = {"confusion": _confusion(evaluation), "calibration": _calibration(evaluation)}
    figures["abstention"] = _abstention(evaluation)
    paths = []
    for name, figure in figures.items():
        paths.append(folder / f"{name}.png")
        figure.savefig(paths[-1], dpi=120, metadata={"Software": None})
    return paths


def _font() -> font_manager.FontProperties | None:
    installed = {font.name for font in font_manager.fontManager.ttflist}
    return next((font_manager.FontProperties(family=name) for name in _CHINESE if name in installed), None)


def _confusion(evaluation: Evaluation) -> Figure:
    rows = list(evaluation.confusion)
    columns = list(next(iter(evaluation.confusion.values())))
    font = _font()
    plain = font is None and not all(label.isascii() for label in columns)
    shown = [str(number) for number in range(1, len(columns) + 1)] if plain else columns
    side = 3 + 0.5 * len(columns)
    figure = Figure(figsize=(side + 1, side), layout="constrained")
    axes = figure.subplots()
    shares = [
        [count / max(1, sum(evaluation.confusion[row].values())) for count in evaluation.confusion[row].values()]
        for row in rows
    ]
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    for y, row in enumerate(rows):
        for x, column in enumerate(columns):
            ink = "white" if shares[y][x] > 0.5 else "black"
            axes.text(x, y, str(evaluation.confusion[row][column]), ha="center", va="center", color=ink, fontsize=8)
    axes.set_xticks(range(len(columns)), shown, rotation=45, ha="right", fontproperties=font)
    axes.set_yticks(range(len(rows)), [shown[columns.index(row)] for row in rows], fontproperties=font)
    axes.set(xlabel="predicted", ylabel="labelled")
    axes.set_title(f"macro-F1 {evaluation.macro_f1:.3f}, {evaluation.texts} texts")
    return figure


def _calibration(evaluation: Evaluation) -> Figure:
    figure = Figure(figsize=(5, 4.5), layout="constrained")
    axes = figure.subplots()
    bins = evaluation.calibration.bins
    axes.plot([0, 1], [0, 1], color="grey", linestyle=":")
    axes.plot([one.confidence for one in bins], [one.accuracy for one in bins], marker="o")
    for one in bins:
        axes.annotate(str(one.count), (one.confidence, one.accuracy), textcoords="offset points", xytext=(6, -10))
    axes.set(xlabel="probability given", ylabel="share right", xlim=(0, 1), ylim=(0, 1.02))
    axes.set_title(f"expected calibration error {evaluation.calibration.ece:.3f}")
    return figure


def _abstention(evaluation: Evaluation) -> Figure:
    figure = Figure(figsize=(5, 4.5), layout="constrained")
    axes = figure.subplots()
    points = evaluation.abstention
    axes.plot([one.coverage for one in points], [one.accuracy for one in points], marker=".")
    axes.set(xlabel="share answered", ylabel="share of answers right", xlim=(0, 1))
    axes.set_title("keeping quiet when unsure")
    return figure
