"""What every gateway keeps to, whatever stands behind it; run once per entry of `drivers.DRIVERS`."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from rules.errors import Disconnected, Refused, Throttled, Unconfirmed
from rules.talk import (
    Address,
    Connected,
    Content,
    FileToSend,
    Form,
    Mention,
    RoomJoined,
    RoomLeft,
    RoomRenamed,
)
from tests.bot.drivers import DRIVERS, Can, Driver, Failure, Person, digest
from tests.bot.listening import Listening
from tests.bot.nodegateway import write_bytes

PEOPLE = ("李阿姨", "张单元长")


@pytest.fixture(params=list(DRIVERS))
async def driver(request: pytest.FixtureRequest) -> AsyncIterator[Driver]:
    made = DRIVERS[request.param](request)
    yield made
    await made.close()


def needs(driver: Driver, *abilities: Can) -> None:
    missing = [ability.value for ability in abilities if ability not in driver.can]
    if missing:
        pytest.skip(f"this gateway can't: {', '.join(missing)}")


class TestConnection:
    async def test_the_first_event_is_connected(self, driver: Driver) -> None:
        async with Listening(driver.gateway) as listening:
            first = listening.events[0]
            assert isinstance(first, Connected)
            assert first.account == driver.gateway.account
            assert first.at.tzinfo is not None

    async def test_nothing_is_sent_before_there_is_a_connection(self, driver: Driver) -> None:
        needs(driver, Can.CUT)
        room = await driver.make_room("3栋群", PEOPLE)
        with pytest.raises(Disconnected):
            await driver.gateway.send(Address(room_id=room.room_id), Content("你好"))
        with pytest.raises(Disconnected):
            await driver.gateway.rooms()
        assert await driver.sent() == []

    async def test_an_end_is_told_and_a_new_connection_hears_again(self, driver: Driver) -> None:
        needs(driver, Can.CUT, Can.HEAR)
        room = await driver.make_room("3栋群", PEOPLE)
        async with Listening(driver.gateway) as listening:
            await driver.cut()
            assert str(await listening.ended())
            await listening.connected(times=2)
            await driver.say(room.room_id, room.people[0].person_id, "又连上了")
            await listening.heard_text("又连上了")

    async def test_nothing_is_sent_once_the_connection_has_ended(self, driver: Driver) -> None:
        needs(driver, Can.CUT)
        room = await driver.make_room("3栋群", PEOPLE)
        async with Listening(driver.gateway, again=False) as listening:
            await driver.cut()
            await listening.ended()
            with pytest.raises(Disconnected):
                await driver.gateway.send(Address(room_id=room.room_id), Content("你好"))
        assert await driver.sent() == []

    async def test_close_ends_the_events(self, driver: Driver) -> None:
        async with Listening(driver.gateway, again=False) as listening:
            await driver.gateway.close()
            await listening.ended()


class TestHearing:
    @pytest.fixture(autouse=True)
    def _hears(self, driver: Driver) -> None:
        needs(driver, Can.HEAR)

    async def test_what_is_said_in_a_room(self, driver: Driver) -> None:
        room = await driver.make_room("3栋群", PEOPLE)
        async with Listening(driver.gateway) as listening:
            message_id = await driver.say(room.room_id, room.people[0].person_id, "电梯又停了")
            heard = await listening.heard_text("电梯又停了")
        assert (heard.account, heard.message_id, heard.room_id) == (
            driver.gateway.account,
            message_id,
            room.room_id,
        )
        assert (heard.speaker_id, heard.speaker_name) == (room.people[0].person_id, "李阿姨")
        assert (heard.form, heard.from_self, heard.mentions) == (Form.TEXT, False, ())
        assert heard.at.tzinfo is not None

    async def test_what_is_said_to_us_alone(self, driver: Driver) -> None:
        room = await driver.make_room("3栋群", PEOPLE)
        async with Listening(driver.gateway) as listening:
            await driver.say(None, room.people[1].person_id, "通知 3栋")
            heard = await listening.heard_text("通知 3栋")
        assert (heard.room_id, heard.speaker_id) == (None, room.people[1].person_id)

    async def test_who_was_named(self, driver: Driver) -> None:
        room = await driver.make_room("3栋群", PEOPLE)
        async with Listening(driver.gateway) as listening:
            us = driver.gateway.account
            await driver.say(room.room_id, room.people[0].person_id, "@回音 在吗", mentions=(us,))
            heard = await listening.heard_text("@回音 在吗")
        assert heard.mentions == (us,)

    async def test_the_order_of_each_room_is_kept(self, driver: Driver) -> None:
        rooms = [await driver.make_room(f"{number}栋群", PEOPLE) for number in range(3)]
        async with Listening(driver.gateway) as listening:
            for number in range(60):
                room = rooms[number % 3]
                await driver.say(room.room_id, room.people[number % 2].person_id, str(number))
            await listening.until(lambda: len(listening.heard) >= 60)
        for which, room in enumerate(rooms):
            texts = [heard.text for heard in listening.heard if heard.room_id == room.room_id]
            assert texts == [str(number) for number in range(which, 60, 3)]

    async def test_a_repeated_message_keeps_its_id_and_its_words(self, driver: Driver) -> None:
        room = await driver.make_room("3栋群", PEOPLE)
        async with Listening(driver.gateway) as listening:
            message_id = await driver.say(room.room_id, room.people[0].person_id, "停水了")
            await driver.repeat(message_id)
            await driver.say(room.room_id, room.people[0].person_id, "到此")
            await listening.heard_text("到此")
        again = [heard for heard in listening.heard if heard.message_id == message_id]
        assert again
        assert {heard.text for heard in again} == {"停水了"}

    @pytest.mark.parametrize("text", ["", "井盖\n坏了", "👨‍👩‍👧 家", "\u202e反", "长" * 20_000])
    async def test_any_text_comes_through_as_it_is(self, driver: Driver, text: str) -> None:
        room = await driver.make_room("3栋群", PEOPLE)
        async with Listening(driver.gateway) as listening:
            await driver.say(room.room_id, room.people[0].person_id, text)
            await listening.heard_text(text)

    async def test_who_comes_and_goes_and_what_the_room_is_called(self, driver: Driver) -> None:
        room = await driver.make_room("3栋群", PEOPLE)
        async with Listening(driver.gateway) as listening:
            await driver.join(room.room_id, Person("p-new", "新邻居"))
            await listening.until(lambda: len(listening.events) == 2)
            await driver.rename(room.room_id, "3栋2单元群")
            await driver.leave(room.room_id, "p-new")
            await listening.until(lambda: any(isinstance(event, RoomLeft) for event in listening.events))
        joined, renamed, left = listening.events[1:]
        assert isinstance(joined, RoomJoined)
        assert (joined.room_id, joined.topic, joined.people, joined.ours) == (
            room.room_id,
            "3栋群",
            ("p-new",),
            False,
        )
        assert isinstance(renamed, RoomRenamed)
        assert (renamed.room_id, renamed.topic) == (room.room_id, "3栋2单元群")
        assert isinstance(left, RoomLeft)
        assert (left.room_id, left.people, left.ours) == (room.room_id, ("p-new",), False)

    async def test_our_own_account_thrown_out(self, driver: Driver) -> None:
        room = await driver.make_room("3栋群", PEOPLE)
        async with Listening(driver.gateway) as listening:
            await driver.leave(room.room_id, driver.gateway.account)
            await listening.until(lambda: any(isinstance(event, RoomLeft) and event.ours for event in listening.events))

    async def test_a_picture_is_fetched_as_it_was_sent(self, driver: Driver, tmp_path: Path) -> None:
        needs(driver, Can.FETCH)
        room = await driver.make_room("3栋群", PEOPLE)
        picture = write_bytes(tmp_path, "井盖.jpg", 30_000)
        async with Listening(driver.gateway) as listening:
            message_id = await driver.show(room.room_id, room.people[0].person_id, picture)
            await listening.until(lambda: bool(listening.heard))
            assert (listening.heard[0].form, listening.heard[0].message_id) == (Form.IMAGE, message_id)
            assert await driver.gateway.fetch(message_id) == picture.read_bytes()

    async def test_a_file_that_is_gone_is_refused(self, driver: Driver) -> None:
        needs(driver, Can.FETCH)
        async with Listening(driver.gateway):
            with pytest.raises(Refused):
                await driver.gateway.fetch("no-such-message")


class TestSending:
    async def test_a_text_arrives_once(self, driver: Driver) -> None:
        room = await driver.make_room("3栋群", PEOPLE)
        async with Listening(driver.gateway):
            message_id = await driver.gateway.send(Address(room_id=room.room_id), Content("已受理"))
        assert message_id
        assert [(sent.to, sent.text) for sent in await driver.sent()] == [(room.room_id, "已受理")]

    async def test_a_text_to_one_person(self, driver: Driver) -> None:
        room = await driver.make_room("3栋群", PEOPLE)
        person_id = room.people[1].person_id
        async with Listening(driver.gateway):
            await driver.gateway.send(Address(person_id=person_id), Content("请确认"))
        assert [(sent.to, sent.text) for sent in await driver.sent()] == [(person_id, "请确认")]

    async def test_ids_differ(self, driver: Driver) -> None:
        room = await driver.make_room("3栋群", PEOPLE)
        async with Listening(driver.gateway):
            ids = [await driver.gateway.send(Address(room_id=room.room_id), Content("同样的话")) for _ in range(5)]
        assert len(set(ids)) == 5

    async def test_the_echo_of_our_message_carries_its_id(self, driver: Driver) -> None:
        needs(driver, Can.ECHO)
        room = await driver.make_room("3栋群", PEOPLE)
        async with Listening(driver.gateway) as listening:
            message_id = await driver.gateway.send(Address(room_id=room.room_id), Content("已受理"))
            await listening.until(lambda: bool(listening.echoes))
        echo = listening.echoes[0]
        assert (echo.message_id, echo.room_id, echo.speaker_id) == (
            message_id,
            room.room_id,
            driver.gateway.account,
        )

    async def test_a_person_is_named(self, driver: Driver) -> None:
        room = await driver.make_room("3栋群", PEOPLE)
        aunt = room.people[0]
        async with Listening(driver.gateway):
            mention = Mention(aunt.person_id, aunt.name)
            await driver.gateway.send(Address(room_id=room.room_id), Content("已受理", mentions=(mention,)))
        (sent,) = await driver.sent()
        assert "@李阿姨" in sent.text
        assert sent.text.endswith("已受理")
        assert sent.mentions == (aunt.person_id,)

    @pytest.mark.parametrize("size", [1, 300_000, 5_000_000])
    async def test_a_picture_arrives_byte_for_byte(self, driver: Driver, tmp_path: Path, size: int) -> None:
        needs(driver, Can.FILES)
        room = await driver.make_room("3栋群", PEOPLE)
        picture = write_bytes(tmp_path, "完工.jpg", size)
        async with Listening(driver.gateway):
            content = Content(file=FileToSend("完工.jpg", str(picture)))
            await driver.gateway.send(Address(room_id=room.room_id), content)
        (sent,) = await driver.sent()
        assert (sent.to, sent.file_name, sent.digest) == (room.room_id, "完工.jpg", digest(picture))

    async def test_a_file_that_isnt_there_is_refused(self, driver: Driver, tmp_path: Path) -> None:
        needs(driver, Can.FILES)
        room = await driver.make_room("3栋群", PEOPLE)
        async with Listening(driver.gateway):
            content = Content(file=FileToSend("完工.jpg", str(tmp_path / "完工.jpg")))
            with pytest.raises(Refused):
                await driver.gateway.send(Address(room_id=room.room_id), content)
        assert await driver.sent() == []


class TestFailing:
    @pytest.fixture(autouse=True)
    def _fails(self, driver: Driver) -> None:
        needs(driver, Can.FAIL)

    @pytest.mark.parametrize(
        ("failure", "error", "arrived"),
        [
            (Failure.REFUSED, Refused, []),
            (Failure.THROTTLED, Throttled, []),
            (Failure.UNCONFIRMED, Unconfirmed, ["第一"]),
        ],
    )
    async def test_a_failure_has_a_meaning_and_the_next_send_works(
        self, driver: Driver, failure: Failure, error: type[Exception], arrived: list[str]
    ) -> None:
        room = await driver.make_room("3栋群", PEOPLE)
        async with Listening(driver.gateway):
            await driver.fail_next(room.room_id, failure)
            with pytest.raises(error):
                await driver.gateway.send(Address(room_id=room.room_id), Content("第一"))
            assert [sent.text for sent in await driver.sent()] == arrived
            await driver.gateway.send(Address(room_id=room.room_id), Content("第二"))
        assert [sent.text for sent in await driver.sent()] == [*arrived, "第二"]

    async def test_one_rooms_failure_is_not_anothers(self, driver: Driver) -> None:
        room = await driver.make_room("3栋群", PEOPLE)
        other = await driver.make_room("4栋群", PEOPLE)
        async with Listening(driver.gateway):
            await driver.fail_next(room.room_id, Failure.REFUSED)
            await driver.gateway.send(Address(room_id=other.room_id), Content("通知"))
            with pytest.raises(Refused):
                await driver.gateway.send(Address(room_id=room.room_id), Content("通知"))


class TestRooms:
    async def test_all_rooms_with_their_people(self, driver: Driver) -> None:
        made = [await driver.make_room(f"{number}栋群", PEOPLE) for number in range(3)]
        async with Listening(driver.gateway):
            found = {room.room_id: room for room in await driver.gateway.rooms()}
        assert set(found) == {room.room_id for room in made}
        for room in made:
            assert found[room.room_id].topic == room.topic
            people = {person.person_id for person in room.people}
            assert people <= set(found[room.room_id].member_ids)

    async def test_the_name_in_the_room(self, driver: Driver) -> None:
        room = await driver.make_room("3栋群", PEOPLE)
        async with Listening(driver.gateway):
            for person in room.people:
                assert await driver.gateway.member_name(room.room_id, person.person_id) == person.name

    async def test_a_strangers_name_is_refused(self, driver: Driver) -> None:
        room = await driver.make_room("3栋群", PEOPLE)
        async with Listening(driver.gateway):
            with pytest.raises(Refused):
                await driver.gateway.member_name(room.room_id, "p-stranger")
