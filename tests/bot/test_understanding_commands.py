import json
from pathlib import Path

from click.testing import CliRunner

from bot.commands.understanding import classify_command, lexicon_group

FIELDS = {"text", "kind", "case_type", "score", "second", "evidence", "place", "urgency"}


def test_classify_answers_each_line_in_order_empty_ones_too() -> None:
    lines = ["3栋2单元电梯又停了", "", "哈哈", "接单"]
    result = CliRunner().invoke(classify_command, ["--json"], input="\n".join(lines) + "\n")
    assert result.exit_code == 0
    told = [json.loads(line) for line in result.stdout.splitlines()]
    assert [one["text"] for one in told] == lines
    assert all(set(one) == FIELDS for one in told)
    assert [one["kind"] for one in told] == ["report", "chatter", "chatter", "command"]
    report, empty = told[0], told[1]
    assert report["case_type"] == "lift"
    assert (report["place"]["building"], report["place"]["unit"]) == ("3", "2")
    assert all(one["text"] == lines[0][one["start"] : one["end"]] for one in report["evidence"])
    assert (empty["case_type"], empty["second"], empty["place"], empty["urgency"]) == (None, None, None, None)


def test_a_resident_commands_nothing() -> None:
    result = CliRunner().invoke(classify_command, ["--json", "--role", "resident", "接单"])
    assert json.loads(result.stdout)["kind"] == "chatter"


def test_bytes_that_are_no_text_stop_nothing() -> None:
    result = CliRunner().invoke(classify_command, ["--json"], input=b"\xff\xfe\n\x00\n")
    assert result.exit_code == 0
    assert len(result.stdout.splitlines()) == 2


def test_people_get_a_table() -> None:
    result = CliRunner().invoke(classify_command, ["3栋2单元电梯又停了"])
    assert result.exit_code == 0
    assert "lift" in result.stdout


def test_the_lexicon_is_checked_explained_and_counted() -> None:
    runner = CliRunner()
    assert runner.invoke(lexicon_group, ["check"]).stdout.startswith("ok: 20 case types")
    assert "housing.keywords" in runner.invoke(lexicon_group, ["explain", "楼道灯不亮"]).stdout
    counted = json.loads(runner.invoke(lexicon_group, ["stats", "--json"]).stdout)
    assert counted["features"]["lift.keywords"] > 50


def test_a_wrong_lexicon_ends_with_2_and_the_place(tmp_path: Path) -> None:
    result = CliRunner().invoke(lexicon_group, ["check", "--lexicon", str(tmp_path)])
    assert result.exit_code == 2
    assert "spelling.toml" in result.stderr
