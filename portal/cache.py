"""Django's Redis cache with one client a process: making one costs more than most commands that are sent through it."""

from typing import Any

from django.core.cache.backends.redis import RedisCache, RedisCacheClient

# Django asks first whether the key exists, which is a second way there and back.
INCREASE = "if redis.call('exists', KEYS[1]) == 1 then return redis.call('incrby', KEYS[1], ARGV[1]) end"


class KeptClient(RedisCacheClient):
    """Clients are safe between threads; each takes a connection of its pool for each command."""

    def __init__(self, servers: list[str], **options: Any) -> None:
        super().__init__(servers, **options)
        self._clients: dict[int, Any] = {}
        self._increase: Any = None

    def get_client(self, key: Any = None, *, write: bool = False) -> Any:
        index = self._get_connection_pool_index(write)
        if index not in self._clients:
            self._clients[index] = super().get_client(key, write=write)
        return self._clients[index]

    def incr(self, key: str, delta: int) -> int:
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
