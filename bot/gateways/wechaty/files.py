"""Files on their way through the gateway: Wechaty's "file box", the JSON that names or carries them."""

import asyncio
import base64
import binascii
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

import aiohttp

from bot.gateways.wechaty.transport import Link, TooLarge
from rules.errors import Disconnected, Refused

MOST_BYTES: Final = 100 * 2**20  # what WeChat itself lets a file be
_INLINE_BYTES: Final = 20 * 2**10  # the gateway's own border between carrying and naming a file
_CHUNK: Final = 64 * 2**10

_BASE64, _URL, _UUID = 1, 2, 7


async def pack(link: Link, name: str, path: str) -> str:
    """The file box of a file of ours, left with the gateway if it is large.

    Raises `Refused` where it can't be read or is too large, `Disconnected`.
    """
    file = Path(path)
    try:
        size = (await asyncio.to_thread(file.stat)).st_size
        if size > MOST_BYTES:
            raise Refused(f"the file is larger than WeChat takes ({MOST_BYTES // 2**20} MB)")
        if size == 0:
            raise Refused("the file to send is empty")
        if size <= _INLINE_BYTES:
            content = base64.b64encode(await asyncio.to_thread(file.read_bytes)).decode("ascii")
            return _box(_BASE64, name, size, base64=content)
        return _box(_UUID, name, size, uuid=await link.upload(_chunks(file)))
    except FileNotFoundError as error:
        raise Refused("the file to send isn't there any more") from error
    except OSError as error:
        raise Refused(f"the file to send can't be read: {error.strerror}") from error


async def repack(link: Link, box: str) -> str:
    """A file box as somebody else made it; a large one that carries its bytes is left with the gateway and named."""
    content = json.loads(box)
    data = content.get("base64") or ""
    if (content.get("type") or content.get("boxType")) != _BASE64 or len(data) <= _INLINE_BYTES:
        return box
    plain = base64.b64decode(data)
    name = str(content.get("name") or "file")
    return _box(_UUID, name, len(plain), uuid=await link.upload(_pieces(plain)))


async def unpack(link: Link, box: str, seconds: float) -> bytes:
    """The bytes that a file box carries or names. Raises `Disconnected`, `Refused` where they can't be had."""
    try:
        content = json.loads(box)
        kind = content.get("type") or content.get("boxType")
        if kind == _BASE64:
            return base64.b64decode(content["base64"])
        if kind == _UUID:
            return await link.download(str(content["uuid"]), MOST_BYTES)
        if kind == _URL:
            return await _load(str(content.get("url") or content["remoteUrl"]), seconds)
    except (ValueError, KeyError, AttributeError, binascii.Error) as error:
        raise Refused("the gateway gave a file in a form that can't be read") from error
    except TooLarge as error:
        raise Refused(f"the file is {error}") from error
    raise Refused(f"the gateway gave a file of a kind we don't know: {kind}")


async def _chunks(file: Path) -> AsyncIterator[bytes]:
    with file.open("rb") as source:
        while chunk := await asyncio.to_thread(source.read, _CHUNK):
            yield chunk


async def _pieces(content: bytes) -> AsyncIterator[bytes]:
    for at in range(0, len(content), _CHUNK):
        yield content[at : at + _CHUNK]


async def _load(url: str, seconds: float) -> bytes:
    if not url.startswith(("http://", "https://")):
        raise Refused("the gateway named a file by an address that isn't http")
    try:
        timeout = aiohttp.ClientTimeout(total=seconds)
        async with aiohttp.ClientSession(timeout=timeout, raise_for_status=True) as session, session.get(url) as reply:
            content = await reply.content.read(MOST_BYTES + 1)
            while len(content) <= MOST_BYTES and (more := await reply.content.read(MOST_BYTES)):
                content += more
    except aiohttp.ClientResponseError as error:
        raise Refused(f"the file can't be fetched any more: {error.status}") from error
    except (aiohttp.ClientError, TimeoutError) as error:
        raise Disconnected("the file's server can't be reached") from error
    if len(content) > MOST_BYTES:
        raise TooLarge(f"larger than {MOST_BYTES} bytes")
    return content


def _box(kind: int, name: str, size: int, **content: str) -> str:
    return json.dumps({"type": kind, "boxType": kind, "name": name, "size": size, **content})
