"""The figures of an evaluation, checked by hand, and the command that prints and draws them."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from bot.commands.learning import evaluate_command
from nlp.keyword_file import dump_weights
from nlp.learning.evaluate import Prediction, evaluate
from nlp.learning.train import learn_lexicon
from tests.nlp.letters import invented, write_tsv

# label, predicted, probability
PREDICTIONS = [
    Prediction("a", "a", 0.95),
    Prediction("a", "a", 0.95),
    Prediction("a", "b", 0.55),
    Prediction("b", "b", 0.75),
    Prediction("b", "c", 0.35),
]


def test_figures_by_hand() -> None:
    figures = evaluate(PREDICTIONS)
    assert figures.accuracy == pytest.approx(0.6)
    a, b = figures.per_class["a"], figures.per_class["b"]
    assert (a.precision, a.recall, a.f1, a.support) == pytest.approx((1, 2 / 3, 0.8, 3))
    assert (b.precision, b.recall, b.f1, b.support) == pytest.approx((1 / 2, 1 / 2, 1 / 2, 2))
    assert figures.macro_f1 == pytest.approx((0.8 + 0.5) / 2)
    assert figures.confusion == {"a": {"a": 2, "b": 1, "c": 0}, "b": {"a": 0, "b": 1, "c": 1}}


def test_calibration_by_hand() -> None:
    calibration = evaluate(PREDICTIONS).calibration
    assert [(one.low, one.count, one.accuracy) for one in calibration.bins] == [
        (0.3, 1, 0),
        (0.5, 1, 0),
        (0.7, 1, 1),
        (0.9, 2, 1),
    ]
    assert calibration.ece == pytest.approx((0.35 + 0.55 + 0.25 + 2 * 0.05) / 5)


def test_abstention_goes_from_all_answered_to_the_surest() -> None:
    points = evaluate(PREDICTIONS).abstention
    assert (points[0].threshold, points[0].coverage, points[0].accuracy) == pytest.approx((0.35, 1, 0.6))
    assert (points[-1].threshold, points[-1].coverage, points[-1].accuracy) == pytest.approx((0.95, 0.4, 1))
    assert [point.coverage for point in points] == sorted((point.coverage for point in points), reverse=True)


def test_certainty_falls_into_the_last_bin() -> None:
    assert evaluate([Prediction("a", "a", 1.0)]).calibration.bins[0].high == 1


@pytest.fixture
def model(tmp_path: Path) -> Path:
    path = tmp_path / "lexicon.toml"
    path.write_text(dump_weights(learn_lexicon(invented(90), max_keywords=60)), "utf-8")
    return path


@pytest.fixture
def unseen(tmp_path: Path) -> Path:
    return write_tsv(tmp_path / "unseen.tsv", invented(30, seed=3), header="类别\t内容")


def test_json_has_every_figure(model: Path, unseen: Path) -> None:
    done = CliRunner().invoke(evaluate_command, [str(model), str(unseen), "--json"])
    assert done.exit_code == 0, done.output
    figures = json.loads(done.stdout)
    assert set(figures) == {"texts", "macro_f1", "accuracy", "per_class", "confusion", "calibration", "abstention"}
    assert figures["macro_f1"] >= 0.9
    assert set(figures["per_class"]["道路"]) == {"precision", "recall", "f1", "support"}
    assert set(figures["calibration"]) == {"ece", "bins"}


def test_tables_name_every_label(model: Path, unseen: Path) -> None:
    done = CliRunner().invoke(evaluate_command, [str(model), str(unseen)])
    assert done.exit_code == 0, done.output
    assert done.stdout.startswith("macro-F1 ")
    for label in ("道路", "学校", "医院"):
        assert label in done.stdout


def test_pictures_are_drawn(model: Path, unseen: Path, tmp_path: Path) -> None:
    folder = tmp_path / "new" / "plots"
    done = CliRunner().invoke(evaluate_command, [str(model), str(unseen), "--plots", str(folder)])
    assert done.exit_code == 0, done.output
    for name in ("confusion", "calibration", "abstention"):
        assert (folder / f"{name}.png").read_bytes().startswith(b"\x89PNG")


def test_wrong_input_ends_with_code_2_and_says_where(model: Path, unseen: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken.toml"
    broken.write_text(model.read_text("utf-8").replace("format = 1", "format = 9"), "utf-8")
    foreign = tmp_path / "foreign.tsv"
    foreign.write_text("label\ttext\n别的\t什么\n", "utf-8")
    for arguments, complaint in (
        ([broken, unseen], f"{broken}:"),
        ([tmp_path / "none.toml", unseen], "none.toml"),
        ([tmp_path, unseen], f"{tmp_path}: can't be read"),
        ([model, tmp_path / "none.tsv"], "none.tsv: can't be read"),
        ([model, foreign], "no label of the data"),
    ):
        done = CliRunner().invoke(evaluate_command, [str(argument) for argument in arguments])
        assert done.exit_code == 2
        assert complaint in done.stderr
