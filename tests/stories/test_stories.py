"""Every transcript beside this file, played on both databases; the demo's own are played by the commands' tests."""

from pathlib import Path

import pytest

from bot.scene import ZONE, simulated_scene
from bot.story import Spoken, play, read_story

STORIES = sorted(Path(__file__).parent.glob("*.story"))


@pytest.fixture(params=STORIES, ids=[path.stem for path in STORIES])
def story(request: pytest.FixtureRequest) -> list[Spoken]:
    path: Path = request.param
    return read_story(path.read_text("utf-8"), path.name, ZONE)


async def test_the_bot_says_what_the_story_says(story: list[Spoken], database_url: str, tmp_path: Path) -> None:
    async with simulated_scene(database_url, tmp_path / "files", story[0].at) as scene:
        differences = await play(scene, story)
    assert not differences, "\n" + "\n".join(map(str, differences))
