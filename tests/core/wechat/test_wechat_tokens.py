"""Access tokens: one fetch for all, kept until five minutes before their end, dropped only by who saw them fail."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from redis import Redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from core.wechat.errors import Retryable
from core.wechat.tokens import TokenCache, WeixinApp

APP = WeixinApp("demo", "wx1", "secret-of-wx1")
KEY = "{t:demo}:core:wx:token:wx1"


@pytest.fixture
def cache(redis: Redis) -> TokenCache:
    return TokenCache(redis)


def test_token_is_fetched_once_and_kept_for_its_life_less_five_minutes(redis: Redis, cache: TokenCache) -> None:
    fetched = iter([("first", 7200)])
    assert [cache.get(APP, lambda: next(fetched)) for _ in range(3)] == ["first"] * 3
    assert redis.get(KEY) == b"first"
    assert 6890 <= redis.ttl(KEY) <= 6900


@pytest.mark.parametrize(("expires_in", "kept"), [(300, 150), (60, 30), (0, 1), (400, 150)])
def test_token_near_its_end_is_kept_for_a_while_only(
    redis: Redis, cache: TokenCache, expires_in: int, kept: int
) -> None:
    cache.get(APP, lambda: ("late", expires_in))
    assert kept - 2 <= redis.ttl(KEY) <= kept


def test_eight_threads_cause_one_fetch(cache: TokenCache) -> None:
    calls, start = [], threading.Barrier(8)
    fetching = threading.Event()

    def fetch() -> tuple[str, int]:
        calls.append(1)
        fetching.wait(0.3)
        return "shared", 7200

    def work(_: int) -> str:
        start.wait()
        return cache.get(APP, fetch)

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(work, range(8))) == ["shared"] * 8
    assert len(calls) == 1


def test_refused_token_is_dropped_and_a_newer_one_is_not(redis: Redis, cache: TokenCache) -> None:
    redis.set(KEY, "newer")
    cache.drop(APP, "older")
    assert redis.get(KEY) == b"newer"
    cache.drop(APP, "newer")
    assert redis.get(KEY) is None


def test_fetch_that_fails_frees_the_lock(redis: Redis, cache: TokenCache) -> None:
    def fail() -> tuple[str, int]:
        raise Retryable

    with pytest.raises(Retryable):
        cache.get(APP, fail)
    assert redis.keys(f"{KEY}*") == []
    assert cache.get(APP, lambda: ("after", 7200)) == "after"


def test_tokens_of_two_tenants_and_apps_lie_apart(cache: TokenCache) -> None:
    apps = [WeixinApp("demo", "wx1", "s"), WeixinApp("demo", "wx2", "s"), WeixinApp("other", "wx1", "s")]
    assert [cache.get(app, lambda n=n: (f"token{n}", 7200)) for n, app in enumerate(apps)] == [
        "token0",
        "token1",
        "token2",
    ]


def test_without_redis_every_caller_fetches_for_itself() -> None:
    cache = TokenCache(Redis(port=9, retry=Retry(NoBackoff(), 0)))
    assert cache.get(APP, lambda: ("own", 7200)) == "own"
    cache.drop(APP, "own")


def test_client_that_decodes_answers_works_too(redis_url: str, redis: Redis) -> None:
    decoding = TokenCache(Redis.from_url(redis_url, decode_responses=True))
    fetched = iter([("text", 7200)])
    assert [decoding.get(APP, lambda: next(fetched)) for _ in range(2)] == ["text", "text"]


def test_secret_is_not_in_the_repr() -> None:
    assert "secret-of-wx1" not in repr(APP)
