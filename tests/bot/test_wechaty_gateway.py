"""The `wechaty` gateway against the real Node gateway: what the contract doesn't ask of every gateway."""

import asyncio
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from bot.gateways.wechaty.gateway import WechatyGateway
from bot.gateways.wechaty.settings import WechatySettings
from rules.errors import ConfigError, Disconnected, Throttled, Unconfirmed
from rules.talk import Address, Connected, Content, FileToSend, Form, Heard, Limited, Mention
from tests.bot.conftest import start_node
from tests.bot.listening import PATIENCE_SECONDS, Listening
from tests.bot.nodegateway import NodeGateway, free_port, write_bytes
from tests.gateway.setup import installed

TEXT, UNKNOWN, RECORD, STICKER, LOCATION, RECALLED, LINK = 7, 0, 4, 5, 8, 13, 14


def settings(node: NodeGateway) -> WechatySettings:
    return WechatySettings(account="区一号", endpoint=node.endpoint, token=node.token, tls=False)


def impatient(node: NodeGateway) -> WechatySettings:
    """Settings that notice a silent gateway in a moment."""
    return replace(settings(node), deadline_seconds=5.0, keepalive_seconds=0.2, keepalive_deadline_seconds=3.0)


class TestLogIn:
    async def test_the_account_is_known_by_its_id_and_name(self, node: NodeGateway) -> None:
        gateway = WechatyGateway(settings(node))
        assert gateway.account == "区一号"
        async with Listening(gateway) as listening:
            connected = listening.events[0]
        assert isinstance(connected, Connected)
        assert (connected.account, connected.name) == ("bot-self", "回音")
        assert gateway.account == "bot-self"

    async def test_an_account_that_isnt_logged_in_is_said(self, logged_out_node: NodeGateway) -> None:
        gateway = WechatyGateway(replace(settings(logged_out_node), login_seconds=0.3))
        with pytest.raises(Disconnected, match="scan its QR code"):
            await anext(gateway.events())

    async def test_we_wait_for_the_log_in(self, logged_out_node: NodeGateway) -> None:
        gateway = WechatyGateway(settings(logged_out_node))
        events = gateway.events()
        waiting = asyncio.ensure_future(anext(events))
        await logged_out_node.ask("login", name="回音")
        assert isinstance(await waiting, Connected)
        await gateway.close()
        with pytest.raises(Disconnected):
            await anext(events)

    async def test_a_log_out_ends_the_connection(self, own_node: NodeGateway) -> None:
        async with Listening(WechatyGateway(settings(own_node)), again=False) as listening:
            await own_node.ask("logout")
            assert "logged out" in str(await listening.ended())

    async def test_a_wrong_token_is_said_and_not_repeated(self, node: NodeGateway) -> None:
        gateway = WechatyGateway(replace(settings(node), token="a-wrong-token"))
        with pytest.raises(Disconnected, match="refuses our token") as caught:
            await anext(gateway.events())
        assert "a-wrong-token" not in str(caught.value)

    async def test_nobody_at_the_address(self) -> None:
        endpoint = f"127.0.0.1:{free_port()}"
        gateway = WechatyGateway(WechatySettings(account="a", endpoint=endpoint, token="t", tls=False))
        with pytest.raises(Disconnected, match="can't be reached"):
            await anext(gateway.events())

    def test_settings_say_what_is_wrong(self) -> None:
        for endpoint in ("localhost", "localhost:", "localhost:http", ":1", "localhost:99999"):
            with pytest.raises(ConfigError, match="host:port"):
                WechatySettings(account="a", endpoint=endpoint, token="t")
        for token in ("", "口令", "line\nbreak"):
            with pytest.raises(ConfigError, match="token"):
                WechatySettings(account="a", endpoint="localhost:1", token=token)
        assert "secret" not in repr(WechatySettings(account="a", endpoint="localhost:1", token="secret"))
        assert WechatySettings(account="a", endpoint="[::1]:8788", token="t").host == "::1"


class TestTls:
    @pytest.fixture
    def certificates(self, tmp_path: Path) -> Path:
        """The authority that Wechaty's own gateways are signed by, as their package carries it."""
        module = installed() / "node_modules/wechaty-puppet-service/dist/esm/src/auth/ca.js"
        source = module.read_text(encoding="utf-8")
        start = source.index("-----BEGIN CERTIFICATE-----", source.index("TLS_CA_CERT ="))
        end = source.index("-----END CERTIFICATE-----", start)
        authority = tmp_path / "authority.pem"
        authority.write_text(source[start:end] + "-----END CERTIFICATE-----\n")
        return authority

    async def test_a_gateway_with_tls(self, certificates: Path) -> None:
        node = start_node(tls=True)
        try:
            secured = replace(settings(node), tls=True, tls_ca=certificates, tls_name="insecure")
            async with Listening(WechatyGateway(secured)) as listening:
                assert isinstance(listening.events[0], Connected)
            with pytest.raises(Disconnected, match="TLS"):
                await anext(WechatyGateway(replace(settings(node), tls=True)).events())
            with pytest.raises(Disconnected):
                await anext(WechatyGateway(settings(node)).events())
        finally:
            node.kill()


class TestRooms:
    async def test_two_hundred_rooms(self, node: NodeGateway) -> None:
        made = await node.ask("rooms", count=200, members=5)
        async with Listening(WechatyGateway(settings(node))) as listening:
            rooms = await listening.gateway.rooms()
            for room in made:
                await node.ask("say", room=room["id"], person=room["members"][1]["id"], text=room["topic"])
            await listening.until(lambda: len(listening.heard) == 200)
        assert {room.room_id: room.topic for room in rooms} == {room["id"]: room["topic"] for room in made}
        assert all(len(room.member_ids) == 6 for room in rooms)
        assert [(heard.room_id, heard.text) for heard in listening.heard] == [
            (room["id"], room["topic"]) for room in made
        ]

    async def test_a_name_that_changes_is_asked_for_again(self, node: NodeGateway) -> None:
        (room,) = await node.ask("rooms", count=1, members=2)
        person = room["members"][0]["id"]
        async with Listening(WechatyGateway(settings(node))) as listening:
            await node.ask("say", room=room["id"], person=person, text="一")
            assert (await listening.heard_text("一")).speaker_name == "0栋-居民0"
            await node.ask("alias", room=room["id"], person=person, alias="3-201 李")
            await node.ask("say", room=room["id"], person=person, text="二")
            assert (await listening.heard_text("二")).speaker_name == "3-201 李"

    async def test_topic_announcement_and_alias_are_set(self, node: NodeGateway) -> None:
        (room,) = await node.ask("rooms", count=1)
        gateway = WechatyGateway(settings(node))
        async with Listening(gateway):
            await gateway.set_topic(room["id"], "3栋2单元群")
            await gateway.announce(room["id"], "今晚停水")
            await gateway.set_alias(room["members"][0]["id"], "李阿姨")
            assert (await gateway.rooms())[0].topic == "3栋2单元群"
        assert await node.ask("settings") == [
            {"kind": "topic", "id": room["id"], "value": "3栋2单元群"},
            {"kind": "announcement", "id": room["id"], "value": "今晚停水"},
            {"kind": "alias", "id": room["members"][0]["id"], "value": "李阿姨"},
        ]

    @pytest.mark.parametrize("accept", [True, False])
    async def test_invitations_are_accepted_only_where_that_is_set(self, node: NodeGateway, accept: bool) -> None:
        (room,) = await node.ask("rooms", count=1)
        gateway = WechatyGateway(replace(settings(node), accept_invitations=accept))
        async with Listening(gateway) as listening:
            await node.ask("emit", event="room-invite", payload={"roomInvitationId": "invitation-1"})
            await node.ask("say", room=room["id"], person=room["members"][0]["id"], text="欢迎")
            await listening.heard_text("欢迎")
        accepted = [{"kind": "invitation", "id": "invitation-1"}] if accept else []
        assert await node.ask("settings") == accepted


class TestForms:
    @pytest.fixture
    async def room(self, node: NodeGateway) -> tuple[str, str]:
        (room,) = await node.ask("rooms", count=1)
        return room["id"], room["members"][0]["id"]

    async def hear(self, node: NodeGateway, room: tuple[str, str], **message: object) -> Heard:
        async with Listening(WechatyGateway(settings(node))) as listening:
            await node.ask("say", room=room[0], person=room[1], **message)
            await listening.until(lambda: bool(listening.heard))
        return listening.heard[0]

    async def test_a_quoted_reply(self, node: NodeGateway, room: tuple[str, str]) -> None:
        text = "「回音：已受理 0612-001\n请留意」\n- - - - - - - - - - - - - - -\n接单"
        heard = await self.hear(node, room, text=text)
        assert (heard.text, heard.quoted_text, heard.form) == ("接单", "已受理 0612-001\n请留意", Form.TEXT)

    async def test_an_at_that_the_puppet_doesnt_tell(self, node: NodeGateway, room: tuple[str, str]) -> None:
        assert (await self.hear(node, room, text="@回音\u2005查询")).mentions == ("bot-self",)

    async def test_an_at_of_somebody_else(self, node: NodeGateway, room: tuple[str, str]) -> None:
        assert (await self.hear(node, room, text="@回音壁\u2005你好")).mentions == ()

    @pytest.mark.parametrize(
        ("kind", "form", "text"),
        [
            (STICKER, Form.STICKER, ""),
            (LOCATION, Form.LOCATION, "东升乡人民政府(海淀区成府路45号) 北京市北京市海淀区45 Chengfu Rd"),
            (UNKNOWN, Form.OTHER, ""),
        ],
    )
    async def test_forms(self, node: NodeGateway, room: tuple[str, str], kind: int, form: Form, text: str) -> None:
        heard = await self.hear(node, room, text="<msg>raw</msg>", type=kind)
        assert (heard.form, heard.text) == (form, text)

    async def test_a_link_has_its_title(self, node: NodeGateway, room: tuple[str, str]) -> None:
        heard = await self.hear(node, room, text="<msg>raw</msg>", type=LINK)
        assert heard.form is Form.LINK
        assert heard.text.startswith(f"mock title for {heard.message_id}")

    async def test_a_chat_record_has_its_lines(self, node: NodeGateway, room: tuple[str, str]) -> None:
        xml = "<msg><title>群聊的聊天记录</title><des>李: 停水&amp;停电\n张: 收到</des></msg>"
        heard = await self.hear(node, room, text=xml, type=RECORD)
        assert (heard.form, heard.text) == (Form.RECORD, "群聊的聊天记录\n李: 停水&停电\n张: 收到")

    async def test_a_recall_names_what_was_taken_back(self, node: NodeGateway, room: tuple[str, str]) -> None:
        heard = await self.hear(node, room, text="m-1", type=RECALLED)
        assert (heard.form, heard.quoted_id, heard.text) == (Form.RECALL, "m-1", "")

    @pytest.mark.parametrize("size", [300_000, 5_000_000])
    async def test_pictures_in(self, node: NodeGateway, room: tuple[str, str], tmp_path: Path, size: int) -> None:
        picture = write_bytes(tmp_path, "现场.jpg", size)
        async with Listening(WechatyGateway(settings(node))) as listening:
            message = await node.ask("file", room=room[0], person=room[1], path=str(picture), name="现场.jpg")
            await listening.until(lambda: bool(listening.heard))
            assert await listening.gateway.fetch(message) == picture.read_bytes()
        assert (listening.heard[0].form, listening.heard[0].file_name) == (Form.IMAGE, "现场.jpg")

    async def test_an_echo_in_a_direct_chat_tells_whom_we_wrote_to(
        self, node: NodeGateway, room: tuple[str, str]
    ) -> None:
        async with Listening(WechatyGateway(settings(node))) as listening:
            await listening.gateway.send(Address(person_id=room[1]), Content("您好"))
            await listening.until(lambda: bool(listening.echoes))
        echo = listening.echoes[0]
        assert (echo.room_id, echo.listener_id, echo.text) == (None, room[1], "您好")


class TestLimits:
    async def test_a_notice_in_the_room_pauses(self, node: NodeGateway) -> None:
        (room,) = await node.ask("rooms", count=1)
        async with Listening(WechatyGateway(settings(node))) as listening:
            await node.ask("say", room=room["id"], person="bot-self", text="操作过于频繁，可稍后再试。")
            await listening.until(lambda: len(listening.events) == 2)
        limited = listening.events[1]
        assert isinstance(limited, Limited)
        assert limited.room_id == room["id"]

    async def test_a_resident_cannot_pause_us(self, node: NodeGateway) -> None:
        (room,) = await node.ask("rooms", count=1)
        text = "操作过于频繁，可稍后再试。"
        async with Listening(WechatyGateway(settings(node))) as listening:
            await node.ask("say", room=room["id"], person=room["members"][0]["id"], text=text)
            await listening.heard_text(text)
        assert not any(isinstance(event, Limited) for event in listening.events)


class TestSending:
    async def test_people_are_named_by_what_the_room_calls_them(self, node: NodeGateway) -> None:
        (room,) = await node.ask("rooms", count=1, members=2)
        aliased, plain = room["members"]
        mentions = (Mention(aliased["id"], "居民0"), Mention(plain["id"], "居民1"))
        async with Listening(WechatyGateway(settings(node))) as listening:
            content = Content("@居民1 和各位：已修好", mentions=mentions)
            await listening.gateway.send(Address(room_id=room["id"]), content)
        (sent,) = await node.ask("sent")
        assert sent["text"] == "@0栋-居民0\u2005@居民1\u2005和各位：已修好"
        assert sent["mentions"] == [aliased["id"], plain["id"]]

    async def test_an_answer_that_never_comes_is_unconfirmed_and_sent_once(self, node: NodeGateway) -> None:
        (room,) = await node.ask("rooms", count=1)
        await node.ask("fault", conversation=room["id"], mode="hang")
        gateway = WechatyGateway(replace(settings(node), deadline_seconds=3.0))
        async with Listening(gateway) as listening:
            with pytest.raises(Unconfirmed):
                await gateway.send(Address(room_id=room["id"]), Content("通知"))
            await listening.until(lambda: bool(listening.echoes))
        assert [sent["text"] for sent in await node.ask("sent")] == ["通知"]
        assert listening.echoes[0].text == "通知"

    async def test_an_error_nobody_knows_is_unconfirmed(self, node: NodeGateway) -> None:
        (room,) = await node.ask("rooms", count=1)
        await node.ask("fault", conversation=room["id"], mode="broken")
        async with Listening(WechatyGateway(settings(node))) as listening:
            with pytest.raises(Unconfirmed):
                await listening.gateway.send(Address(room_id=room["id"]), Content("通知"))

    async def test_a_file_may_be_throttled_too(self, node: NodeGateway, tmp_path: Path) -> None:
        (room,) = await node.ask("rooms", count=1)
        await node.ask("fault", conversation=room["id"], mode="throttle")
        picture = FileToSend("海报.png", str(write_bytes(tmp_path, "海报.png", 300_000)))
        async with Listening(WechatyGateway(settings(node))) as listening:
            with pytest.raises(Throttled):
                await listening.gateway.send(Address(room_id=room["id"]), Content(file=picture))
        assert await node.ask("sent") == []

    async def test_the_gateway_dies_while_it_has_our_message(self, own_node: NodeGateway) -> None:
        (room,) = await own_node.ask("rooms", count=1)
        await own_node.ask("fault", conversation=room["id"], mode="hang")
        async with Listening(WechatyGateway(settings(own_node)), again=False) as listening:
            sending = asyncio.ensure_future(listening.gateway.send(Address(room_id=room["id"]), Content("通知")))
            await listening.until(lambda: bool(listening.echoes))  # it has arrived, and isn't answered
            own_node.kill()
            with pytest.raises(Unconfirmed):
                await sending


class TestBreaking:
    async def test_killed_and_started_again(self, own_node: NodeGateway) -> None:
        async with Listening(WechatyGateway(settings(own_node))) as listening:
            own_node.kill()
            await listening.ended()
            with pytest.raises(Disconnected):
                await listening.gateway.send(Address(room_id="r"), Content("没有人在"))
            await listening.ended(times=3)  # it is tried again while nobody is there
            await own_node.start()
            await listening.connected(times=2)
            (room,) = await own_node.ask("rooms", count=1)
            await own_node.ask("say", room=room["id"], person=room["members"][0]["id"], text="回来了")
            await listening.heard_text("回来了")

    async def test_frozen_is_noticed_and_survived(self, own_node: NodeGateway) -> None:
        (room,) = await own_node.ask("rooms", count=1)
        async with Listening(WechatyGateway(impatient(own_node))) as listening:
            own_node.freeze()
            assert "no sign of life" in str(await listening.ended())
            own_node.thaw()
            await listening.connected(times=2)
            await own_node.ask("say", room=room["id"], person=room["members"][0]["id"], text="醒了")
            await listening.heard_text("醒了")

    async def test_what_was_announced_before_a_freeze_is_asked_for_again(self, own_node: NodeGateway) -> None:
        (room,) = await own_node.ask("rooms", count=1)
        gateway = WechatyGateway(impatient(own_node))
        async with Listening(gateway) as listening:
            await own_node.ask("burst", count=2000, rooms=[room["id"]])
            await listening.until(lambda: len(listening.heard) > 5)
            own_node.freeze()
            await listening.ended()
            heard, announced = len(listening.heard), len(listening.heard) + len(gateway._owed)
            assert announced > heard
            own_node.thaw()
            await listening.connected(times=2)
            await own_node.ask("say", room=room["id"], person=room["members"][0]["id"], text="醒了")
            await listening.heard_text("醒了")
        texts = [heard.text for heard in listening.heard]
        assert texts == [*(f"第{number}" for number in range(announced)), "醒了"]

    async def test_quiet_is_not_frozen(self, node: NodeGateway) -> None:
        async with Listening(WechatyGateway(impatient(node)), again=False) as listening:
            await asyncio.sleep(1.5)  # seven times the silence after which we ask for a sign of life
            assert listening.ends == []

    async def test_a_second_client_finds_it_taken_and_leaves_us_alone(self, node: NodeGateway) -> None:
        (room,) = await node.ask("rooms", count=1)
        async with Listening(WechatyGateway(settings(node))) as listening:
            with pytest.raises(Disconnected, match="another client"):
                await anext(WechatyGateway(settings(node)).events())
            await node.ask("say", room=room["id"], person=room["members"][0]["id"], text="还在")
            await listening.heard_text("还在")
            assert listening.ends == []

    async def test_a_second_client_that_restarts_the_account_is_noticed(self, own_node: NodeGateway) -> None:
        gateway = WechatyGateway(settings(own_node))
        async with Listening(gateway) as listening:
            assert gateway._link is not None
            stopping = asyncio.ensure_future(gateway._link.call("Stop"))  # what the stock client does first
            assert "another client" in str(await listening.ended())
            await asyncio.gather(stopping, return_exceptions=True)
            await own_node.ask("login", name="回音")
            await listening.connected(times=2)

    async def test_a_message_that_the_gateway_has_lost_is_passed_over(self, node: NodeGateway) -> None:
        (room,) = await node.ask("rooms", count=1)
        async with Listening(WechatyGateway(settings(node))) as listening:
            await node.ask("emit", event="message", payload={"messageId": "never-there"})
            await node.ask("say", room=room["id"], person=room["members"][0]["id"], text="下一条")
            await listening.heard_text("下一条")
        assert len(listening.heard) == 1


class TestBursts:
    async def test_five_thousand_messages_in_order(self, node: NodeGateway) -> None:
        rooms = [room["id"] for room in await node.ask("rooms", count=25, members=20)]
        async with Listening(WechatyGateway(settings(node))) as listening:
            await node.ask("burst", count=5000, rooms=rooms)
            async with asyncio.timeout(PATIENCE_SECONDS * 2):
                await listening.until(lambda: len(listening.heard) >= 5000)
        assert [heard.text for heard in listening.heard] == [f"第{number}" for number in range(5000)]
        assert [heard.room_id for heard in listening.heard] == [rooms[i % 25] for i in range(5000)]
        assert all(heard.speaker_name for heard in listening.heard)

    async def test_duplicate_event_ids_keep_id_and_place(self, node: NodeGateway) -> None:
        (room,) = await node.ask("rooms", count=1)
        person = room["members"][0]["id"]
        async with Listening(WechatyGateway(settings(node))) as listening:
            first = await node.ask("say", room=room["id"], person=person, text="一")
            for _ in range(3):
                await node.ask("repeat", message=first)
            await node.ask("say", room=room["id"], person=person, text="二")
            await listening.heard_text("二")
        assert [heard.message_id for heard in listening.heard[:-1]] == [first] * 4

    async def test_a_slow_listener_holds_the_gateway_back_and_misses_nothing(self, node: NodeGateway) -> None:
        rooms = [room["id"] for room in await node.ask("rooms", count=2)]
        gateway = WechatyGateway(impatient(node))
        events = gateway.events()
        assert isinstance(await anext(events), Connected)
        await node.ask("burst", count=3000, rooms=rooms)
        texts: list[str] = []
        while len(texts) < 3000:
            event = await anext(events)
            if len(texts) % 1000 == 10:
                await asyncio.sleep(0.5)  # longer than the silence after which we ask for a sign of life
            assert isinstance(event, Heard)
            texts.append(event.text)
        assert texts == [f"第{number}" for number in range(3000)]
        await gateway.close()
        with pytest.raises(Disconnected):
            await anext(events)


class TestImport:
    def test_wechaty_is_imported_only_for_plugins_and_leaves_no_trace(self, tmp_path: Path) -> None:
        program = (
            "import sys, logging\n"
            "from pathlib import Path\n"
            "from bot.gateways.wechaty.gateway import WechatyGateway\n"
            "from bot.gateways.wechaty.settings import WechatySettings\n"
            "WechatyGateway(WechatySettings(account='a', endpoint='localhost:1', token='t'))\n"
            "assert 'wechaty' not in sys.modules and 'wechaty_puppet' not in sys.modules\n"
            "from bot.gateways.wechaty import compat\n"
            "compat.load(Path(sys.argv[1]))\n"
            "assert 'wechaty' in sys.modules\n"
            "assert not logging.getLogger('Wechaty').handlers\n"
        )
        root = Path(__file__).resolve().parents[2]
        here = tmp_path / "here"
        here.mkdir()
        run = subprocess.run(
            [sys.executable, "-W", "error", "-c", program, str(tmp_path / "cache")],
            cwd=here,
            env={**os.environ, "PYTHONPATH": str(root)},
            capture_output=True,
            text=True,
        )
        assert (run.returncode, run.stderr) == (0, "")
        assert list(here.iterdir()) == []
