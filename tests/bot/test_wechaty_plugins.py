"""A user's Wechaty plugins on the account we serve, against the real gateway."""

from pathlib import Path

import pytest

from bot.gateways.wechaty.gateway import WechatyGateway
from bot.gateways.wechaty.settings import WechatySettings
from rules.errors import ConfigError
from tests.bot.drivers import digest
from tests.bot.listening import Listening
from tests.bot.nodegateway import NodeGateway, write_bytes

# Wechaty's own code warns about itself while it works.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CACHE_DIR", "set anew by the host")
    monkeypatch.chdir(tmp_path)
    plugins = tmp_path / "plugins"
    plugins.mkdir()
    return plugins


def hosting(node: NodeGateway, folder: Path, *plugins: str) -> WechatyGateway:
    return WechatyGateway(
        WechatySettings(
            account="a", endpoint=node.endpoint, token=node.token, tls=False, plugins=plugins, plugin_folder=folder
        )
    )


SAMPLE = "tests.bot.sample_plugin:DingDong"


async def sent(node: NodeGateway, listening: Listening, count: int) -> list[dict[str, object]]:
    await listening.until(lambda: len(listening.echoes) >= count)
    found: list[dict[str, object]] = await node.ask("sent")
    return found


async def test_a_plugin_hears_and_answers_beside_us(node: NodeGateway, folder: Path) -> None:
    (room,) = await node.ask("rooms", count=1)
    person = room["members"][0]["id"]
    async with Listening(hosting(node, folder, SAMPLE)) as listening:
        await node.ask("say", room=room["id"], person=person, text="fail")
        await node.ask("say", room=room["id"], person=person, text="ding")
        answers = await sent(node, listening, 1)
        await node.ask("join", room=room["id"], people=[{"id": "p-new", "name": "新邻居"}])
        answers = await sent(node, listening, 2)
    assert [answer["text"] for answer in answers] == ["dong", "欢迎1位"]
    assert [heard.text for heard in listening.heard] == ["fail", "ding"]
    assert list(folder.parent.iterdir()) == [folder]


async def test_large_pictures_and_topics_go_the_new_way(node: NodeGateway, folder: Path, tmp_path: Path) -> None:
    (room,) = await node.ask("rooms", count=1)
    person = room["members"][0]["id"]
    picture = write_bytes(folder, "poster.jpg", 5_000_000)
    async with Listening(hosting(node, folder, SAMPLE)) as listening:
        await node.ask("say", room=room["id"], person=person, text="topic")
        await node.ask("file", room=room["id"], person=person, path=str(picture), name="poster.jpg")
        (answer,) = await sent(node, listening, 1)
        assert (await listening.gateway.rooms())[0].topic == "新群名"
    assert answer["sha256"] == digest(picture)


async def test_plugins_go_on_after_a_new_connection(node: NodeGateway, folder: Path) -> None:
    (room,) = await node.ask("rooms", count=1)
    async with Listening(hosting(node, folder, SAMPLE)) as listening:
        await node.ask("cut")
        await listening.connected(times=2)
        await node.ask("say", room=room["id"], person=room["members"][0]["id"], text="ding")
        assert [answer["text"] for answer in await sent(node, listening, 1)] == ["dong"]


@pytest.mark.parametrize("name", ["no.such.module:Plugin", "tests.bot.sample_plugin:Missing", "tests.bot"])
def test_a_plugin_that_isnt_there_is_said_at_once(folder: Path, name: str) -> None:
    with pytest.raises(ConfigError, match="gateway plugins"):
        WechatyGateway(WechatySettings(account="a", endpoint="h:1", token="t", plugins=(name,), plugin_folder=folder))


def test_plugins_need_a_folder() -> None:
    with pytest.raises(ConfigError, match="plugin_folder"):
        WechatySettings(account="a", endpoint="h:1", token="t", plugins=(SAMPLE,))
