"""Django's Redis cache with one client a process: making one costs more than most commands that are sent through it."""

from typing import Any

from django.core.cache.backends.redis import RedisCache, RedisCacheClient

# Django asks first whether the key exists, which is a second way there and back.
INCREASE = "if redis.call('exists', KEYS[1]) == 1 then return redis.call('incrby', KEYS[1], ARGV[1]) end"


class KeptClient(RedisCacheClient):
    """The client of one server. It is safe between threads: each command takes a connection of the pool for itself."""

    _kept: Any = None
    _increase: Any = None

    def get_client(self, key: Any = None, *, write: bool = False) -> Any:
        if self._kept is None:
            self._kept = super().get_client(key, write=True)
        return self._kept

    def incr(self, key: Any, delta: int) -> int:
        """ValueError where nothing is to be increased, as Django has it."""
        if self._increase is None:
            self._increase = self.get_client(key, write=True).register_script(INCREASE)
        value = self._increase(keys=[key], args=[delta])
        if value is None:
            raise ValueError(f"Key '{key}' not found.")
        return int(value)


class KeptRedisCache(RedisCache):
    """The backend that CACHES names."""

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        super().__init__(server, params)
        self._class = KeptClient
