"""`huiyin replay`: a group's log through the whole pipeline, one JSON line for each line of the log."""

import json
from collections.abc import Sequence
from pathlib import Path

from click.testing import CliRunner, Result

from bot.commands.replay import replay_command

HEADER = "room\ttime\tspeaker\trole\ttext\tkind"
FIELDS = {
    "line",
    "utterance",
    "kind",
    "case_type",
    "score",
    "ticket",
    "incident",
    "place",
    "urgency",
    "evidence",
}
Line = tuple[str, str, str, str]


def played(folder: Path, lines: Sequence[Line]) -> tuple[Result, list[dict[str, object]]]:
    log = folder / "log.tsv"
    rows = ["\t".join(("云栖里3栋邻里群", *line, "chatter")) for line in lines]
    log.write_text("\n".join([HEADER, *rows]) + "\n", "utf-8")
    result = CliRunner().invoke(replay_command, [str(log), "--json"])
    return result, [json.loads(line) for line in result.stdout.splitlines()]


def test_one_answer_for_each_line_in_order(tmp_path: Path) -> None:
    result, told = played(
        tmp_path,
        [
            ("08:00:00", "阿檀", "resident", "早上好呀"),
            ("08:01:00", "老柏", "resident", "3栋2单元电梯又停了"),
            ("08:01:12", "老柏", "resident", "里面关着两个人，在拍门"),
            ("08:02:30", "", "", "[图片]"),
            ("08:04:00", "小桐", "unit_leader", "接单"),
            ("08:05:00", "阿檀", "resident", "接单"),
        ],
    )
    assert result.exit_code == 0, result.stderr
    assert [one["line"] for one in told] == [1, 2, 3, 4, 5, 6]
    assert all(set(one) == FIELDS for one in told)
    report, more = told[1], told[2]
    assert (report["kind"], report["case_type"]) == ("report", "lift")
    assert report["utterance"] == more["utterance"]
    assert report["ticket"] == more["ticket"] is not None
    assert report["place"] == dict.fromkeys(("estate", "road", "floor", "room", "spot")) | {
        "building": "3",
        "unit": "2",
    }
    assert [one["kind"] for one in (told[0], told[4], told[5])] == ["chatter", "command", "chatter"]
    assert told[0]["ticket"] is told[0]["place"] is told[0]["urgency"] is None


def test_what_leans_on_a_ticket_has_its_case_type(tmp_path: Path) -> None:
    _, told = played(
        tmp_path,
        [
            ("20:00:00", "老柏", "resident", "3栋整栋停水了，一滴都没有"),
            ("20:01:30", "阿檀", "resident", "我家也是"),
            ("20:50:00", "阿檀", "resident", "还没好吗"),
        ],
    )
    assert [one["kind"] for one in told] == ["report", "progress", "progress"]
    assert {one["case_type"] for one in told} == {"utility"}
    assert len({one["incident"] for one in told}) == 1


def test_thanks_go_to_what_they_are_for_whoever_reported_it_and_when_it_is_over_too(tmp_path: Path) -> None:
    _, told = played(
        tmp_path,
        [
            ("20:00:00", "老柏", "resident", "3栋整栋停水了，一滴都没有"),
            ("20:30:00", "阿檀", "resident", "2单元楼道灯不亮了，黑漆漆的"),
            ("21:00:00", "阿檀", "resident", "来水了，谢谢师傅"),
            ("21:05:00", "老柏", "resident", "水来了，谢谢抢修的师傅"),
            ("21:40:00", "老柏", "resident", "水压也恢复了，谢谢大家"),
        ],
    )
    water, lamp, *thanks = told
    assert water["incident"] != lamp["incident"]
    assert [(one["kind"], one["incident"], one["case_type"]) for one in thanks] == [
        ("thanks", water["incident"], "utility")
    ] * 3


def test_a_role_that_nobody_has_is_heard_as_a_resident_and_said_once(tmp_path: Path) -> None:
    lines = [("09:00:00", "阿槐", "volunteer", "接单"), ("09:05:00", "阿槐", "volunteer", "大家早")]
    result, told = played(tmp_path, lines)
    assert result.exit_code == 0
    assert [one["kind"] for one in told] == ["chatter", "chatter"]
    assert result.stderr.count("log.tsv:2: role: 'volunteer'") == 1


def test_a_log_that_is_wrong_is_told_with_its_line(tmp_path: Path) -> None:
    result, told = played(tmp_path, [("09:00:00", "阿槐", "resident", "早"), ("25:00:00", "阿槐", "resident", "早")])
    assert result.exit_code != 0
    assert "log.tsv:3: time: '25:00:00'" in f"{result.stderr}{result.exception}"
    assert not told
