"""Stored, then acknowledged, then handled in room order: once, whatever is repeated, killed, full or broken."""

import asyncio
import random
import sqlite3
from datetime import timedelta

import pytest
from sqlalchemy import event
from structlog.testing import capture_logs

from bot.inbox import TRIES
from bot.scene import ACCOUNT
from nlp.classify import Understanding
from rules.errors import Unavailable
from rules.sayings import Answered, Filed
from rules.talk import Form, Heard
from storage.engine import Database
from tests.talk import DISPATCH, LEADER, NOISE, ROOM, Talk, failing, safe, settle_in


@pytest.fixture(scope="module")
def understanding() -> Understanding:
    return Understanding.load()


@pytest.fixture
async def talk(database: Database, understanding: Understanding) -> Talk:
    await settle_in(database)
    return Talk(database, understanding)


class Killed(BaseException):
    """The process ends here."""


class TestOnce:
    async def test_however_often_a_message_comes(self, talk: Talk) -> None:
        message = talk.heard(NOISE)
        assert await talk.inbox.receive([message, message]) == 1
        assert await talk.inbox.receive([message]) == 0
        await talk.settle()
        assert await talk.inbox.receive([message]) == 0
        await talk.settle()
        assert (await talk.messages(), await talk.utterances(), await talk.states()) == (
            [NOISE],
            ["handled"],
            ["filed"],
        )
        assert len(await talk.texts()) == 1

    async def test_killed_between_keeping_and_handling(self, talk: Talk) -> None:
        await talk.inbox.receive([talk.heard(NOISE)])
        talk.inbox = talk.another_inbox()
        await talk.inbox.recall()
        await talk.settle()
        await talk.settle()
        assert (await talk.states(), len(await talk.texts())) == (["filed"], 1)

    async def test_what_goes_on_after_a_restart_is_one_breath(self, talk: Talk) -> None:
        await talk.inbox.receive([talk.heard("楼上天天半夜装修")])
        talk.inbox = talk.another_inbox()
        await talk.inbox.recall()
        talk.clock.advance(timedelta(seconds=10))
        await talk.inbox.receive([talk.heard("吵得睡不着")])
        await talk.settle()
        assert await talk.breaths() == [("m-1", "m-2")]
        assert await talk.states() == ["filed"]

    @pytest.mark.parametrize("said", [Filed, Answered])
    async def test_killed_in_the_middle_of_handling(self, talk: Talk, said: type) -> None:
        talk.inbox = talk.another_inbox(failing(Killed, lambda saying: isinstance(saying, said)))
        await talk.inbox.receive([talk.heard(NOISE)])
        await talk.inbox.receive([talk.heard("办结 跟业主说好了", who=LEADER, after=1)])
        talk.clock.advance(timedelta(minutes=2))
        with pytest.raises(Killed):
            await talk.inbox.handle([ACCOUNT])
        assert (await talk.states(), await talk.texts(), await talk.verbs()) == ([], [], [])
        talk.inbox = talk.another_inbox()
        await talk.inbox.recall()
        await talk.settle()
        assert await talk.states() == ["answered"]
        assert await talk.verbs() == ["file", "claim", "resolve", "verify"]
        assert len(await talk.texts()) == 2

    async def test_two_processes_at_the_same_time(self, talk: Talk) -> None:
        for number in range(20):
            await talk.inbox.receive(
                [talk.heard(f"{NOISE}{number}", who=f"resident-{number}", room=f"room-GY-A2-{6 + number % 5}")]
            )
        talk.clock.advance(timedelta(minutes=2))
        await asyncio.gather(*(talk.another_inbox().handle([ACCOUNT]) for _ in range(3)), return_exceptions=True)
        await talk.inbox.handle([ACCOUNT])
        assert await talk.utterances() == ["handled"] * 20
        assert (await talk.verbs()).count("file") + (await talk.verbs()).count("join") == 20


class TestBreaths:
    async def test_what_somebody_says_in_a_breath_is_one(self, talk: Talk) -> None:
        await talk.inbox.receive(
            [talk.heard("20号楼", after=-60), talk.heard("楼上半夜装修", after=-40), talk.heard("吵死了")]
        )
        assert await talk.breaths() == [("m-1", "m-2", "m-3")]

    async def test_another_speaker_another_room_and_a_quote_begin_their_own(self, talk: Talk) -> None:
        heard = [
            talk.heard("一"),
            talk.heard("二", who="resident-b"),
            talk.heard("三", room=DISPATCH),
            talk.heard("四", quoted="别的话"),
            talk.heard("五", room=None),
        ]
        await talk.inbox.receive(heard)
        assert await talk.breaths() == [("m-1",), ("m-2",), ("m-3",), ("m-4",), ("m-5",)]

    async def test_a_command_ends_what_was_said_before_it_in_its_room(self, talk: Talk) -> None:
        await talk.inbox.receive([talk.heard(NOISE)])
        talk.clock.advance(timedelta(seconds=5))
        await talk.inbox.receive([talk.heard("接单", who=LEADER)])
        await talk.inbox.handle([ACCOUNT])
        assert await talk.states() == ["in_progress"]

    @pytest.mark.parametrize("seed", range(3))
    async def test_batches_make_no_difference_and_order_is_kept(
        self, database: Database, understanding: Understanding, seed: int
    ) -> None:
        await settle_in(database)
        chance = random.Random(seed)  # noqa: S311 - a game, not a secret
        one, other = Talk(database, understanding), Talk(database, understanding)
        said = _chatter(one, chance)
        other.clock.set(one.clock())
        await one.inbox.receive(said[:1])
        for message in said[1:]:
            await one.inbox.receive([message])
        alone = await one.breaths()
        again = [_copied(message) for message in said]
        while again:
            size = chance.randint(1, 60)
            await other.inbox.receive(again[:size])
            again = again[size:]
        together = [
            tuple(i.removeprefix("x-") for i in ids) for ids in await other.breaths() if ids[0].startswith("x-")
        ]
        assert together == alone
        spoken = [message.message_id for ids in alone for message in said if message.message_id in ids]
        assert sorted(spoken) == sorted(message.message_id for message in said)
        order = {message.message_id: number for number, message in enumerate(said)}
        assert all(list(ids) == sorted(ids, key=order.__getitem__) for ids in alone)

    async def test_a_room_is_handled_in_its_order(self, talk: Talk) -> None:
        await talk.inbox.receive(
            [talk.heard("楼上天天半夜装修", who="resident-a"), talk.heard("在吗", who="resident-b")]
        )
        talk.clock.advance(timedelta(seconds=30))
        await talk.inbox.receive([talk.heard("吵得睡不着", who="resident-a")])
        talk.clock.advance(timedelta(seconds=20))
        await talk.inbox.handle([ACCOUNT])  # b's words have closed, but those of a began before
        assert await talk.utterances() == ["open", "open"]
        talk.clock.advance(timedelta(seconds=30))
        await talk.inbox.handle([ACCOUNT])
        assert await talk.utterances() == ["handled", "handled"]

    async def test_who_is_ahead_of_time_doesnt_block_the_room(self, talk: Talk) -> None:
        await talk.inbox.receive([talk.heard(NOISE, after=10 * 365 * 86_400)])
        await talk.settle()
        assert await talk.utterances() == ["handled"]


def _chatter(talk: Talk, chance: random.Random) -> list[Heard]:
    """Two hundred messages of six people in three rooms and their direct chats, some of them commands or quotes."""
    talk.clock.advance(timedelta(hours=5))
    at, said = -4 * 3600.0, []
    for _ in range(200):
        at += chance.choice([0, 1, 5, 20, 44, 45, 46, 90])
        room = chance.choice([ROOM, "room-GY-A1-3", DISPATCH, None])
        text = chance.choice(["在吗", "楼道灯坏了", "接单", "好的", "查询", ""])
        quoted = chance.choice([None, None, None, "之前的话"])
        said.append(talk.heard(text, who=f"resident-{chance.randint(1, 6)}", room=room, after=at, quoted=quoted))
    return said


def _copied(message: Heard) -> Heard:
    return Heard(
        account=message.account,
        message_id=f"x-{message.message_id}",
        room_id=message.room_id and message.room_id.replace("A1", "B1").replace("B1-20", "B1-4"),
        speaker_id=f"x-{message.speaker_id}",
        speaker_name=message.speaker_name,
        at=message.at,
        text=message.text,
        quoted_text=message.quoted_text,
    )


class TestBugs:
    async def test_a_bug_sets_one_utterance_aside_after_three_tries_and_the_others_go_on(self, talk: Talk) -> None:
        def unlucky(saying: object) -> bool:
            return isinstance(saying, Filed) and saying.reporter == "倒霉的人"

        talk.inbox = talk.another_inbox(failing(lambda: RuntimeError("私密的话"), unlucky))
        with capture_logs() as logged:
            await talk.inbox.receive(
                [
                    talk.heard(NOISE, who="resident-x", name="倒霉的人"),
                    talk.heard(NOISE, who="resident-y", room="room-GY-A2-6"),
                    talk.heard(NOISE, who="resident-z", room="room-GY-B1-2"),
                ]
            )
            await talk.settle()
            assert await talk.utterances() == ["open", "handled", "handled"]
            for _ in range(TRIES):
                await talk.settle()
        assert await talk.utterances() == ["failed", "handled", "handled"]
        assert await talk.states() == ["filed", "filed"]
        failures = [entry for entry in logged if entry["event"] == "inbox.utterance_failed"]
        assert [entry["tries"] for entry in failures] == [1, 2, 3]
        await talk.say(NOISE, who="resident-q")
        assert await talk.utterances() == ["failed", "handled", "handled", "handled"]


NASTY = [
    *("", " ", "\n\n", "\x00", "井盖\x00坏了", "\ud800坏了\udfff", "👨‍👩‍👧‍👦" * 200, "\u202e了坏盖井\u202c"),
    *(
        "\u200b".join("楼道灯坏了"),
        "@所有人 " * 3000,
        "@a\u2005" * 5000,
        "坏了" * 50_000,
        "(" * 5000,
        "0511-001 " * 3000,
    ),
    *("办结 " * 200, "1" * 100_000, NOISE * 8000, "接单\x00", "通知 \ud83d", "查询 0511-0011111111", "转派 \u202e"),
    *("是\u200f", "改类 " + "水" * 490),
]


class TestBadInput:
    @pytest.mark.parametrize("who", ["resident-a", LEADER])
    @pytest.mark.parametrize("room", [ROOM, DISPATCH, None])
    async def test_is_kept_and_never_raises(self, talk: Talk, who: str, room: str | None) -> None:
        await talk.say(NOISE, who="resident-first")
        for number, text in enumerate(NASTY):
            quoted = text[:300] if number % 2 else None
            await talk.inbox.receive(
                [talk.heard(text, who=who, room=room, name=f"李\x00\u202e阿\ud800姨{text[:3]}", quoted=quoted)]
            )
            await talk.settle()
        kept = await talk.messages()
        assert len(kept) == len(NASTY) + 1
        assert kept[1:] == [
            text.replace("\x00", "\ufffd").translate({0xD800: 0xFFFD, 0xDFFF: 0xFFFD, 0xD83D: 0xFFFD}) for text in NASTY
        ]
        assert set(await talk.utterances()) == {"handled"}
        assert safe(await talk.texts())

    @pytest.mark.parametrize("form", list(Form))
    async def test_every_form_without_words(self, talk: Talk, form: Form) -> None:
        for room, who in ((ROOM, "resident-a"), (ROOM, LEADER), (None, LEADER)):
            await talk.say("", form=form, room=room, who=who)
        assert set(await talk.utterances()) == {"handled"}
        assert await talk.texts() == []


class TestUnboundRooms:
    async def test_nothing_is_kept_but_the_binding(self, talk: Talk) -> None:
        await talk.inbox.receive(
            [
                talk.heard(NOISE, room="room-new"),
                talk.heard("接单", room="room-new", who=LEADER),
                talk.heard("绑定 GY-A1-2", room="room-new", who="resident-a"),
                talk.heard("说说家常", room="room-new"),
            ]
        )
        await talk.settle()
        assert await talk.messages() == ["绑定 GY-A1-2"]
        assert await talk.texts() == []

    async def test_a_leader_binds_it_and_from_then_on_it_is_heard(self, talk: Talk) -> None:
        await talk.say("绑定 GY-A2-6", room="room-new", who=LEADER)
        await talk.say("绑定 月亮", room="room-new", who=LEADER)
        await talk.say("绑定 GY-A1-2", room="room-new", who=LEADER)
        outside, unknown, bound = await talk.texts()
        assert "不在您负责的范围" in outside
        assert "没找到「月亮」" in unknown
        assert "我是回音" in bound
        await talk.say(NOISE, room="room-new")
        assert await talk.states() == ["filed"]

    async def test_what_follows_the_binding_in_the_same_batch_is_heard(self, talk: Talk) -> None:
        await talk.inbox.receive([talk.heard("绑定 GY-A1-2", room="room-new", who=LEADER)])
        await talk.inbox.handle([ACCOUNT])
        await talk.inbox.receive([talk.heard(NOISE, room="room-new")])
        await talk.settle()
        assert await talk.states() == ["filed"]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
class TestDisk:
    async def test_a_full_disk_loses_nothing(self, talk: Talk) -> None:
        full = [False]

        @event.listens_for(talk.database.engine.sync_engine, "checkout")
        def limit(connection: sqlite3.Connection, *_: object) -> None:
            cursor = connection.cursor()
            cursor.execute(f"PRAGMA max_page_count = {1 if full[0] else 1_000_000}")
            cursor.close()

        first, second = talk.heard(NOISE * 3000), talk.heard("长" * 100_000, who="resident-b")
        await talk.inbox.receive([first])
        full[0] = True
        with pytest.raises(Unavailable):
            await talk.inbox.receive([second])
        talk.clock.advance(timedelta(minutes=2))
        with pytest.raises(Unavailable):
            await talk.inbox.handle([ACCOUNT])
        full[0] = False
        await talk.inbox.receive([second])
        await talk.settle()
        assert set(await talk.utterances()) == {"handled"}
        assert await talk.states() == ["filed"]
        assert [text for text in await talk.messages() if len(text) == 100_000] == [second.text]

    async def test_a_locked_database_loses_nothing(self, talk: Talk, database_url: str) -> None:
        patient = talk.database
        talk.database = Database(database_url, busy_seconds=0.1)
        talk.inbox = talk.another_inbox()
        message = talk.heard(NOISE)
        await talk.inbox.receive([message])
        talk.clock.advance(timedelta(minutes=2))
        lock = sqlite3.connect(database_url.removeprefix("sqlite:///"), isolation_level=None)
        lock.execute("BEGIN IMMEDIATE")
        with pytest.raises(Unavailable):
            await talk.inbox.handle([ACCOUNT])
        with pytest.raises(Unavailable):
            await talk.inbox.receive([talk.heard("还有", who="resident-b")])
        lock.execute("ROLLBACK")
        lock.close()
        await talk.inbox.handle([ACCOUNT])
        assert await talk.states() == ["filed"]
        await talk.database.close()
        talk.database = patient
