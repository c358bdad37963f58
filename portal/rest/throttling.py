import time
from typing import Any

from django.conf import settings
from django.core.cache import cache
from redis.exceptions import RedisError
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

HOUR = 3600


class TokenThrottle(BaseThrottle):
    """So many requests in each clock hour for a token, or for a user in a browser.

    A counter and not DRF's list of times: the cost of a request does not grow with the number before it.
    Counting needs Redis; while it is away requests pass uncounted rather than fail.
    """

    def allow_request(self, request: Request, view: Any) -> bool:
        ident = getattr(request.auth, "pk", None) or getattr(request.user, "pk", None) or self.get_ident(request)
        key = f"throttle:{ident}:{int(time.time()) // HOUR}"
        try:
            return self._count(key) <= settings.API_REQUESTS_PER_HOUR
        except (RedisError, ValueError):
            return True

    @staticmethod
    def _count(key: str) -> int:
        """Almost every request finds the counter there; only the first of an hour makes it."""
        try:
            return cache.incr(key)
        except ValueError:
            cache.add(key, 0, timeout=HOUR)
            return cache.incr(key)

    def wait(self) -> float:
        return HOUR - time.time() % HOUR
