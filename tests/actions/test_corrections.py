"""是, 否 and 改类 leave labelled examples behind: a confirmation as well as a correction."""

from dataclasses import replace
from pathlib import Path

from bot.scene import ZONE, simulated_scene
from bot.story import play, read_story
from nlp.classify import Understanding
from nlp.register import Threshold
from storage.queries.learning import examples

STORY = """# 三句话
2026-05-11
17:40 小周@2栋群: 停车位又被占了
      bot@张单元长: ……
17:42 张单元长@私聊: 是
      bot@2栋群: ……
      bot@张单元长: ……
18:00 小胡@6栋群: 停车位又被占了
      bot@陈楼长: ……
18:02 陈楼长@私聊: 否
      bot@陈楼长: ……
18:10 小蒋@云栖苑1栋群: 停车位又被占了
      bot@孙单元长: ……
18:12 孙单元长@私聊: 改类 违建
      bot@云栖苑1栋群: ……
      bot@孙单元长: ……
"""


def always_asks() -> Understanding:
    """The listener, never sure enough to file without asking."""
    shipped = Understanding.load()
    return Understanding(shipped.lexicon, replace(shipped.weights, thresholds={}, default=Threshold(0.3, 1.1)))


async def test_a_leaders_word_is_kept_as_an_example(database_url: str, tmp_path: Path) -> None:
    story = read_story(STORY, "story", ZONE)
    files = tmp_path / "files"
    async with simulated_scene(database_url, files, story[0].at, understanding=always_asks()) as scene:
        differences = await play(scene, story)
        assert not differences, "\n".join(map(str, differences))
        async with scene.app.database.read() as tx:
            kept = await examples(tx)
    assert [(one.text, one.was, one.now) for one in kept] == [
        ("停车位又被占了", "parking", "parking"),
        ("停车位又被占了", "parking", "-"),
        ("停车位又被占了", "parking", "encroachment"),
    ]
    assert len({one.room_id for one in kept}) == 3
