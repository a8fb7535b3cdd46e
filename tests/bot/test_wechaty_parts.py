"""The parts of the `wechaty` gateway that need no gateway: bytes, words, failures, order."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from grpclib.const import Status
from grpclib.exceptions import GRPCError
from hypothesis import given
from hypothesis import strategies as st

from bot.gateways.wechaty import files, parse, wire
from bot.gateways.wechaty.failures import send_failure
from bot.gateways.wechaty.pipeline import Pipeline
from bot.gateways.wechaty.settings import WechatySettings
from bot.gateways.wechaty.transport import Link
from rules.errors import Disconnected, GatewayError, Refused, Throttled, Unconfirmed
from rules.talk import Form, Mention

any_text = st.text(st.characters(codec="utf-8"))


def payload(text: str, kind: int = parse.TEXT, talker: str = "p", room: str = "r@chatroom") -> wire.MessagePayload:
    return wire.MessagePayload(id="m", text=text, type=kind, talker_id=talker, room_id=room)


class TestWire:
    @given(st.lists(st.tuples(st.integers(1, 2**20), any_text | st.integers(0, 2**64 - 1))))
    def test_what_is_encoded_is_decoded(self, fields: list[tuple[int, str | int]]) -> None:
        expected = [(number, v.encode() if isinstance(v, str) else v) for number, v in fields]
        assert list(wire.decode(wire.encode(*fields))) == expected

    @given(st.binary(max_size=200))
    def test_any_bytes_are_a_message_or_broken(self, data: bytes) -> None:
        for read in (wire.message_payload, wire.room_payload, wire.event, wire.sent_id, wire.texts):
            try:
                read(data)
            except wire.BrokenMessage:
                continue

    def test_a_lone_surrogate_can_be_sent(self) -> None:
        assert wire.texts(wire.encode((2, "好\ud800"))) == {2: "好?"}

    def test_a_message_with_every_field(self) -> None:
        when = wire.encode((1, 1_750_000_000), (2, 250_000_000))
        data = wire.encode(
            (1, "m1"), (2, "a.jpg"), (3, "你好"), (4, 1), (5, 7), (6, "p1"), (7, "r1"), (8, "p2"), (9, "a"), (9, "b"),
            (10, when),
        )  # fmt: skip
        at = datetime.fromtimestamp(1_750_000_000.25, UTC)
        assert wire.message_payload(data) == wire.MessagePayload(
            "m1", "a.jpg", "你好", 7, "p1", "r1", "p2", ["a", "b"], at
        )

    @pytest.mark.parametrize("value", [1_750_000_000, 1_750_000_000_000])
    def test_times_in_seconds_and_milliseconds(self, value: int) -> None:
        assert wire.moment(value) == datetime.fromtimestamp(1_750_000_000, UTC)

    @pytest.mark.parametrize("value", [-(10**18), 10**18, 10**30])
    def test_a_time_that_cannot_be_is_broken(self, value: int) -> None:
        with pytest.raises(wire.BrokenMessage):
            wire.moment(value)

    def test_ids_of_old_and_new_gateways(self) -> None:
        assert wire.sent_id(wire.encode((1, wire.encode((1, "old"))))) == "old"
        assert wire.sent_id(wire.encode((1, wire.encode((1, "new"))), (2, "new"))) == "new"
        assert wire.sent_id(b"") == ""


class TestWords:
    def test_a_quote_in_a_quote(self) -> None:
        inner = "「张：停水」\n- - - - - - - - - - - - - - -\n收到"
        text = f"「李：{inner}」\n- - - - - - - - - - - - - - -\n接单"
        assert parse.said(payload(text)) == parse.Said("接单", None, inner)

    @pytest.mark.parametrize("text", ["「李：没有线", "- - - - - - -\n接单", "「引号」开头的话", ""])
    def test_what_looks_like_a_quote(self, text: str) -> None:
        assert parse.said(payload(text)) == parse.Said(text)

    def test_a_quote_as_xml_tells_the_id(self) -> None:
        xml = (
            "<msg><appmsg><title>办结 &amp; 谢谢</title><type>57</type><refermsg><svrid>77</svrid>"
            "<title>别的</title><content><![CDATA[已受理 <0612-001>]]></content></refermsg></appmsg></msg>"
        )
        assert parse.said(payload(xml)) == parse.Said("办结 & 谢谢", "77", "已受理 <0612-001>")

    @given(any_text)
    def test_any_text_has_words(self, text: str) -> None:
        for kind in range(17):
            parse.said(payload(text, kind))
            assert parse.form(payload(text, kind)) in Form

    def test_adversarial_quotes_end(self) -> None:
        for text in ("「" * 100_000, "」\n" + "- " * 50_000, "<refermsg>" * 10_000, "「：" + "」 \n- - " * 20_000):
            parse.said(payload(text))

    @pytest.mark.parametrize(
        ("text", "kind", "talker", "limited"),
        [
            ("操作过于频繁，可稍后再试。", parse.TEXT, "us", True),
            ("操作过于频繁，可稍后再试。", parse.TEXT, "r@chatroom", True),
            ("操作太频繁，请稍后再试", 0, "p", True),
            ("操作过于频繁，可稍后再试。", parse.TEXT, "p", False),
            ("群里发了操作过于频繁的提示" + "，怎么办" * 20, 0, "us", False),
            ("你好", 0, "us", False),
        ],
    )
    def test_limit_notices(self, text: str, kind: int, talker: str, limited: bool) -> None:
        assert parse.is_limit_notice(payload(text, kind, talker), "us") is limited

    @pytest.mark.parametrize(
        ("text", "named"),
        [("@回音 你好", True), ("你好@回音", True), ("@回音\u2005", True), ("@回音壁 @回音 在", True), ("回音", False)],
    )
    def test_our_name(self, text: str, named: bool) -> None:
        assert parse.names_us(text, "回音") is named

    def test_a_nameless_account_is_never_named(self) -> None:
        assert not parse.names_us("@ 你好", "")

    def test_names_that_would_break_the_line(self) -> None:
        mention = Mention("p", "李\n阿姨\u2005\x00 ")
        assert parse.with_mentions("好", (mention,), {}) == "@李 阿姨\u2005好"
        assert parse.with_mentions("好", (Mention("p", ""),), {}) == "好"
        assert parse.with_mentions("好", (Mention("p", "👨‍👩‍👧家"),), {}) == "@👨‍👩‍👧家\u2005好"

    @given(any_text, any_text)
    def test_mentioning_keeps_the_words(self, text: str, name: str) -> None:
        mentioned = parse.with_mentions(text, (Mention("p", name),), {})
        assert text in mentioned or "@" + name in text


class TestFailures:
    @pytest.mark.parametrize(
        ("status", "message", "error"),
        [
            (Status.UNKNOWN, "操作过于频繁", Throttled),
            (Status.UNKNOWN, "Error: 20001 request limit", Throttled),
            (Status.RESOURCE_EXHAUSTED, "Received message larger than max", Refused),
            (Status.UNKNOWN, "Error: not in this room", Refused),
            (Status.NOT_FOUND, "", Refused),
            (Status.UNAUTHENTICATED, "Invalid Wechaty TOKEN", Disconnected),
            (Status.UNKNOWN, "not logged in", Disconnected),
            (Status.UNAVAILABLE, "", Unconfirmed),
            (Status.UNKNOWN, "Error: socket hang up\n at /x/rate-limit/blocked.js", Unconfirmed),
            (Status.DEADLINE_EXCEEDED, None, Unconfirmed),
        ],
    )
    def test_meanings(self, status: Status, message: str | None, error: type[GatewayError]) -> None:
        assert type(send_failure(GRPCError(status, message))) is error


class TestFiles:
    @pytest.fixture
    async def link(self) -> AsyncIterator[Link]:
        """A connection that is never made."""
        made = Link(WechatySettings(account="a", endpoint="127.0.0.1:1", token="t", tls=False))
        yield made
        made.end("done")

    async def test_a_file_that_is_carried(self, link: Link) -> None:
        box = json.dumps({"boxType": 1, "name": "a", "base64": base64.b64encode(b"abc").decode()})
        assert await files.unpack(link, box, 5.0) == b"abc"
        assert await files.repack(link, box) == box

    async def test_a_file_at_an_address(self, link: Link) -> None:
        async def give(_: web.Request) -> web.Response:
            return web.Response(body=b"picture")

        app = web.Application()
        app.router.add_get("/a.jpg", give)
        async with TestServer(app) as server:
            box = json.dumps({"type": 2, "url": str(server.make_url("/a.jpg"))})
            assert await files.unpack(link, box, 5.0) == b"picture"
            gone = json.dumps({"type": 2, "url": str(server.make_url("/b.jpg"))})
            with pytest.raises(Refused, match="404"):
                await files.unpack(link, gone, 5.0)
        with pytest.raises(Disconnected):
            await files.unpack(link, box, 5.0)

    @pytest.mark.parametrize(
        "box",
        [
            "",
            "[]",
            "{}",
            '{"type": 9}',
            '{"type": 1}',
            '{"type": 1, "base64": "a"}',
            '{"type": 2, "url": "file:///etc/passwd"}',
        ],
    )
    async def test_what_is_no_file_is_refused(self, link: Link, box: str) -> None:
        with pytest.raises(Refused):
            await files.unpack(link, box, 5.0)

    async def test_a_file_that_wechat_wouldnt_take(self, link: Link, tmp_path: Path) -> None:
        large = tmp_path / "film.mp4"
        with large.open("wb") as file:
            file.truncate(files.MOST_BYTES + 1)
        with pytest.raises(Refused, match="larger"):
            await files.pack(link, large.name, str(large))

    async def test_an_empty_file_is_refused(self, link: Link, tmp_path: Path) -> None:
        empty = tmp_path / "empty.jpg"
        empty.touch()
        with pytest.raises(Refused, match="empty"):
            await files.pack(link, empty.name, str(empty))

    async def test_a_folder_is_no_file(self, link: Link, tmp_path: Path) -> None:
        with pytest.raises(Refused):
            await files.pack(link, "folder", str(tmp_path))


class TestPipeline:
    @given(st.lists(st.integers(0, 5), max_size=40), st.integers(1, 8))
    async def test_order_is_kept_and_work_is_bounded(self, delays: list[int], workers: int) -> None:
        at_work, most = 0, 0

        async def work(thing: tuple[int, int]) -> int:
            nonlocal at_work, most
            at_work += 1
            most = max(most, at_work)
            for _ in range(thing[1]):
                await asyncio.sleep(0)
            at_work -= 1
            return thing[0] * 2

        async def source() -> AsyncIterator[tuple[int, int]]:
            for item in enumerate(delays):
                yield item

        pipeline = Pipeline(source(), work, workers=workers)
        results = [result async for _, result in pipeline.results()]
        await pipeline.close()
        assert results == [number * 2 for number in range(len(delays))]
        assert most <= workers

    async def test_failures_come_in_their_place(self) -> None:
        async def work(number: int) -> int:
            if number == 2:
                raise Disconnected("gone")
            return number

        async def source() -> AsyncIterator[int]:
            for number in range(5):
                yield number

        pipeline, seen = Pipeline(source(), work, workers=3), list[int]()

        async def take() -> None:
            async for _, result in pipeline.results():
                seen.append(result)

        with pytest.raises(Disconnected):
            await take()
        await pipeline.close()
        assert seen == [0, 1]

    async def test_a_broken_source_is_told_after_what_it_gave(self) -> None:
        async def work(number: int) -> int:
            return number

        async def source() -> AsyncIterator[int]:
            yield 1
            raise Disconnected("gone")

        pipeline = Pipeline(source(), work, workers=2)
        results = pipeline.results()
        assert await anext(results) == (1, 1)
        with pytest.raises(Disconnected):
            await anext(results)
        await pipeline.close()
