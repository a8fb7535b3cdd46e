import pytest

from rules.errors import InvalidInput, NotFound
from rules.notice import read_audience
from rules.org import OrgNode, RoomKind

NODES = [
    OrgNode(1, "GY", "桂语街道", "subdistrict", "/1/", None),
    OrgNode(2, "GY-A", "桂语社区", "community", "/1/2/", 1),
    OrgNode(3, "GY-A1", "桂语一网格", "grid", "/1/2/3/", 2),
    OrgNode(4, "GY-A1-3", "桂语里3栋", "unit", "/1/2/3/4/", 3),
    OrgNode(5, "GY-A1-13", "桂语里13栋", "unit", "/1/2/3/5/", 3),
    OrgNode(6, "GY-A2", "桂语二网格", "grid", "/1/2/6/", 2),
    OrgNode(7, "GY-B1", "云栖一网格", "grid", "/1/7/", 1),
]
MINE = NODES[1:2]


@pytest.mark.parametrize(
    ("words", "nodes", "excepted"),
    [
        ("全部", ["GY-A"], []),
        ("桂语一网格", ["GY-A1"], []),
        ("桂语一网格、二网格", ["GY-A1", "GY-A2"], []),
        ("GY-A2", ["GY-A2"], []),
        ("全部 除 3栋", ["GY-A"], ["GY-A1-3"]),
        ("全部 除了13栋，二网格", ["GY-A"], ["GY-A1-13", "GY-A2"]),
        ("居民群", ["GY-A"], []),
    ],
)
def test_what_leaders_write(words: str, nodes: list[str], excepted: list[str]) -> None:
    audience = read_audience(words, NODES, MINE)
    assert [node.code for node in audience.nodes] == nodes
    assert [node.code for node in audience.excepted] == excepted
    assert audience.kinds == {RoomKind.RESIDENTS}


def test_what_is_excepted_is_left_out_with_all_below() -> None:
    audience = read_audience("桂语社区 工作群 居民群 除 一网格", [*NODES[:6]], MINE)
    assert audience.includes("/1/2/6/", RoomKind.DISPATCH)
    assert not audience.includes("/1/2/3/5/", RoomKind.RESIDENTS)
    assert not audience.includes("/1/7/", RoomKind.RESIDENTS)
    assert not audience.includes("/1/2/6/", RoomKind.CARE)


@pytest.mark.parametrize("words", ["", "   ", "，、"])
def test_nothing_named(words: str) -> None:
    with pytest.raises(InvalidInput):
        read_audience(words, NODES, MINE)


@pytest.mark.parametrize("words", ["月亮小区", "一网格", "全部 除 月亮"])
def test_unknown_or_ambiguous_names(words: str) -> None:
    with pytest.raises(NotFound):
        read_audience(words, NODES, MINE)
