"""Fixtures for the wire to WeChat."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from redis import Redis

from tests.core.wechat.wire import Wire


@pytest.fixture
def wire() -> Iterator[Wire]:
    """A scripted WeChat on a port of its own."""
    wire = Wire()
    yield wire
    wire.stop()


@pytest.fixture
def redis(redis_url: str) -> Iterator[Redis]:
    """A Valkey without access tokens."""
    client = Redis.from_url(redis_url)
    for key in client.scan_iter("{t:*}:core:wx:token:*"):
        client.delete(key)
    yield client
    client.close()
