"""`huiyin learn`: from corrections to a proposal, accepted by a person, and taken back."""

import asyncio
import json
import shutil
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bot.cli import cli
from nlp.classify import Understanding
from nlp.decision import Kind
from nlp.learning.proposal import corpus_rooms
from storage.engine import Database
from storage.models import Contact, Correction, Message, Room, Utterance
from storage.types import Base

HARMLESS = "，这是棉棉剧组取景"
TROUBLES = ("单元门坏了没人修", "楼道灯不亮了没人管", "垃圾堆成山没人管", "路灯坏了没人修", "健身器材坏了没人修")
FALSE = [f"{one}{HARMLESS}" for one in TROUBLES]
NEW = [f"{one}{HARMLESS}" for one in ("楼道灯坏了没人来", "垃圾没人收", "健身器材坏了", "路灯坏了没人管")]


def huiyin(*arguments: str | Path) -> Result:
    return CliRunner().invoke(cli, [str(one) for one in arguments])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "lexicon"
    assert huiyin("lexicon", "copy", made).exit_code == 0
    return made


@pytest.fixture
def examples(tmp_path: Path) -> Path:
    path = tmp_path / "examples.tsv"
    path.write_text("label\ttext\n" + "".join(f"-\t{text}\n" for text in FALSE), "utf-8")
    return path


def reports(folder: Path, texts: Sequence[str]) -> list[str]:
    """Those of the texts that are taken for reports."""
    listener = Understanding.load(folder)
    return [text for text in texts if listener.classify(text).kind is Kind.REPORT]


def test_the_whole_cycle(folder: Path, examples: Path, tmp_path: Path) -> None:
    before = reports(folder, NEW)
    assert before
    diff = tmp_path / "proposal.diff"
    proposed = huiyin("learn", "--examples", examples, "--lexicon", folder, "-o", diff, "--tolerance", "0.01")
    assert proposed.exit_code == 0, proposed.output
    assert "guards against false reports" in proposed.stdout
    assert reports(folder, NEW) == before  # nothing changes before a person accepts it
    accepted = huiyin("learn", "--accept", diff, "--lexicon", folder)
    assert accepted.exit_code == 0, accepted.output
    assert len(reports(folder, NEW)) < len(before)
    assert reports(folder, TROUBLES)
    assert huiyin("lexicon", "check", "--lexicon", folder).exit_code == 0
    again = huiyin("learn", "--accept", diff, "--lexicon", folder)
    assert again.exit_code == 1
    assert "has changed" in again.stderr
    assert huiyin("learn", "--undo", "--lexicon", folder).exit_code == 0
    assert reports(folder, NEW) == before
    assert huiyin("learn", "--undo", "--lexicon", folder).exit_code == 1


def test_leaders_words_in_a_database_are_learned_from(folder: Path, sqlite_template: Path, tmp_path: Path) -> None:
    path = tmp_path / "huiyin.db"
    shutil.copyfile(sqlite_template, path)
    asyncio.run(fill(f"sqlite:///{path}", FALSE, "电梯口有人抽烟@王五 电话13912345678"))
    config = tmp_path / "config.toml"
    config.write_text(f'[database]\nurl = "sqlite:///{path}"\n[lexicon]\nfolder = "{folder}"\n', "utf-8")
    before = reports(folder, NEW)
    archive, diff = tmp_path / "archive.tsv", tmp_path / "proposal.diff"
    told = huiyin("learn", "-c", config, "-o", diff, "--archive", archive, "--tolerance", "0.01", "--json")
    assert told.exit_code == 0, told.output
    report = json.loads(told.stdout)
    assert any(change["guard"] for change in report["changes"])
    assert report["examples"]["after"]["false_reports"] < report["examples"]["before"]["false_reports"]
    assert report["drift"]["lately"]["corrected"] == 1.0
    assert report["drift"]["lately"]["utterances"] == len(FALSE) + 1
    assert report["drift"]["before"]["utterances"] == 0
    assert archive.read_text("utf-8") == "label\ttext\n?\t电梯口有人抽烟@某人 电话139****5678\n"
    assert report["offered"] == ["电梯口有人抽烟@某人 电话139****5678"]
    assert huiyin("learn", "-c", config, "--accept", diff).exit_code == 0
    assert len(reports(folder, NEW)) < len(before)


async def fill(url: str, texts: Sequence[str], nearly: str) -> None:
    """Two rooms in which the bot asked about what was none, and a line that it nearly asked about."""
    database = Database(url)
    at = datetime.now(UTC) - timedelta(days=1)
    async with database.write() as tx:
        await tx.execute(table(Contact).insert().values(id=1, account="main", external_id="c", name="剧组小张"))
        for room in (1, 2):
            values = {"id": room, "account": "main", "external_id": f"r{room}", "topic": "", "kind": "residents"}
            await tx.execute(table(Room).insert().values(values))
        for number, text in enumerate([*texts, nearly], 1):
            told = {"kind": "report", "case_type": "facility", "score": 0.9} if number <= len(texts) else {}
            row = {"kind": "chatter", "case_type": None, "score": 0.4, **told}
            times = dict.fromkeys(("first_at", "last_at", "closes_at"), at)
            key = {"id": number, "account": "main", "room_id": 1 + number % 2, "contact_id": 1}
            await tx.execute(table(Utterance).insert().values({**key, **times, **row, "state": "handled"}))
            said = {"account": "main", "external_id": str(number), "utterance_id": number, "form": "text"}
            await tx.execute(table(Message).insert().values({**said, "at": at, "text": text}))
        for number, text in enumerate(texts, 1):
            word = {"utterance_id": number, "at": at, "text": text, "was": "facility", "now": "-"}
            await tx.execute(table(Correction).insert().values(word))
    await database.close()


def table(model: type[Base]):  # type: ignore[no-untyped-def]
    return model.__table__


def test_harm_is_refused_and_nothing_written(folder: Path, tmp_path: Path) -> None:
    harmful = tmp_path / "harmful.tsv"
    lifts = [said.text for said in corpus_rooms() if said.case_type == "lift" and said.kind == "report"]
    rows = [f"noise\t{text.replace(chr(10), ' ')}\n" for text in lifts]
    harmful.write_text("label\ttext\n" + "".join(rows), "utf-8")
    diff = tmp_path / "proposal.diff"
    told = huiyin("learn", "--examples", harmful, "--lexicon", folder, "-o", diff, "--tolerance", "0")
    assert told.exit_code == 1
    assert "not proposed: the corpus would lose" in told.stderr
    assert not diff.exists()


def test_the_lexicon_that_ships_is_never_changed(examples: Path, tmp_path: Path) -> None:
    shipped = Understanding.shipped_folder()
    for arguments in (["--examples", examples], ["--undo"], ["--undo", "--lexicon", shipped]):
        told = huiyin("learn", *arguments)
        assert told.exit_code == 2
        assert "huiyin lexicon copy" in told.stderr
    assert huiyin("learn", "--undo", "--lexicon", tmp_path / "none").exit_code == 2


def test_what_is_missing_is_said(folder: Path, tmp_path: Path) -> None:
    assert huiyin("learn", "--lexicon", folder).exit_code == 2
    wrong = tmp_path / "wrong.tsv"
    wrong.write_text("label\ttext\nspaceship\t一\n", "utf-8")
    told = huiyin("learn", "--lexicon", folder, "--examples", wrong)
    assert told.exit_code == 2
    assert "spaceship" in told.stderr
    assert huiyin("learn", "--lexicon", folder, "--accept", tmp_path / "none.diff").exit_code == 2
    assert huiyin("learn", "--lexicon", folder, "--accept", wrong, "--undo").exit_code == 2


def test_a_copy_of_the_lexicon_understands_the_same(folder: Path) -> None:
    text = "3栋2单元电梯又停了"
    assert Understanding.load(folder).classify(text) == Understanding.load().classify(text)
    refused = huiyin("lexicon", "copy", folder)
    assert refused.exit_code == 2
    assert "there already" in refused.stderr
