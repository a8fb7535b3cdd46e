"""The command `huiyin`: exit codes, messages that name the place of a mistake, and how a process begins and ends."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result
from typing_extensions import override

from bot.cli import Huiyin, cli, explain
from bot.scene import TABLES
from rules.errors import ConfigError, Conflict, Disconnected, HuiyinError, InvalidInput, NotFound, Unavailable
from rules.sayings import NoAudience, NoSuchNode
from tests.bot.nodegateway import NodeGateway

WAIT = 60  # seconds until a process that says nothing counts as hung


def huiyin(*arguments: object, typed: str | None = None) -> Result:
    return CliRunner().invoke(cli, [str(one) for one in arguments], input=typed)


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """Settings of a bot that is worked by hand, on a SQLite file that isn't there yet."""
    path = tmp_path / "config.toml"
    path.write_text(
        f'[database]\nurl = "sqlite:///{tmp_path}/huiyin.db"\n[files]\nfolder = "{tmp_path}/files"\n'
        '[log]\nformat = "json"\n[[accounts]]\nname = "main"\ngateway = "manual"\n',
        "utf-8",
    )
    return path


@pytest.fixture
def district(config: Path) -> Path:
    """The same, with the demo's district imported."""
    assert huiyin("db", "upgrade", "-c", config).exit_code == 0
    tables = [word for name in ("nodes", "people", "rooms") for word in (f"--{name}", TABLES / f"{name}.tsv")]
    assert huiyin("org", "import", "-c", config, *tables).exit_code == 0
    return config


# --- the frame -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("arguments", [["--help"], ["classify", "20栋门口路灯坏了"], ["--version"]])
def test_what_needs_no_database_and_no_wechat_loads_neither(arguments: list[str]) -> None:
    code = (
        "import sys; from bot.cli import cli; cli(sys.argv[1:], standalone_mode=False);"
        "print(sorted({'sqlalchemy', 'alembic', 'wechaty', 'wechaty_puppet', 'grpclib'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=True)

    assert done.stdout.splitlines()[-1] == "[]"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["nosuch"], "No such command 'nosuch'"),
        (["run"], "Missing option '-c' / '--config'"),
        (["demo", "--speed", "0"], "0 is not in the range"),
        (["org", "import", "-c", "x.toml"], "expected at least one of --nodes, --people and --rooms"),
    ],
)
def test_wrong_arguments_end_with_2(arguments: list[str], told: str) -> None:
    result = huiyin(*arguments)

    assert result.exit_code == 2
    assert told in result.stderr


@pytest.mark.parametrize(
    ("error", "told", "code"),
    [
        (ConfigError("x.toml:3: log.formt: unknown key"), "x.toml:3: log.formt: unknown key", 2),
        (InvalidInput(NoAudience()), "请写上发给哪里", 1),
        (NotFound(NoSuchNode("火星")), "没找到「火星」", 1),
        (Unavailable("locked"), "the database: locked", 1),
        (Conflict("twice"), "the database: twice", 1),
        (Disconnected("gone"), "the gateway: gone", 1),
    ],
)
def test_every_failure_has_its_words_and_exit_code(error: HuiyinError, told: str, code: int) -> None:
    message, given = explain(error)

    assert told in message
    assert given == code


class Broken(Huiyin):
    @override
    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        def fail() -> None:
            raise LookupError("李阿姨 said something")

        return click.Command("broken", callback=fail)


def test_a_bug_is_one_line_and_its_details_are_kept_for_the_owner() -> None:
    result = CliRunner().invoke(Broken(), ["broken"])

    assert result.exit_code == 1
    assert result.stderr.count("\n") == 1
    assert "李阿姨" not in result.stderr
    kept = Path(result.stderr.split()[-1])
    assert "LookupError: 李阿姨 said something" in kept.read_text("utf-8")
    assert kept.stat().st_mode & 0o077 == 0
    kept.unlink()


def test_a_bug_is_shown_whole_where_that_is_asked_for() -> None:
    group = Broken(params=[click.Option(["--debug"], is_flag=True)])

    result = CliRunner().invoke(group, ["--debug", "broken"])

    assert isinstance(result.exception, LookupError)


# --- database and tables -------------------------------------------------------------------------------------------


def test_a_database_is_made_checked_and_asked_for(config: Path) -> None:
    before = huiyin("db", "check", "-c", config)
    run = huiyin("run", "-c", config)
    made = huiyin("db", "upgrade", "-c", config, "--json")
    after = huiyin("db", "check", "-c", config, "--json")

    assert (before.exit_code, run.exit_code, made.exit_code, after.exit_code) == (1, 2, 0, 0)
    assert "huiyin db upgrade" in before.stderr
    assert "huiyin db upgrade" in run.stderr
    assert json.loads(made.stdout)["changed"] is True
    assert json.loads(after.stdout)["current"] is True


def test_a_database_of_a_newer_version_is_left_alone(config: Path, tmp_path: Path) -> None:
    assert huiyin("db", "upgrade", "-c", config).exit_code == 0
    with sqlite3.connect(tmp_path / "huiyin.db") as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()

    for arguments in (["db", "upgrade"], ["db", "check"], ["run"], ["notice", "result", "1"]):
        result = huiyin(*arguments, "-c", config)
        assert result.exit_code == 2
        assert "9999 was made by a newer version" in result.stderr


def test_what_is_no_database_is_told(config: Path, tmp_path: Path) -> None:
    (tmp_path / "huiyin.db").write_text("it isn't " * 500, "utf-8")

    result = huiyin("db", "check", "-c", config)

    assert result.exit_code == 2
    assert "database.url" in result.stderr


def test_a_database_that_cant_be_opened_is_named(config: Path, tmp_path: Path) -> None:
    config.write_text(config.read_text("utf-8").replace("huiyin.db", "nowhere/huiyin.db"), "utf-8")

    result = huiyin("db", "upgrade", "-c", config)

    assert result.exit_code == 1
    assert f"{tmp_path}/nowhere/huiyin.db" in result.stderr


@pytest.mark.parametrize(
    ("table", "text", "told"),
    [
        ("nodes", "", ":1: expected a header with the columns code, parent, level, name"),
        ("nodes", "code\tparent\tname\nA\t\tA\n", ":1: column level is missing"),
        ("nodes", "code\tparent\tlevel\tname\nA\tB\tgrid\tA\n", ":2: parent: no node 'B' above this line"),
        ("nodes", "code\tparent\tlevel\tname\nA\t\tplanet\tA\n", ":2: level: 'planet'; expected district"),
        ("nodes", "code\tparent\tlevel\tname\nA\t\tgrid\tA\nA\t\tgrid\tA\n", ":3: code: A stands twice"),
        ("nodes", "code\tparent\tlevel\tname\nA\t\tgrid\tA\tmore\n", ":2: 5 cells, expected 4"),
        ("people", "code\tname\trole\tnode\np\tP\tking\tGY\n", ":2: role: 'king'; expected resident"),
        ("people", "code\tname\trole\tnode\np\tP\tadmin\tXX\n", ":2: node: no node has the code 'XX'"),
        ("rooms", "account\troom\ttopic\tnode\tkind\nmain\tr\tt\tGY\tparty\n", ":2: kind: 'party'; expected residents"),
        ("rooms", "account\troom\ttopic\tnode\tkind\nmain\tr\tt\tXX\tcare\n", ":2: node: no node has the code 'XX'"),
    ],
)
def test_a_mistake_in_a_table_is_told_with_its_line(
    district: Path, tmp_path: Path, table: str, text: str, told: str
) -> None:
    path = tmp_path / "table.tsv"
    path.write_text(text, "utf-8")

    result = huiyin("org", "import", "-c", district, f"--{table}", path)

    assert result.exit_code == 2
    assert f"{path}{told}" in result.stderr


def test_the_same_tables_again_change_nothing(district: Path) -> None:
    arguments = ["org", "import", "-c", district, "--nodes", TABLES / "nodes.tsv", "--json"]

    assert json.loads(huiyin(*arguments).stdout) == json.loads(huiyin(*arguments).stdout)


# --- notices -------------------------------------------------------------------------------------------------------


def send(district: Path, *more: object, typed: str | None = None) -> Result:
    return huiyin("notice", "send", "-c", district, *more, typed=typed)


def test_a_notice_is_shown_queued_once_per_room_stopped_and_resent(district: Path, tmp_path: Path) -> None:
    picture = tmp_path / "停水.jpg"
    picture.write_bytes(b"\xff\xd8\xff")

    sent = send(
        district, "--as", "wang", "--to", "居民群 工作群", "--text", "{unit}停水，问 13800000000", "--file", picture,
        "--yes", "--json",
    )  # fmt: skip
    number = json.loads(sent.stdout)["notice"]
    stopped = huiyin("notice", "stop", number, "-c", district, "--json")
    result = huiyin("notice", "result", number, "-c", district, "--json")
    again = huiyin("notice", "stop", number, "-c", district)
    resent = huiyin("notice", "resend", number, "-c", district, "--json")

    assert "12 rooms" in sent.stderr
    assert "1 phone, ID or card numbers will be masked" in sent.stderr
    figures = json.loads(sent.stdout)
    assert (figures["rooms"], figures["waiting"], len(figures["by_room"])) == (12, 12, 12)
    assert json.loads(stopped.stdout) == {"notice": number, "taken_back": 24}
    assert json.loads(result.stdout)["cancelled"] == 12
    assert again.exit_code == 1
    assert json.loads(resent.stdout)["messages"] == 0


def test_no_means_no(district: Path) -> None:
    result = send(district, "--as", "wang", "--to", "全部", "--text", "停水", typed="n\n")

    assert result.exit_code == 1
    assert huiyin("notice", "result", "1", "-c", district).exit_code == 1


@pytest.mark.parametrize(
    ("more", "code", "told"),
    [
        (["--as", "nobody", "--to", "全部", "--text", "x"], 2, "nobody has the code 'nobody'"),
        (["--as", "zhao", "--to", "全部", "--text", "x"], 1, "不在您负责的范围里"),
        (["--as", "wang", "--to", "火星", "--text", "x"], 1, "没找到「火星」"),
        (["--as", "wang", "--to", "全部"], 1, "还没有正文"),
        (["--as", "wang", "--to", "全部", "--file", "none.png"], 2, "none.png: can't be read"),
        (["--as", "wang", "--to", "全部", "--text-file", "none.txt"], 2, "none.txt: can't be read"),
        (["--as", "wang", "--to", "全部", "--text", "x", "--text-file", "y"], 2, "expected one of them"),
    ],
)
def test_a_notice_that_cant_be_sent_says_why(district: Path, more: list[str], code: int, told: str) -> None:
    result = send(district, *more, "--yes")

    assert result.exit_code == code
    assert told in result.stderr


# --- the process ---------------------------------------------------------------------------------------------------


@contextmanager
def running(config: Path) -> Iterator[subprocess.Popen[str]]:
    """The bot as a process of its own, killed at the end if it's still there."""
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    code = "from bot.cli import main; main()"
    command = [sys.executable, "-c", code, "run", "-c", str(config)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment) as process:
        try:
            yield process
        finally:
            process.kill()


def wait_for(process: subprocess.Popen[str], event: str) -> None:
    """Read the process's log until it says this."""
    assert process.stderr is not None
    for line in process.stderr:
        if json.loads(line)["event"] == event:
            return
    pytest.fail(f"the process ended without {event}")


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_a_second_process_waits_until_the_first_has_ended_in_order(district: Path, how: signal.Signals) -> None:
    with running(district) as first:
        wait_for(first, "app.running")
        with running(district) as second:
            wait_for(second, "app.account_taken")
            first.send_signal(how)
            wait_for(first, "app.ended")
            assert first.wait(WAIT) == 0
            wait_for(second, "app.running")
            second.send_signal(how)
            assert second.wait(WAIT) == 0


def test_a_process_that_waits_for_an_account_can_be_ended(district: Path) -> None:
    with running(district) as first:
        wait_for(first, "app.running")
        with running(district) as second:
            wait_for(second, "app.account_taken")
            second.send_signal(signal.SIGTERM)
            assert second.wait(WAIT) == 0


def test_the_running_bot_sends_what_the_command_queued(district: Path) -> None:
    with running(district) as bot:
        wait_for(bot, "app.running")
        sent = send(district, "--as", "wang", "--to", "1栋", "--text", "停水", "--yes", "--json")
        wait_for(bot, "by_hand.waiting")
        bot.send_signal(signal.SIGTERM)
        assert bot.wait(WAIT) == 0

    assert json.loads(sent.stdout)["rooms"] == 1


# --- the doctor ----------------------------------------------------------------------------------------------------


def verdicts(result: Result) -> dict[str, str]:
    return {one["check"]: one["verdict"] for one in json.loads(result.stdout)["checks"]}


def test_the_doctor_finds_all_well(district: Path) -> None:
    result = huiyin("doctor", "-c", district, "--json")

    assert result.exit_code == 0
    assert set(verdicts(result).values()) == {"fine"}


def test_the_doctor_names_what_is_wrong_with_the_remedy(config: Path) -> None:
    text = config.read_text("utf-8").replace('gateway = "manual"', 'gateway = "wechaty"\nendpoint = "127.0.0.1:1"')
    config.write_text(f'{text}token = "insecure_0123456789"\ntls = false\n', "utf-8")

    result = huiyin("doctor", "-c", config, "--deadline", "5", "--json")

    assert result.exit_code == 1
    assert (verdicts(result)["database"], verdicts(result)["account main"]) == ("wrong", "wrong")
    assert all(one["remedy"] for one in json.loads(result.stdout)["checks"] if one["verdict"] != "fine")
    assert huiyin("doctor", "-c", config, "--deadline", "5").exit_code == 1


def at_gateway(district: Path, node: NodeGateway) -> Path:
    account = f'gateway = "wechaty"\nendpoint = "{node.endpoint}"\ntoken = "{node.token}"\ntls = false\n'
    district.write_text(district.read_text("utf-8").replace('gateway = "manual"\n', account), "utf-8")
    return district


def test_the_doctor_asks_the_real_gateway(district: Path, node: NodeGateway) -> None:
    result = huiyin("doctor", "-c", at_gateway(district, node), "--json")

    assert result.exit_code == 0
    assert verdicts(result)["account main"] == "fine"


def test_the_doctor_tells_that_nobody_is_logged_in(district: Path, logged_out_node: NodeGateway) -> None:
    result = huiyin("doctor", "-c", at_gateway(district, logged_out_node), "--deadline", "2", "--json")

    assert result.exit_code == 1
    assert verdicts(result)["account main"] == "wrong"
