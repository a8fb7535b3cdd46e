"""What the tests of the process need: the real Node gateway, shared by the tests that leave it alive."""

import os
from collections.abc import Iterator

import pytest

from tests.bot.nodegateway import NodeGateway
from tests.gateway.setup import GatewayMissing


def start_node(**options: bool) -> NodeGateway:
    """The real gateway; where it can't be had the test is skipped with the reason, on CI it fails."""
    gateway = NodeGateway(**options)
    try:
        return gateway.start_now()
    except GatewayMissing as missing:
        if os.environ.get("CI") == "true":
            pytest.fail(f"the real gateway is required on CI: {missing}")
        pytest.skip(f"no real gateway: {missing}")


@pytest.fixture(scope="session")
def node_process() -> Iterator[NodeGateway]:
    """One process for all tests that don't harm it."""
    gateway = start_node()
    yield gateway
    gateway.kill()


@pytest.fixture
def node(node_process: NodeGateway) -> NodeGateway:
    """The shared real gateway, logged in, with no rooms, no faults and nothing sent; leave it alive."""
    node_process.ask_now("reset")
    return node_process


@pytest.fixture
def own_node() -> Iterator[NodeGateway]:
    """A real gateway for this test alone: to be killed, frozen and started again."""
    gateway = start_node()
    yield gateway
    gateway.kill()


@pytest.fixture
def logged_out_node() -> Iterator[NodeGateway]:
    """A real gateway that runs, but whose account isn't logged in."""
    gateway = start_node(login=False)
    yield gateway
    gateway.kill()
