"""The stories through the real gateway: over gRPC, with `PuppetServer` at the other end."""

import hashlib
from pathlib import Path

import pytest

from bot.scene import PICTURE_BYTES, ZONE
from bot.story import play, read_story
from tests.bot.nodegateway import NodeGateway
from tests.bot.nodescene import node_scene

STORIES = Path(__file__).parents[1] / "stories"


@pytest.mark.parametrize("name", ["manhole", "photo"])
async def test_a_story_goes_as_written_through_the_real_gateway(
    name: str, database_url: str, node: NodeGateway, tmp_path: Path
) -> None:
    story = read_story((STORIES / f"{name}.story").read_text("utf-8"), name, ZONE)
    async with node_scene(database_url, node, tmp_path, story[0].at) as scene:
        differences = await play(scene, story)
        assert [str(one) for one in differences] == []
        pictures = [one for one in scene.arrived if one["kind"] == "file"]
    expected = sum(line.text == "[图片]" for spoken in story for line in spoken.expected)
    assert [one["sha256"] for one in pictures] == [hashlib.sha256(PICTURE_BYTES).hexdigest()] * expected


async def test_whom_the_bot_names_gets_an_at(database_url: str, node: NodeGateway, tmp_path: Path) -> None:
    story = read_story((STORIES / "photo.story").read_text("utf-8"), "photo", ZONE)[:1]
    async with node_scene(database_url, node, tmp_path, story[0].at) as scene:
        await play(scene, story)
    first = scene.arrived[0]
    assert first["mentions"] == ["resident-王阿婆", "wx-zhang"]
    assert first["text"].startswith("@王阿婆\u2005@张单元长\u2005")
