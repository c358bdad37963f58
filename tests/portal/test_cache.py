"""The cache in Redis: one client a process, and counters that are only raised where they exist."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core.cache import cache

from portal.cache import KeptRedisCache


def test_a_counter_is_raised_and_a_missing_one_is_not_made() -> None:
    cache.set("visits", 3, 60)
    assert [cache.incr("visits"), cache.incr("visits", 5), cache.decr("visits")] == [4, 9, 8]
    with pytest.raises(ValueError, match="nobody"):
        cache.incr("nobody")
    assert cache.get("nobody") is None


def test_commands_of_a_process_go_through_one_client() -> None:
    assert isinstance(cache._connections[cache._alias], KeptRedisCache)
    client = cache._cache.get_client()
    assert cache._cache.get_client(write=True) is client


def test_threads_that_count_together_lose_nothing() -> None:
    cache.set("together", 0, 60)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _n: cache.incr("together"), range(200)))
    assert cache.get("together") == 200
