from tests.bench.raw_stub import raw_stub
from tests.bot.nodegateway import NodeGateway


async def test_the_baseline_reads_every_message(node: NodeGateway) -> None:
    rooms = [room["id"] for room in await node.ask("rooms", count=4)]
    async with raw_stub(node.endpoint, node.token, 200) as reader:
        await node.ask("burst", count=200, rooms=rooms)
        reading = await reader
    assert reading.messages == 200
    assert reading.per_second > 0
